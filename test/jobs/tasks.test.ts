import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { EvidenceDeps } from '../../src/evidence/deps.ts';
import { SWEEPS } from '../../src/jobs/tasks.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { TASKS, type Task } from '../../src/store/jobs.store.ts';
import { type Statement, sql } from '../../src/store/sql.ts';
import { makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery, managementUrl } = await startServer();
const { db } = bindery;
/** A provider that accepts every question and never answers. */
const evidence: EvidenceDeps = { ...bindery.evidence, provider: { ask: async () => 'pending' } };

async function keys(): Promise<string[]> {
  const rows = await db.query<{ key: string }>(
    sql`select key from graphile_worker.jobs order by id`,
  );
  return rows.map(({ key }) => key);
}

async function run(task: Task): Promise<number | undefined> {
  return await SWEEPS[task](
    {
      db,
      evidence,
      messages: bindery.messages,
      lifetimes: LIFETIMES,
      recordMonths: { audit: 36, events: 13 },
    },
    (error) => assert.fail(String(error)),
  );
}

describe('work that is due at once', () => {
  test('a question for the provider makes a job in its transaction', async () => {
    const id = await submitEvidence(
      evidence,
      await makeDeclarer(evidence, { kind: 'personal' }),
      'id_front',
    );
    expect(await keys()).toContain(`ask-provider:${id}`);
    const next = await run('ask-provider');
    // it was asked, and is asked again if the answer is lost
    expect(next).not.toBe(undefined);
    expect(next).toBeGreaterThan(0);
  });

  test('a change of the business clock makes every job due', async () => {
    await db.query(sql`
      select 1 from graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`);
    await advance(managementUrl, 'PT1S');
    expect(await keys()).toStrictEqual(TASKS.map((task) => `${task}:clock`));
  });
});

/** Each row makes one thing due in 40 seconds, next to what the demo and earlier tests left. */
// biome-ignore format: a table is read by its columns
const DUE: readonly (readonly [what: string, task: Task, setup: Statement, left: Statement])[] = [
  ['a question for the provider',        'ask-provider',
    sql`update evidence set next_try_at = bindery_now() + interval '40 s' where id = (select min(id) from evidence where next_try_at is not null)`,
    sql`select 1 from evidence where next_try_at <= bindery_now()`],
  ['a request that expires', 'end-overdue-requests',
    sql`update binding_requests set expires_at = bindery_now() + interval '40 s' where state = 'created'`,
    sql`select 1 from binding_requests where state = 'created'`],
  ['evidence that expires',              'enforce-deadlines',
    sql`update evidence set valid_until = bindery_now() + interval '40 s' where id = (select min(id) from evidence where state = 'accepted')`,
    sql`select 1 from evidence where state = 'accepted' and valid_until <= bindery_now()`],
  ['a deposit that lapses',              'enforce-deadlines',
    sql`with checking as (update evidence set state = 'checking', examiner = 'provider' where type = 'bank_micro_deposit' returning id)
        update micro_deposits set state = 'sent', until = bindery_now() + interval '40 s' where evidence_id in (select id from checking)`,
    sql`select 1 from micro_deposits where state = 'sent'`],
  ['a missed appointment',   'enforce-deadlines',
    sql`update in_person_signings set state = 'appointed', place = 'here', appointed_at = bindery_now() - interval '1 day' + interval '40 s' where state = 'requested'`,
    sql`select 1 from in_person_signings where state = 'appointed'`],
  ['a document to remove',        'remove-documents',
    sql`update evidence_documents set remove_at = bindery_now() + interval '40 s' where id = (select min(id) from evidence_documents)`,
    sql`select 1 from evidence_documents where remove_at <= bindery_now()`],
  ['a late case',         'escalate-late-cases',
    sql`update review_cases set due_at = bindery_now() + interval '40 s' where id = (select min(id) from review_cases where state = 'open')`,
    sql`select 1 from review_cases where state = 'open' and due_at < bindery_now() and escalated_at is null`],
];

describe('a run says when the next run is due', () => {
  test('the fixture has work for each task', async () => {
    await web(issuer).ask();
    const [company, clinic] = [
      await makeDeclarer(evidence, { kind: 'enterprise' }),
      await makeDeclarer(evidence),
    ];
    await submitEvidence(evidence, company, 'bank_micro_deposit');
    await submitEvidence(evidence, clinic, 'in_person_signing');
  });

  for (const [what, task, setup, left] of DUE) {
    test(`a run says when the next is due for ${what}, which does it`, async () => {
      await run(task); // clears what was due before
      await db.query(setup);
      const seconds = await run(task);
      expect([`${seconds} s`, seconds !== undefined && seconds > 5 && seconds <= 40]).toStrictEqual(
        [`${seconds} s`, true],
      );
      await advance(managementUrl, 'PT40S');
      // it is due now
      expect((await db.query(left)).length).toBeGreaterThan(0);
      await run(task);
      expect(await db.query(left)).toStrictEqual([]);
    });
  }
});

test('checking faces has no next run without a face', async () => {
  expect(await run('check-faces')).toBe(undefined);
});

test('a task that only repeats has no next run', async () => {
  for (const task of ['free-abandoned-jobs', 'count-board'] as const)
    expect(await run(task)).toBe(undefined);
});

test('a backlog of expired rows is deleted without waiting for the next minute', async () => {
  await db.query(sql`
    insert into callback_nonces (nonce, received_at)
    select 'nonce-' || n, now() - interval '2 hours' from generate_series(1, 10500) n`);
  expect(await run('delete-expired-rows')).toBe(0);
  expect(await run('delete-expired-rows')).toBe(undefined);
  expect(
    await db.query(sql`select 1 from callback_nonces where nonce like 'nonce-%'`),
  ).toStrictEqual([]);
});
