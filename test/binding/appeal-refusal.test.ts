import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { appealRefusal } from '../../src/binding/appeal-refusal.ts';
import { findRefusal, findRefusals } from '../../src/binding/find-refusals.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture, makeReviewer, makeSharedDevice } from '../fixtures/bindings.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const TEXT = '两台手机都是我自己的，请人工看一下';

const fixture = await makeBindingFixture();
const { db, deps } = fixture;
const reviewers = [await makeReviewer(db), await makeReviewer(db), await makeReviewer(db)] as const;
const shared = await makeSharedDevice(db);

const appeal = async (requestId: string, by: AccountId, text = TEXT) => {
  const opened = await appealRefusal(deps, { requestId, by, text });
  return opened.ok ? 'open' : opened.refusal.code;
};
const stateFor = async (account: AccountId, requestId: string) =>
  (await findRefusal(deps, { account, requestId }))?.appeal.state;

/** An automatic refusal: the two belong to different people. */
async function refusedAsStrangers() {
  const [primary] = await fixture.pair();
  const [stranger] = await fixture.pair();
  const { id } = await fixture.attempt(primary, stranger);
  return { id, primary, stranger };
}

/** A reviewer's refusal: the device was doubtful, and a person said no. */
async function refusedByPerson(reviewer = reviewers[0]) {
  const [primary, sub] = await fixture.pair();
  const { id, state } = await fixture.attempt(primary, sub, { visitor: shared });
  expect(state).toBe('in_review');
  expect(await fixture.judge(id, reviewer, 'reject')).toBe('decided');
  return { id, primary, sub };
}

const overturnedBy = async (id: string) => (await fixture.hooksOf(id)).overturned_by;
const openClearances = async (sub: AccountId) =>
  (
    await db.query(
      sql`select 1 from clearances where sub_id = ${sub} and used_at is null and valid_until > bindery_now()`,
    )
  ).length;

describe('appealing against a refusal', () => {
  test('both sides see who refused them automatically, and that they may appeal [R23]', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    const mine = await findRefusal(deps, { account: primary, requestId: id });
    expect([mine?.refusal, mine?.refusedBy, mine?.role, mine?.appeal.state]).toStrictEqual([
      'different_owner',
      'policy',
      'primary',
      'possible',
    ]);
    const theirs = await findRefusal(deps, { account: stranger, requestId: id });
    expect([theirs?.role, theirs?.appeal.state]).toStrictEqual(['sub', 'possible']);
    expect(await findRefusals(deps, { account: primary })).toStrictEqual([mine]);
  });

  test('a refused stranger learns no name; accounts of one owner do [R23]', async () => {
    const { id, primary } = await refusedAsStrangers();
    expect(
      (await findRefusal(deps, { account: primary, requestId: id }))?.counterpart ?? '',
    ).toMatch(/^A\*\*$/);
    const own = await refusedByPerson();
    expect(
      (await findRefusal(deps, { account: own.primary, requestId: own.id }))?.counterpart ?? '',
    ).toMatch(/^Account /);
  });

  test('nobody else can see that the refusal exists [R23]', async () => {
    const { id } = await refusedAsStrangers();
    const outsider = await makeAccount(db, await makeOwner(db));
    expect(await findRefusal(deps, { account: outsider, requestId: id })).toBe(undefined);
    expect(await findRefusals(deps, { account: outsider })).toStrictEqual([]);
    expect(await appeal(id, outsider)).toBe('unknown_request');
    expect(await appeal('brq_AAAAAAAAAAAAAAAAAAAAAA', outsider)).toBe('unknown_request');
  });

  test('an appeal is made once, with a text, and both sides get its due date [R23]', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    expect(await appeal(id, primary, '  ')).toBe('text_missing');
    const opened = await appealRefusal(deps, { requestId: id, by: primary, text: TEXT });
    assert.ok(
      opened.ok && opened.value.due.getTime() > Date.now() + 5 * 86_400_000,
      'working days from now',
    );
    for (const side of [primary, stranger]) {
      const seen = await findRefusal(deps, { account: side, requestId: id });
      expect(seen?.appeal).toStrictEqual({ state: 'open', due: opened.value.due });
      expect(await appeal(id, side)).toBe('already_appealed');
    }
  });

  test('a refusal by the owner cannot be appealed [R23]', async () => {
    const [primary, sub] = await fixture.pair();
    const { id } = await fixture.attempt(primary, sub, { decision: 'refuse' });
    expect(await stateFor(primary, id)).toBe('none');
    expect(await appeal(id, primary)).toBe('nothing_to_appeal');
  });

  test('two accounts have one open appeal, however often they try again [R23]', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    const { id: again } = await fixture.attempt(primary, stranger);
    expect(await appeal(id, primary)).toBe('open');
    expect(await appeal(again, stranger)).toBe('already_appealed');
  });

  test('when both sides appeal at once, one appeal is made (20 rounds) [R23]', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id, primary, stranger } = await refusedAsStrangers();
      const { id: again } = await fixture.attempt(primary, stranger);
      const told = await Promise.all([
        appeal(id, primary),
        appeal(id, stranger),
        appeal(again, primary),
        appeal(again, stranger),
      ]);
      expect(told.sort()).toStrictEqual([
        'already_appealed',
        'already_appealed',
        'already_appealed',
        'open',
      ]);
    }
  });

  test('the text of an appeal is stored nowhere in clear', async () => {
    const { id, primary } = await refusedAsStrangers();
    await appeal(id, primary, 'my number is 11010519491231002X');
    const rows = await db.query<{ row: string }>(sql`
      select c::text as row from review_cases c union all select a::text from audit_log a union all select e::text from events e`);
    expect(rows.every(({ row }) => !row.includes('11010519491231002X'))).toBe(true);
  });
});

describe('deciding an appeal', () => {
  test('a reviewer’s refusal counts as risk nearby, unless overturned on appeal [R21]', async () => {
    const risks = async (id: string) =>
      (
        await db.query<{ risk: boolean }>(
          sql`select risk from binding_attempts where request_id = ${id}`,
        )
      ).map(({ risk }) => risk);
    const [upheld, dismissed] = [await refusedByPerson(), await refusedByPerson()];
    expect(await risks(upheld.id)).toStrictEqual([true, true]);
    await appeal(upheld.id, upheld.primary);
    await appeal(dismissed.id, dismissed.sub);
    // an open appeal changes nothing yet
    expect(await risks(upheld.id)).toStrictEqual([true, true]);
    expect(await fixture.judge(upheld.id, reviewers[1], 'accept')).toBe('decided');
    expect(await fixture.judge(dismissed.id, reviewers[1], 'reject')).toBe('decided');
    expect(await risks(upheld.id)).toStrictEqual([false, false]);
    expect(await risks(dismissed.id)).toStrictEqual([true, true]);
  });

  test('a request that a reviewer accepted does not count as risk [R21]', async () => {
    const [primary, sub] = await fixture.pair();
    const { id } = await fixture.attempt(primary, sub, { visitor: shared });
    expect(await fixture.judge(id, reviewers[0], 'accept')).toBe('decided');
    const rows = await db.query<{ risk: boolean }>(
      sql`select risk from binding_attempts where request_id = ${id}`,
    );
    expect(rows).toStrictEqual([{ risk: false }, { risk: false }]);
  });

  test('an upheld appeal marks the decision as wrong and tells both sides [R23, R24]', async () => {
    const { id, primary, sub } = await refusedByPerson(reviewers[0]);
    expect((await findRefusal(deps, { account: sub, requestId: id }))?.refusedBy).toBe('person');
    expect(await appeal(id, sub)).toBe('open');
    // who refused it neither sees nor decides the appeal
    expect(await fixture.judge(id, reviewers[0], 'accept')).toBe('own_decision');
    expect(await fixture.judge(id, reviewers[1], 'accept')).toBe('decided');
    const seen = await findRefusal(deps, { account: primary, requestId: id });
    assert.equal(seen?.refusal, 'risk');
    assert.ok(seen.appeal.state === 'upheld' && seen.appeal.clearedUntil !== null);
    expect(await overturnedBy(id)).not.toBe(null);
    for (const side of [primary, sub])
      expect(await fixture.noticesOf(side)).toStrictEqual([
        { what: 'appeal.upheld', request_id: id },
      ]);
  });

  test('a cleared doubt does not stop the next attempt, for one binding only [R23]', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    await fixture.judge(id, reviewers[1], 'accept');
    const next = await fixture.attempt(primary, sub, { visitor: shared });
    expect(next.state).toBe('approved');
    const { hooks } = await fixture.hooksOf(next.id);
    const device = hooks.find((hook) => hook.id === 'device');
    expect([device?.verdict, device?.cleared]).toStrictEqual([
      'allow',
      { said: 'review', by: await overturnedBy(id) },
    ]);
    const seen = await findRefusal(deps, { account: primary, requestId: id });
    assert.ok(seen?.appeal.state === 'upheld' && seen.appeal.clearedUntil === null);
    await db.query(sql`update bindings set state = 'purged' where sub_id = ${sub}`);
    // the clearance was used
    expect((await fixture.attempt(primary, sub, { visitor: shared })).state).toBe('in_review');
  });

  test('a clearance ends after 30 days and covers no other account [R23]', async () => {
    const { id, primary, sub } = await refusedByPerson();
    const other = await makeAccount(db, await ownerOf(primary));
    await appeal(id, primary);
    await fixture.judge(id, reviewers[1], 'accept');
    expect((await fixture.attempt(primary, other, { visitor: shared })).state).toBe('in_review');
    // also with the roles exchanged
    expect((await fixture.attempt(sub, primary, { visitor: shared })).state).toBe('in_review');
    await advanceClock(db, 'P31D');
    expect(await openClearances(sub)).toBe(0);
    expect((await fixture.attempt(primary, sub, { visitor: shared })).state).toBe('in_review');
  });

  test('a clearance does not allow what plain facts forbid [R1, R23]', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    await fixture.judge(id, reviewers[1], 'accept');
    await db.query(sql`update accounts set status = 'restricted' where id = ${sub}`);
    expect((await fixture.attempt(primary, sub, { visitor: shared })).refusal).toBe(
      'account_restricted',
    );
    // that attempt does not use up the clearance
    expect(await openClearances(sub)).toBe(1);
  });

  test('an upheld appeal against a rule over plain facts clears nothing [R1, R23, R24]', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    await appeal(id, stranger);
    expect(await fixture.judge(id, reviewers[0], 'accept')).toBe('decided');
    expect(await overturnedBy(id)).not.toBe(null);
    expect(await openClearances(stranger)).toBe(0);
    expect((await fixture.attempt(primary, stranger)).refusal).toBe('different_owner');
  });

  test('a dismissed appeal clears nothing, tells both sides, and is the last [R23]', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    expect(await fixture.judge(id, reviewers[2], 'reject')).toBe('decided');
    expect(await stateFor(sub, id)).toBe('dismissed');
    expect(await overturnedBy(id)).toBe(null);
    expect(await openClearances(sub)).toBe(0);
    expect(await fixture.noticesOf(sub)).toStrictEqual([
      { what: 'appeal.dismissed', request_id: id },
    ]);
    expect(await appeal(id, sub)).toBe('already_appealed');
    expect((await fixture.attempt(primary, sub, { visitor: shared })).state).toBe('in_review');
  });

  test('with four eyes, another reviewer upholds an appeal against a reviewer [R23]', async () => {
    const [primary, sub] = await fixture.pair('special_industry');
    const { id } = await fixture.attempt(primary, sub, { visitor: shared });
    expect(await fixture.judge(id, reviewers[0], 'reject')).toBe('decided');
    await appeal(id, primary);
    expect(await fixture.judge(id, reviewers[0], 'accept')).toBe('own_decision');
    expect(await overturnedBy(id)).toBe(null);
    expect(await fixture.judge(id, reviewers[1], 'accept')).toBe('decided');
    expect(await overturnedBy(id)).not.toBe(null);
  });

  test('a reviewer of the same owner neither sees nor decides the appeal [R23]', async () => {
    const { id, primary } = await refusedByPerson();
    await appeal(id, primary);
    const colleague = await makeAccount(db, await ownerOf(primary));
    await db.query(sql`update accounts set roles = '{reviewer}' where id = ${colleague}`);
    expect(await fixture.judge(id, colleague, 'accept')).toBe('related_party');
  });
});

test('a refusal cannot be appealed after 30 days [R23]', async () => {
  const { id, primary } = await refusedAsStrangers();
  await advanceClock(db, 'P30D');
  expect(await stateFor(primary, id)).toBe('none');
  expect(await appeal(id, primary)).toBe('too_late');
});

async function ownerOf(account: AccountId) {
  const [row] = await db.query<{ owner_id: Parameters<typeof makeAccount>[1] }>(
    sql`select owner_id from accounts where id = ${account}`,
  );
  return row?.owner_id ?? null;
}
