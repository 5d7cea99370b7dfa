import type { Plan } from './measure/rounds.ts';
import type { Round } from './measure/sample.ts';
import type { Operation } from './operation.ts';
import type { Server, ServerName } from './server.ts';
import { median, percentile, spread, sum } from './statistics.ts';

/**
 * One line of the table. Speed and latency are medians of the rounds. Cost is the sum of all rounds
 * divided by the operations.
 */
export interface Figures {
  readonly operationsPerSecond: number;
  readonly spread: number;
  readonly p50: number;
  readonly p99: number;
  readonly statements: number | null;
  readonly cpu: { readonly server: number; readonly postgres: number; readonly all: number } | null;
  readonly operations: number;
  readonly rounds: readonly number[];
}

/** Bindery : peer. */
export interface Ratio {
  readonly speed: number;
  readonly cpu: number | null;
}

export interface Result {
  readonly operation: string;
  readonly says: string;
  readonly plan: Plan;
  readonly servers: Partial<Record<ServerName, Figures>>;
  readonly ratios: Partial<Record<ServerName, Ratio>>;
}

const speedOf = ({ operations, seconds }: Round): number => operations / seconds;

export function resultOf(
  { name, says }: Operation,
  plan: Plan,
  measured: ReadonlyMap<Server, readonly Round[]>,
): Result {
  const byName = new Map([...measured].map(([server, rounds]) => [server.name, rounds]));
  const own = byName.get('bindery');
  const servers = Object.fromEntries(
    [...byName].map(([server, rounds]) => [server, figuresOf(rounds)]),
  );
  const peers = [...byName].filter(([server]) => server !== 'bindery');
  const ratios = own
    ? Object.fromEntries(peers.map(([server, rounds]) => [server, ratioOf(own, rounds)]))
    : {};
  return { operation: name, says, plan, servers, ratios };
}

function figuresOf(rounds: readonly Round[]): Figures {
  const operations = sum(rounds.map((round) => round.operations));
  const perOperation = (read: (round: Round) => number | undefined): number | null => {
    const values = rounds.map(read).filter((value) => value !== undefined);
    return values.length < rounds.length ? null : sum(values) / operations;
  };
  const server = perOperation(({ cpu }) => cpu?.server);
  const postgres = perOperation(({ cpu }) => cpu?.postgres);
  const speeds = rounds.map(speedOf);
  return {
    operationsPerSecond: median(speeds),
    spread: spread(speeds),
    p50: median(rounds.map(({ latencies }) => percentile(latencies, 0.5))),
    p99: median(rounds.map(({ latencies }) => percentile(latencies, 0.99))),
    statements: perOperation(({ statements }) => statements),
    cpu: server === null || postgres === null ? null : { server, postgres, all: server + postgres },
    operations,
    rounds: speeds,
  };
}

/** Compares neighbouring rounds, which ran under the same conditions. */
function ratioOf(own: readonly Round[], peer: readonly Round[]): Ratio {
  const [ownCpu, peerCpu] = [figuresOf(own).cpu, figuresOf(peer).cpu];
  return {
    speed: median(
      own.flatMap((round, index) => (peer[index] ? [speedOf(round) / speedOf(peer[index])] : [])),
    ),
    cpu: ownCpu && peerCpu && ownCpu.all / peerCpu.all,
  };
}
