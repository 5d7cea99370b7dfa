import { createHash } from 'node:crypto';
import { gatherFacts, lockParties } from '../../src/binding/gather-facts.ts';
import type { StoredRequest } from '../../src/binding/request-row.ts';
import type { AccountId, BindingRequestId } from '../../src/kernel/ids.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { NO_PROOFS } from '../../src/policy/step-up.ts';
import type { DeviceSeen } from '../../src/risk/device.ts';
import { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Postgres } from '../postgres.ts';
import { percentile } from '../statistics.ts';
import { figure, table } from '../table.ts';
import { load, NAMES } from './load.ts';

export interface Growth {
  readonly accounts: number;
  readonly signals: number;
  readonly loadSeconds: number;
  readonly decisions: number;
  readonly p50: number;
  readonly p99: number;
}

const WARM_UP = 300;

/**
 * One decision after another, as an answer makes it: locks, facts by their statements, every hook of the pack. Asked are
 * accounts all over the tables, each a stranger to the cache as far as the tables outgrow it; every tenth comes from a
 * device that four owners share, every fifth from a carrier's network.
 */
export async function measureGrowth(postgres: Postgres, quick: boolean, say: (text: string) => void): Promise<readonly Growth[]> {
  const pack = (await loadPacks()).get('douyin');
  if (!pack) throw new Error('there is no pack douyin');
  const measured: Growth[] = [];
  for (const accounts of quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]) {
    const url = await postgres.database(`policy_${accounts}`);
    await migrate(url);
    say(`policy: loading ${figure(accounts, 0)} accounts`);
    const { signals, seconds } = await load(url, accounts);
    const db = new Database(url, { max: 1, applicationName: 'bindery-bench' });
    try {
      const latencies: number[] = [];
      const decisions = quick ? 500 : 3_000;
      for (let done = -WARM_UP; done < decisions; done += 1) {
        const owner = Math.floor((((done + WARM_UP) * 0.618_033_988_75) % 1) * (accounts / 2));
        const startedAt = performance.now();
        const decision = await db.transaction(async (tx) => {
          const [primary, sub] = [NAMES.account(2 * owner), NAMES.account(2 * owner + 1)] as [AccountId, AccountId];
          const parties = await lockParties(tx, primary, sub);
          const seen = seenAt(owner, done);
          const facts = await gatherFacts(tx, { rehearsals: false }, requestOf(seen), { parties, otherDevice: seen });
          return evaluate(pack, HOOKS, { ...facts, proofs: NO_PROOFS, answers: {} });
        });
        if (decision.hooks.length !== pack.hooks.length) throw new Error('not every hook was asked');
        if (done >= 0) latencies.push(performance.now() - startedAt);
      }
      measured.push({
        accounts,
        signals,
        loadSeconds: seconds,
        decisions,
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
      });
    } finally {
      await db.close();
    }
  }
  return measured;
}

export function growthTable(growth: readonly Growth[]): string {
  const [first] = growth;
  const rows = growth.map(({ accounts, signals, decisions, p50, p99 }) => [
    `${figure(accounts, 0)} accounts`,
    `${figure(signals, 0)} signals`,
    figure(decisions, 0),
    figure(p50, 2),
    figure(p99, 2),
    first ? figure(p50 / first.p50, 2) : '',
    first ? figure(p99 / first.p99, 2) : '',
  ]);
  return table(['policy', '', 'decisions', 'p50 ms', 'p99 ms', 'p50 : least', 'p99 : least'], rows);
}

function requestOf(starterDevice: DeviceSeen): StoredRequest {
  return { id: 'brq_bench' as BindingRequestId, role: 'primary', now: new Date(), starterDevice } as unknown as StoredRequest;
}

function seenAt(owner: number, turn: number): DeviceSeen {
  const device = turn % 10 === 0 ? `shared ${Math.floor(owner / 50)}` : `device ${owner} 0`;
  const place = turn % 5 === 0 ? `carrier ${Math.floor(owner / 500)} 2` : `home ${Math.floor(owner / 3)}`;
  const traits = [1, 2, 3, 4, (2 * owner) % 60, 6, 7, 8, 9, 10, 2 * owner];
  return { device: named(device), label: '', network: '', place: named(place), traits, contradictions: 0, local: false };
}

/** What the load called it: MD5 names rows of a benchmark, nothing else. */
function named(name: string): string {
  return createHash('md5').update(name).digest('base64url');
}
