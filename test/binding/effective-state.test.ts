import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerRedemption, type RedemptionAnswer } from '../../src/binding/answer-redemption.ts';
import type { BindingRequest, RequestState } from '../../src/binding/binding-request.ts';
import { countSlots, pairFactsOf } from '../../src/binding/bindings.store.ts';
import { effectiveState, hasLapsed } from '../../src/binding/effective-state.ts';
import { findRequest } from '../../src/binding/requests.store.ts';
import { startRequest } from '../../src/binding/start-request.ts';
import { describeRequest } from '../../src/binding/view-request.ts';
import {
  type AccountId,
  type BindingId,
  type BindingRequestId,
  type DecisionId,
  newId,
} from '../../src/kernel/ids.ts';
import { NO_PROOFS } from '../../src/policy/step-up.ts';
import { runQuery } from '../../src/store/query.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { makeAccount, makeOwner, makeVisitor } from '../support/people.ts';

const fixture = await makeBindingFixture();
const { db, deps } = fixture;

const initiator = 'acc_initiator' as AccountId;
const sides = { initiator, counterparty: 'acc_counterparty' as AccountId };
const decisionId = 'dec_1' as DecisionId;
const bindingId = 'bnd_1' as BindingId;
const expiresAt = new Date('2026-11-22T08:15:00Z');
const asked = { initiator: 'any', counterparty: null, either: null } as const;
const due = new Date('2026-11-24T10:00:00Z');

const REQUESTS = {
  created: { state: 'created' },
  offered: { state: 'offered', initiator, wrongCodes: 0 },
  answered: { state: 'answered', ...sides, decisionId },
  proving: {
    state: 'proving',
    ...sides,
    decisionId,
    asked,
    proofs: NO_PROOFS,
    until: expiresAt,
  },
  in_review: { state: 'in_review', ...sides, decisionId, due },
  approved: { state: 'approved', ...sides, bindingId },
  redeemed: { state: 'redeemed', ...sides, bindingId, redeemedAt: expiresAt },
  refused: { state: 'refused', refusal: 'limit_reached' },
  expired: { state: 'expired', because: 'withdrawn' },
} as const satisfies Record<RequestState, BindingRequest>;

/** The answer to the app for a request that a page shows in this state. */
// biome-ignore format: a table is read by its columns
const TOLD = {
  created:   ['authorization_pending'],
  offered:   ['authorization_pending'],
  answered:  ['authorization_pending'],
  proving:   ['authorization_pending'],
  in_review: ['review_pending'],
  approved:  ['bound'],
  redeemed:  ['bound', 'already_redeemed'],
  refused:   ['access_denied'],
  expired:   ['expired_token'],
} as const satisfies Record<RequestState, readonly RedemptionAnswer['answer'][]>;

async function makeRequest(): Promise<BindingRequestId> {
  const { handle, save } = startRequest(deps, {
    client: { client_id: 'demo-web' },
    details: {
      type: 'account_binding',
      role: 'primary',
      pack: 'douyin',
      actions: [],
      privileges: [],
      datatypes: [],
      locations: [],
    },
    jkt: undefined,
    uiLocales: undefined,
    loginHint: undefined,
  });
  await db.transaction(save);
  const [row] = await db.query<{ id: BindingRequestId }>(
    sql`select id from binding_requests where handle_hash = ${deps.secrets.hash('handle', handle)}`,
  );
  assert.ok(row);
  return row.id;
}

describe('the state of a request that may have expired', () => {
  const states = fc.constantFrom<BindingRequest>(...Object.values(REQUESTS));
  /** Milliseconds before or after the expiry, with zero. */
  const offsets = fc.oneof(
    fc.constantFrom(-1, 0, 1),
    fc.integer({ min: -3_600_000, max: 3_600_000 }),
  );

  test('pages, redemption and SQL give the same state at every moment', async () => {
    const found = await findRequest(db, await makeRequest());
    assert.ok(found);
    const visitor = makeVisitor();
    await fc.assert(
      fc.asyncProperty(states, offsets, async (request, offset) => {
        const now = new Date(expiresAt.getTime() + offset);
        const stored = { ...found, request, expiresAt, now };
        const effective = effectiveState(stored, now);
        expect(hasLapsed(stored)).toBe(effective.state !== request.state);

        const page = await describeRequest(deps, stored, visitor);
        expect(page.state).toBe(effective.state);

        const poll = { now, expiresAt, lastPolledAt: null, intervalSeconds: 5 };
        const told = answerRedemption(request, poll);
        expect(TOLD[page.state] as readonly string[]).toContain(told.answer);
        if (told.answer === 'access_denied') expect(told.refusal).toBe(page.refusal);

        const [row] = await db.query<{ state: string }>(
          sql`select effective_request_state(${request.state}, ${expiresAt}, ${now}) as state`,
        );
        expect(row?.state).toBe(effective.state);
      }),
      { numRuns: 200 },
    );
  });

  test('a request past its time is expired, or refused if a proof was missing', () => {
    const end = (state: RequestState) =>
      effectiveState({ request: REQUESTS[state], expiresAt }, expiresAt);
    expect(end('offered')).toStrictEqual({ state: 'expired', because: 'time' });
    expect(end('proving')).toStrictEqual({ state: 'refused', refusal: 'risk' });
    expect(end('in_review')).toStrictEqual(REQUESTS.in_review);
    expect(end('approved')).toStrictEqual(REQUESTS.approved);
  });
});

/** A request in each state, with this primary, that expires in `seconds`. */
async function fill(primary: AccountId, owner: string, seconds: number): Promise<void> {
  for (const state of Object.keys(REQUESTS)) {
    const proving = state === 'proving';
    await db.query(sql`
      insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details,
                                    audience, sector, primary_id, primary_owner_id, platform, kind, asked, asked_until,
                                    refused_at, expires_at)
      select ${newId('brq')}, ${state}, 'demo-web', 'browser', 'primary', 'douyin', 1, '{}', '', '',
             ${primary}, ${owner}, 'local', 'personal', ${proving ? JSON.stringify(asked) : null},
             case when ${proving}::boolean then bindery_now() + make_interval(secs => ${seconds}) end,
             case when ${state} = 'refused' then bindery_now() end,
             bindery_now() + make_interval(secs => ${seconds})`);
  }
}

describe('requests that occupy a slot of the limit', () => {
  const filling = (lapsed: boolean) =>
    Object.values<BindingRequest>(REQUESTS)
      .map((request) => effectiveState({ request, expiresAt }, lapsed ? expiresAt : new Date(0)))
      .filter(({ state }) => ['answered', 'proving', 'in_review'].includes(state)).length;

  for (const [when, seconds] of [
    ['before', 3600],
    ['after', -1],
  ] as const) {
    test(`an answered request occupies a slot: ${when} its expiry [R2]`, async () => {
      const owner = await makeOwner(db);
      const primary = await makeAccount(db, owner);
      const sub = await makeAccount(db, owner);
      await fill(primary, owner, seconds);
      const expected = filling(seconds < 0);
      expect(expected).toBe(seconds < 0 ? 1 : 3);
      expect(await countSlots(db, primary, 'douyin')).toBe(expected);
      const facts = await runQuery(
        db,
        pairFactsOf({
          primary: { id: primary, platform: 'local', kind: 'personal', ownerId: owner },
          sub,
          pack: 'douyin',
          except: newId('brq'),
        }),
      );
      expect([facts.per_primary, facts.per_owner]).toStrictEqual([expected, expected]);
    });
  }

  test('occupied slots are counted through indexes in a large table', async () => {
    const owner = await makeOwner(db);
    const primary = await makeAccount(db, owner);
    await db.query(sql`
      insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details,
                                    audience, sector, primary_id, primary_owner_id, expires_at)
      select 'brq_filled_' || n, 'answered', 'demo-web', 'browser', 'primary', 'douyin', 1, '{}', '', '',
             case when n < 3 then ${primary} end, case when n < 3 then ${owner} end,
             bindery_now() + interval '1 hour'
        from generate_series(1, 20000) n`);
    await db.query(sql`analyze binding_requests`);
    await db.query(sql`analyze bindings`);
    const plans = await Promise.all([
      db.query<{ 'QUERY PLAN': string }>(
        sql`explain select count(*) from occupied_slots where primary_id = 'acc_1'`,
      ),
      db.query<{ 'QUERY PLAN': string }>(
        sql`explain select count(*) from occupied_slots
             where primary_owner_id = 'own_1' and request_id is distinct from 'brq_1'`,
      ),
    ]);
    const indexes = ['binding_requests_pending', 'binding_requests_pending_owner'];
    for (const [at, plan] of plans.entries()) {
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(text).toMatch(new RegExp(`using ${indexes[at]} on`));
      expect(text).not.toMatch(/Seq Scan on binding_requests/);
    }
    expect(await countSlots(db, primary, 'douyin')).toBe(2);
  });
});
