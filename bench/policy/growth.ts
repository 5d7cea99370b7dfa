import { createHash } from 'node:crypto';
import { gatherFacts, lockParties } from '../../src/binding/gather-facts.ts';
import type { StoredRequest } from '../../src/binding/request-row.ts';
import type { AccountId, BindingRequestId } from '../../src/kernel/ids.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Pack } from '../../src/policy/pack.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { NO_PROOFS } from '../../src/policy/step-up.ts';
import type { ObservedDevice } from '../../src/risk/device.ts';
import { Database, type Tx } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Statement } from '../../src/store/sql.ts';
import type { Postgres } from '../postgres.ts';
import { figure } from '../table.ts';
import { load, NAMES, warm } from './load.ts';
import { spentBy, type Work, Worked } from './work.ts';

export interface Growth {
  readonly accounts: number;
  readonly signals: number;
  readonly loadSeconds: number;
  /** Milliseconds of the first decision on a new connection, which plans every statement. */
  readonly first: number;
  readonly work: Work;
}

const WARM_UP = 200;
/**
 * Decisions on one table before the next table. Enough for a warm cache, and few enough that other
 * load affects all tables equally.
 */
const TURN = 100;

interface Population {
  readonly accounts: number;
  readonly signals: number;
  readonly seconds: number;
  readonly db: Database;
  readonly early: Worked;
}

/**
 * Makes decisions as an answer makes them: locks, facts by their statements, every hook of the
 * pack. The commit is not measured; it waits for the disk and belongs to the whole answer. Accounts
 * are spread over the tables and differ in each round. Every tenth uses a device that four owners
 * share, and every fifth a carrier's network. The data is in PostgreSQL's cache if the cache is
 * large enough ("not cached" shows it). The tables take turns, so that other load affects all of
 * them. The result is their ratio; the rounds show the variation.
 */
export async function measureGrowth(
  postgres: Postgres,
  quick: boolean,
  say: (text: string) => void,
): Promise<readonly (readonly Growth[])[]> {
  const pack = (await loadPacks()).get('douyin');
  if (!pack) throw new Error('there is no pack douyin');
  const populations: Population[] = [];
  try {
    for (const accounts of quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]) {
      const url = await postgres.database(`policy_${accounts}`);
      await migrate(url);
      say(`policy: loading ${figure(accounts, 0)} accounts`);
      const loaded = await load(url, accounts);
      const db = new Database(url, { max: 1, applicationName: 'bindery-bench' });
      populations.push({ accounts, ...loaded, db, early: new Worked() });
    }
    say('policy: deciding');
    for (const { db } of populations) await warm(db);
    for (const { db, accounts, early } of populations)
      await decideMany({ db, pack, accounts }, { from: 0, to: WARM_UP }, early);
    const [rounds, decisions] = quick ? [1, 500] : [3, 2_000];
    const measured: (readonly Growth[])[] = [];
    for (let round = 0; round < rounds; round += 1)
      measured.push(await measureRound(pack, populations, { round, decisions }));
    return measured;
  } finally {
    for (const { db } of populations) await db.close();
  }
}

async function measureRound(
  pack: Pack,
  populations: readonly Population[],
  { round, decisions }: { readonly round: number; readonly decisions: number },
): Promise<readonly Growth[]> {
  const each = populations.map((population) => ({ ...population, worked: new Worked() }));
  const start = WARM_UP + round * decisions;
  for (let from = start; from < start + decisions; from += TURN) {
    for (const { db, accounts, worked } of each) {
      const before = await spentBy(db);
      await decideMany({ db, pack, accounts }, { from, to: from + TURN }, worked);
      worked.spent(before, await spentBy(db));
    }
  }
  return each.map(({ accounts, signals, seconds, early, worked }) => ({
    accounts,
    signals,
    loadSeconds: seconds,
    first: early.decisions[0] ?? Number.NaN,
    work: worked.sum(),
  }));
}

async function decideMany(
  { db, pack, accounts }: { readonly db: Database; readonly pack: Pack; readonly accounts: number },
  { from, to }: { readonly from: number; readonly to: number },
  worked: Worked,
): Promise<void> {
  for (let turn = from; turn < to; turn += 1) {
    const owner = Math.floor(((turn * 0.618_033_988_75) % 1) * (accounts / 2));
    const decision = await db.transaction(async (tx) => {
      const startedAt = performance.now();
      const decided = await decide(timed(tx, worked), pack, { owner, turn });
      worked.decided(performance.now() - startedAt);
      return decided;
    });
    if (decision.hooks.length !== pack.hooks.length) throw new Error('not every hook was asked');
  }
}

async function decide(
  tx: Tx,
  pack: Pack,
  { owner, turn }: { readonly owner: number; readonly turn: number },
) {
  const [primary, sub] = [NAMES.account(2 * owner), NAMES.account(2 * owner + 1)] as [
    AccountId,
    AccountId,
  ];
  const parties = await lockParties(tx, primary, sub);
  const seen = seenAt(owner, turn);
  const facts = await gatherFacts(
    tx,
    { rehearsals: false, proofs: NO_PROOFS, pack },
    requestOf(seen),
    {
      parties,
      counterpartyDevice: seen,
    },
  );
  return evaluate(pack, HOOKS, { ...facts, proofs: NO_PROOFS, answers: {} });
}

function timed(tx: Tx, worked: Worked): Tx {
  return {
    inTransaction: true,
    query: async <Row>(statement: Statement) => {
      const startedAt = performance.now();
      const rows = await tx.query<Row>(statement);
      worked.asked(statement, performance.now() - startedAt);
      return rows;
    },
  };
}

function requestOf(initiatorDevice: ObservedDevice): StoredRequest {
  return {
    id: 'brq_bench' as BindingRequestId,
    role: 'primary',
    pack: 'douyin',
    now: new Date(),
    initiatorDevice,
  } as unknown as StoredRequest;
}

function seenAt(owner: number, turn: number): ObservedDevice {
  const device = turn % 10 === 0 ? `shared ${Math.floor(owner / 50)}` : `device ${owner} 0`;
  const place =
    turn % 5 === 0 ? `carrier ${Math.floor(owner / 500)} 2` : `home ${Math.floor(owner / 3)}`;
  const traits = [1, 2, 3, 4, (2 * owner) % 60, 6, 7, 8, 9, 10, 2 * owner];
  return {
    device: named(device),
    label: '',
    network: '',
    place: named(place),
    traits,
    contradictions: 0,
    local: false,
    proof: null,
    location: null,
  };
}

/** The name that the load gave it. MD5 only names rows of a benchmark. */
function named(name: string): string {
  return createHash('md5').update(name).digest('base64url');
}
