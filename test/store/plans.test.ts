import assert from 'node:assert/strict';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { countBoard } from '../../src/board/count-board.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import { rotateRecords } from '../../src/jobs/rotate-records.ts';
import { escalateLate } from '../../src/review/escalate.ts';
import { parseFilter } from '../../src/scim/filter.ts';
import { type Listing, pageOf } from '../../src/scim/users.store.ts';
import { details, text, web } from '../support/apps.ts';
import { fill } from '../support/filled.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { processEvidence } from '../support/jobs.ts';
import { answerHere, bind, makeFamily, openBindings, startInBrowser } from '../support/journeys.ts';
import { logPlans, type RunPlan } from '../support/plan-log.ts';
import { faultsOf, type PlanNode, type Relations, readRelations } from '../support/plans.ts';
import { startServer } from '../support/server.ts';
import { sourceStatements } from '../support/source-statements.ts';

/** Tables that stay small in every installation, so reading a whole one is fast. */
// biome-ignore format: a table is read by its columns
const SMALL: Readonly<Record<string, string>> = {
  clock_offset:      'one row',
  board_counted:     'one row',
  status_lists:      'one row for 100,000 bindings and audiences',
  signing_keys:      'a key a rotation',
  pack_versions:     'a row for each version of a pack',
  role_grants:       'a row for each operator that waits for another',
  bootstrap_links:   'one row, until there is an operator',
  board_stepped_up:  'step-ups of today: the board counts them and deletes them each minute',
};

/** Statements that may read more rows than they return, and why. */
// biome-ignore format: a table is read by its columns
const ACCEPTED: Readonly<Record<string, string>> = {
  'src/binding/pinned.store.ts countOpenRequests': 'an operator counts open requests by version',
  'src/binding/pinned.store.ts countPinned':   'an operator counts live bindings by version',
  'src/oidc/artifacts.store.ts deleteExpired': 'keeps pushed requests for two hours more',
  'src/owners/owner-keys.store.ts countKeys':  'an operator counts all keys',
  'src/review/queue.store.ts countQueue':      'counts the open cases that a reviewer may take',
};

const { bindery, issuer } = await startServer();
const { db } = bindery;
let relations: Relations = {};
beforeAll(async () => {
  await fill(db);
  relations = await readRelations(db);
});

/** The generic plan. Sequential scans are off, so one in the plan means that no index serves. */
async function planOf(statement: string): Promise<PlanNode> {
  const client = await db.pool.connect();
  try {
    await client.query('set enable_seqscan = off');
    const { rows } = await client.query(`explain (generic_plan, format json) ${statement}`);
    return rows[0]['QUERY PLAN'][0].Plan as PlanNode;
  } finally {
    client.release(true);
  }
}

const tell = (where: string, plan: PlanNode): string[] =>
  faultsOf(plan, relations)
    .filter(({ table }) => !(table in SMALL))
    .map(({ table, what, detail }) => `${where}: ${table} ${what} ${detail}`);

describe('the statements in src', () => {
  test('an index serves every statement on filled tables', async () => {
    const found: string[] = [];
    const faulty = new Set<string>();
    const statements = sourceStatements().filter(({ text }) =>
      /^\s*(select|with|insert|update|delete)/.test(text),
    );
    expect(statements.length).toBeGreaterThan(250);
    for (const { where, text } of statements) {
      const faults = tell(where, await planOf(text));
      if (faults.length > 0) faulty.add(where);
      if (!(where in ACCEPTED)) found.push(...faults);
    }
    expect(found).toStrictEqual([]);
    // an exception that no statement needs
    expect([...faulty].sort()).toStrictEqual(Object.keys(ACCEPTED).sort());
  });

  test('every table is filled or is listed as small', () => {
    const filled = new Map<string, number>();
    for (const { table, rows } of Object.values(relations).filter((each) => each !== undefined))
      filled.set(table, Math.max(rows, filled.get(table) ?? 0));
    const missing = [...filled].filter(([table, rows]) => rows < 400 && !(table in SMALL));
    expect(missing.map(([table]) => table).sort()).toStrictEqual([
      'schema_migrations',
      'schema_migrations_lock',
    ]);
  });
});

describe('the filters of SCIM, which are put together when they are asked for', () => {
  const page = { sort: { by: 'id', descending: false }, limit: 10, from: { offset: 0 } } as const;
  const filters = (filter: string, more: Partial<Listing> = {}) => {
    const parsed = parseFilter(filter);
    assert.ok(parsed.ok);
    return pageOf({ platform: 'local', filter: parsed.value, ...page, ...more });
  };
  // biome-ignore format: a table is read by its columns
  const FAST = {
    'a login':                [filters('userName eq "login-7"'), /accounts_login.*login\S* = /],
    'the start of a login':   [filters('userName sw "login-39"'), /accounts_login_prefix.*login\S* >= .*login\S* <= /],
    'an external id':         [filters('externalId eq "7"'), /accounts_external_id.*external_id = /],
    'all, by pages':          [pageOf({ platform: 'local', filter: undefined, ...page }), /accounts_of_platform/],
    'all, in order of names': [pageOf({ platform: 'local', filter: undefined, ...page, sort: { by: 'userName', descending: true } }), /accounts_login_prefix/],
    'all, by cursor':         [pageOf({ platform: 'local', filter: undefined, ...page, from: { after: 'acc_7' } }), /accounts_of_platform.*id > /],
  } as const;
  for (const [what, [{ text }, index]] of Object.entries(FAST))
    test(`an index finds ${what}`, async () => {
      const plan = await planOf(text);
      expect(tell(what, plan)).toStrictEqual([]);
      const read: string[] = [];
      const visit = (node: PlanNode): void => {
        read.push(`${node['Index Name']} ${node['Index Cond']} ${node['Node Type']}`);
        node.Plans?.forEach(visit);
      };
      visit(plan);
      expect(read.join('\n')).toMatch(index);
    });
});

describe('the check of plans', () => {
  /** Each was in src once, or is an easy mistake. */
  const BAD = [
    {
      name: 'a time that changes within a statement',
      statement: `
        select id from binding_requests
         where state in ('created', 'offered', 'answered', 'proving') and expires_at <= bindery_clock()
         order by expires_at limit $1`,
      what: 'filters by time',
    },
    {
      name: 'a column without an index',
      statement: 'select id from accounts where display_name = $1',
      what: 'reads the whole table',
    },
    {
      name: 'types that no index compares',
      statement: 'select key from rate_limits where expire < extract(epoch from now()) * 1000',
      what: 'reads the whole table',
    },
    {
      name: 'a condition on either of two tables',
      statement: `
        select d.id from evidence_documents d left join evidence e on e.id = d.evidence_id
         where coalesce(e.account_id, $1) = $2`,
      what: 'reads a whole index',
    },
    {
      name: 'a time that may be left out',
      statement: `
        select id from review_cases
         where state = 'open' and (not $1::boolean or due_at < bindery_now())
         order by due_at, id limit 50`,
      what: 'filters by time',
    },
  ] as const;
  for (const { name, statement, what } of BAD)
    test(`the check of plans finds ${name}`, async () => {
      const faults = faultsOf(await planOf(statement), relations).map((fault) => fault.what);
      expect([faults.join(), faults.includes(what)]).toStrictEqual([faults.join(), true]);
    });
});

describe('what jobs and hot paths run', () => {
  let log: readonly RunPlan[] = [];
  beforeAll(async () => {
    log = await logPlans(db);
  });

  test('no job and no hot path reads rows that it does not use', async () => {
    const [one, two, three] = (await makeFamily(db, 3)) as [string, string, string];
    const app = web(issuer);
    const { token } = await bind(app, one, two);
    expect((await app.introspect(token)).active).toBe(true);
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, one, details(), {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    const { result } = await answerHere(browser, started.waiting, three);
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started);
    const refreshed = await app.post('/token', {
      grant_type: 'refresh_token',
      refresh_token: text(body, 'refresh_token'),
    });
    expect((await app.introspect(text(refreshed.body, 'access_token'))).active).toBe(true);
    await openBindings(new HttpBrowser(issuer), two);

    await cleanUp({ db, lifetimes: bindery.lifetimes });
    await processEvidence(bindery.evidence, (error) => assert.fail(String(error)));
    await escalateLate({ db });
    await countBoard(db);
    await rotateRecords(db, { audit: 36, events: 13 });

    expect(log.length).toBeGreaterThan(100);
    const accepted = sourceStatements().filter(({ where }) => where in ACCEPTED);
    const faults = log
      .filter(({ text }) => !accepted.some((statement) => statement.text === text))
      .flatMap(({ text, plan }) => tell(text.replace(/\s+/g, ' ').trim().slice(0, 160), plan));
    expect([...new Set(faults)]).toStrictEqual([]);
  });

  test('the log shows rows that were read and not used', async () => {
    await db.pool.query('select id from accounts where display_name = $1', ['nobody']);
    const last = log.findLast(({ text }) => text.includes('display_name'));
    assert.ok(
      last && faultsOf(last.plan, relations).some(({ what }) => what === 'throws rows away'),
    );
  });
});
