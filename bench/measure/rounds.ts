import { forgetConnections } from '../http.ts';
import { CONCURRENCY, type Operation } from '../operation.ts';
import type { Server } from '../server.ts';
import { repeatRequest } from './repeat-request.ts';
import { runFlow } from './run-flow.ts';
import type { Round, RoundLimits, Sample } from './sample.ts';

export interface Plan {
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** After this second of the process, no further round begins. The first always runs. */
  readonly until: number;
}

type Run = (limits: RoundLimits) => Promise<Sample>;

/**
 * A server prepared for one operation, and its last speed, which decides the number of requests per
 * round.
 */
interface Runner {
  readonly server: Server;
  run: Run;
  left: number;
  perSecond: number;
  /** Prepared anew for every round (`startsOver`). */
  readonly again: () => Promise<Run>;
}

const FIRST_RUN = 25 * CONCURRENCY;
const WARM_UP_SHARE = 0.5;
const MOST_IN_A_ROUND = 200_000;

/**
 * Measures one operation on all servers in short alternating rounds (A B C, B C A, C A B …). So
 * other load on the machine affects all servers equally. A warm-up comes first and is discarded.
 */
export async function measure(
  operation: Operation,
  servers: readonly Server[],
  plan: Plan,
): Promise<ReadonlyMap<Server, readonly Round[]>> {
  const runners = await Promise.all(
    servers.map(async (server) => await prepare(operation, server)),
  );
  for (const runner of runners) {
    await once(runner, { seconds: plan.secondsPerRound * WARM_UP_SHARE, most: FIRST_RUN });
    if (operation.kind === 'request')
      await once(runner, { seconds: plan.secondsPerRound * WARM_UP_SHARE });
  }
  const rounds = new Map<Server, Round[]>(servers.map((server) => [server, []]));
  for (
    let round = 0;
    round < plan.rounds && (round === 0 || process.uptime() < plan.until);
    round += 1
  ) {
    for (let turn = 0; turn < runners.length; turn += 1) {
      const runner = runners[(round + turn) % runners.length] as Runner;
      if (runner.left === 0) continue;
      if (startsOver(runner)) runner.run = await runner.again();
      rounds.get(runner.server)?.push(await once(runner, { seconds: plan.secondsPerRound }));
    }
  }
  return rounds;
}

/**
 * With every token, the in-memory adapter copies all that its grant has issued. It is made for
 * development and becomes slow in long rounds, which says nothing about the protocol. New grants
 * keep it fast.
 */
function startsOver({ server }: Runner): boolean {
  return server.name === 'memory';
}

async function prepare(operation: Operation, server: Server): Promise<Runner> {
  const unlimited = Number.POSITIVE_INFINITY;
  const again = async (): Promise<Run> => (await runOf(operation, server)).run;
  const { run, most = unlimited } = await runOf(operation, server);
  return { server, run, again, left: most, perSecond: FIRST_RUN };
}

async function runOf(
  operation: Operation,
  server: Server,
): Promise<{ readonly run: Run; readonly most?: number | undefined }> {
  if (operation.kind === 'request') {
    const repeated = await operation.prepare(server);
    return { run: async (limits) => await repeatRequest(repeated, limits) };
  }
  const flow = await operation.prepare(server);
  return { run: async (limits) => await runFlow(flow, limits), most: flow.most };
}

async function once(
  runner: Runner,
  limits: { readonly seconds: number; readonly most?: number },
): Promise<Round> {
  const { server } = runner;
  const expected = Math.ceil(runner.perSecond * limits.seconds);
  const most = Math.min(
    limits.most ?? (runner.left === Number.POSITIVE_INFINITY ? expected : runner.left),
    runner.left,
    MOST_IN_A_ROUND,
  );
  forgetConnections();
  const statements = await server.statements();
  const cpu = server.cpu();
  const sample = await runner.run({ seconds: limits.seconds, most });
  const cpuAfter = server.cpu();
  const statementsAfter = await server.statements();
  runner.left -= sample.operations;
  runner.perSecond = sample.operations / sample.seconds;
  return {
    ...sample,
    statements:
      statements === undefined || statementsAfter === undefined
        ? undefined
        : statementsAfter - statements,
    cpu: cpu &&
      cpuAfter && {
        server: cpuAfter.server - cpu.server,
        postgres: cpuAfter.postgres - cpu.postgres,
      },
  };
}
