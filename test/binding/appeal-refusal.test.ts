import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appealRefusal } from '../../src/binding/appeal-refusal.ts';
import { findRefusal, findRefusals } from '../../src/binding/find-refusals.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeAccount, makeOwner } from '../support/people.ts';
import { makeReviewer, makeSharedDevice, makeStand } from './stand.ts';

const TEXT = '两台手机都是我自己的，请人工看一下';

const stand = await makeStand();
const { db, deps } = stand;
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
  const [primary] = await stand.pair();
  const [stranger] = await stand.pair();
  const { id } = await stand.attempt(primary, stranger);
  return { id, primary, stranger };
}

/** A reviewer's refusal: the device was doubtful, and a person said no. */
async function refusedByPerson(reviewer = reviewers[0]) {
  const [primary, sub] = await stand.pair();
  const { id, state } = await stand.attempt(primary, sub, { visitor: shared });
  assert.equal(state, 'in_review');
  assert.equal(await stand.judge(id, reviewer, 'reject'), 'decided');
  return { id, primary, sub };
}

const overturnedBy = async (id: string) => (await stand.hooksOf(id)).overturned_by;
const openClearances = async (sub: AccountId) =>
  (
    await db.query(
      sql`select 1 from clearances where sub_id = ${sub} and used_at is null and valid_until > bindery_now()`,
    )
  ).length;

describe('appealing against a refusal', () => {
  test('R23 both sides of an automatic refusal see it, by whom it was refused, and that a person can be asked', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    const mine = await findRefusal(deps, { account: primary, requestId: id });
    assert.deepEqual(
      [mine?.refusal, mine?.refusedBy, mine?.role, mine?.appeal.state],
      ['different_owner', 'policy', 'primary', 'possible'],
    );
    const theirs = await findRefusal(deps, { account: stranger, requestId: id });
    assert.deepEqual([theirs?.role, theirs?.appeal.state], ['sub', 'possible']);
    assert.deepEqual(await findRefusals(deps, { account: primary }), [mine]);
  });

  test('R23 one who tried a code learns no name by it; within one owner names are told', async () => {
    const { id, primary } = await refusedAsStrangers();
    assert.match(
      (await findRefusal(deps, { account: primary, requestId: id }))?.counterpart ?? '',
      /^A\*\*$/,
    );
    const own = await refusedByPerson();
    assert.match(
      (await findRefusal(deps, { account: own.primary, requestId: own.id }))?.counterpart ?? '',
      /^Account /,
    );
  });

  test('R23 to anybody else there is no such refusal, whatever they know of it', async () => {
    const { id } = await refusedAsStrangers();
    const outsider = await makeAccount(db, await makeOwner(db));
    assert.equal(await findRefusal(deps, { account: outsider, requestId: id }), undefined);
    assert.deepEqual(await findRefusals(deps, { account: outsider }), []);
    assert.equal(await appeal(id, outsider), 'unknown_request');
    assert.equal(await appeal('brq_AAAAAAAAAAAAAAAAAAAAAA', outsider), 'unknown_request');
  });

  test('R23 it is appealed once, in words, and the date by which a person decides is told to both sides', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    assert.equal(await appeal(id, primary, '  '), 'text_missing');
    const opened = await appealRefusal(deps, { requestId: id, by: primary, text: TEXT });
    assert.ok(
      opened.ok && opened.value.due.getTime() > Date.now() + 5 * 86_400_000,
      'working days from now',
    );
    for (const side of [primary, stranger]) {
      const seen = await findRefusal(deps, { account: side, requestId: id });
      assert.deepEqual(seen?.appeal, { state: 'open', due: opened.value.due });
      assert.equal(await appeal(id, side), 'already_appealed');
    }
  });

  test('R23 an owner’s own word is nobody else’s to judge', async () => {
    const [primary, sub] = await stand.pair();
    const { id } = await stand.attempt(primary, sub, { decision: 'refuse' });
    assert.equal(await stateFor(primary, id), 'none');
    assert.equal(await appeal(id, primary), 'nothing_to_appeal');
  });

  test('R23 between the same two one appeal waits at a time: trying again does not fill the queue', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    const { id: again } = await stand.attempt(primary, stranger);
    assert.equal(await appeal(id, primary), 'open');
    assert.equal(await appeal(again, stranger), 'already_appealed');
  });

  test('R23 of both sides appealing at the same moment one appeal is made (20 rounds)', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id, primary, stranger } = await refusedAsStrangers();
      const { id: again } = await stand.attempt(primary, stranger);
      const told = await Promise.all([
        appeal(id, primary),
        appeal(id, stranger),
        appeal(again, primary),
        appeal(again, stranger),
      ]);
      assert.deepEqual(told.sort(), [
        'already_appealed',
        'already_appealed',
        'already_appealed',
        'open',
      ]);
    }
  });

  test('R23 what the applicant writes stands nowhere in clear', async () => {
    const { id, primary } = await refusedAsStrangers();
    await appeal(id, primary, 'my number is 11010519491231002X');
    const rows = await db.query<{ row: string }>(sql`
      select c::text as row from review_cases c union all select a::text from audit_log a union all select e::text from events e`);
    assert.ok(rows.every(({ row }) => !row.includes('11010519491231002X')));
  });
});

describe('deciding an appeal', () => {
  test('R21 R23 a reviewer’s refusal is a risk to whoever is near, on both sides; upheld on appeal it is none, dismissed it stays one', async () => {
    const risks = async (id: string) =>
      (
        await db.query<{ risk: boolean }>(
          sql`select risk from binding_attempts where request_id = ${id}`,
        )
      ).map(({ risk }) => risk);
    const [upheld, dismissed] = [await refusedByPerson(), await refusedByPerson()];
    assert.deepEqual(await risks(upheld.id), [true, true]);
    await appeal(upheld.id, upheld.primary);
    await appeal(dismissed.id, dismissed.sub);
    assert.deepEqual(await risks(upheld.id), [true, true], 'an appeal by itself changes nothing');
    assert.equal(await stand.judge(upheld.id, reviewers[1], 'accept'), 'decided');
    assert.equal(await stand.judge(dismissed.id, reviewers[1], 'reject'), 'decided');
    assert.deepEqual(await risks(upheld.id), [false, false]);
    assert.deepEqual(await risks(dismissed.id), [true, true]);
  });

  test('R21 what a reviewer accepts is no risk', async () => {
    const [primary, sub] = await stand.pair();
    const { id } = await stand.attempt(primary, sub, { visitor: shared });
    assert.equal(await stand.judge(id, reviewers[0], 'accept'), 'decided');
    const rows = await db.query<{ risk: boolean }>(
      sql`select risk from binding_attempts where request_id = ${id}`,
    );
    assert.deepEqual(rows, [{ risk: false }, { risk: false }]);
  });

  test('R23 R24 upheld by another reviewer: the request stays over, the decision is marked as found wrong, and both are told', async () => {
    const { id, primary, sub } = await refusedByPerson(reviewers[0]);
    assert.equal((await findRefusal(deps, { account: sub, requestId: id }))?.refusedBy, 'person');
    assert.equal(await appeal(id, sub), 'open');
    assert.equal(
      await stand.judge(id, reviewers[0], 'accept'),
      'own_decision',
      'who refused it neither sees nor decides the appeal',
    );
    assert.equal(await stand.judge(id, reviewers[1], 'accept'), 'decided');
    const seen = await findRefusal(deps, { account: primary, requestId: id });
    assert.equal(seen?.refusal, 'risk');
    assert.ok(seen.appeal.state === 'upheld' && seen.appeal.clearedUntil !== null);
    assert.notEqual(await overturnedBy(id), null);
    for (const side of [primary, sub])
      assert.deepEqual(await stand.noticesOf(side), [{ what: 'appeal.upheld', request_id: id }]);
  });

  test('R23 the doubt that was cleared is not held against their next attempt, which says so; it is good for one binding', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    await stand.judge(id, reviewers[1], 'accept');
    const next = await stand.attempt(primary, sub, { visitor: shared });
    assert.equal(next.state, 'approved');
    const { hooks } = await stand.hooksOf(next.id);
    const device = hooks.find((hook) => hook.id === 'device');
    assert.deepEqual(
      [device?.verdict, device?.cleared],
      ['allow', { said: 'review', by: await overturnedBy(id) }],
    );
    const seen = await findRefusal(deps, { account: primary, requestId: id });
    assert.ok(seen?.appeal.state === 'upheld' && seen.appeal.clearedUntil === null);
    await db.query(sql`update bindings set state = 'purged' where sub_id = ${sub}`);
    assert.equal(
      (await stand.attempt(primary, sub, { visitor: shared })).state,
      'in_review',
      'it was used',
    );
  });

  test('R23 it is held against them again after 30 days, and against other accounts of theirs all along', async () => {
    const { id, primary, sub } = await refusedByPerson();
    const other = await makeAccount(db, await ownerOf(primary));
    await appeal(id, primary);
    await stand.judge(id, reviewers[1], 'accept');
    assert.equal((await stand.attempt(primary, other, { visitor: shared })).state, 'in_review');
    assert.equal(
      (await stand.attempt(sub, primary, { visitor: shared })).state,
      'in_review',
      'nor the other way round',
    );
    await advanceClock(db, 'P31D');
    assert.equal(await openClearances(sub), 0);
    assert.equal((await stand.attempt(primary, sub, { visitor: shared })).state, 'in_review');
  });

  test('R1 R23 what is forbidden on the facts of then stays forbidden, cleared or not', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    await stand.judge(id, reviewers[1], 'accept');
    await db.query(sql`update accounts set status = 'restricted' where id = ${sub}`);
    assert.equal(
      (await stand.attempt(primary, sub, { visitor: shared })).refusal,
      'account_restricted',
    );
    assert.equal(await openClearances(sub), 1, 'and the word is not used up by it');
  });

  test('R1 R23 R24 upheld against a rule over plain facts: found wrong, nothing cleared, and the rule asks again', async () => {
    const { id, primary, stranger } = await refusedAsStrangers();
    await appeal(id, stranger);
    assert.equal(await stand.judge(id, reviewers[0], 'accept'), 'decided');
    assert.notEqual(await overturnedBy(id), null);
    assert.equal(await openClearances(stranger), 0);
    assert.equal((await stand.attempt(primary, stranger)).refusal, 'different_owner');
  });

  test('R23 dismissed: nothing is cleared, the decision stands, both are told, and it is not appealed twice', async () => {
    const { id, primary, sub } = await refusedByPerson();
    await appeal(id, primary);
    assert.equal(await stand.judge(id, reviewers[2], 'reject'), 'decided');
    assert.equal(await stateFor(sub, id), 'dismissed');
    assert.equal(await overturnedBy(id), null);
    assert.equal(await openClearances(sub), 0);
    assert.deepEqual(await stand.noticesOf(sub), [{ what: 'appeal.dismissed', request_id: id }]);
    assert.equal(await appeal(id, sub), 'already_appealed');
    assert.equal((await stand.attempt(primary, sub, { visitor: shared })).state, 'in_review');
  });

  test('R23 where the pack asks for four eyes an appeal against a reviewer is upheld by one who did not refuse it', async () => {
    const [primary, sub] = await stand.pair('special_industry');
    const { id } = await stand.attempt(primary, sub, { visitor: shared });
    assert.equal(await stand.judge(id, reviewers[0], 'reject'), 'decided');
    await appeal(id, primary);
    assert.equal(await stand.judge(id, reviewers[0], 'accept'), 'own_decision');
    assert.equal(await overturnedBy(id), null);
    assert.equal(await stand.judge(id, reviewers[1], 'accept'), 'decided');
    assert.notEqual(await overturnedBy(id), null);
  });

  test('R23 a reviewer who is one of the two, or of the same owner, neither sees nor decides it', async () => {
    const { id, primary } = await refusedByPerson();
    await appeal(id, primary);
    const colleague = await makeAccount(db, await ownerOf(primary));
    await db.query(sql`update accounts set roles = '{reviewer}' where id = ${colleague}`);
    assert.equal(await stand.judge(id, colleague, 'accept'), 'related_party');
  });
});

test('R23 after 30 days a refusal is no longer appealed against', async () => {
  const { id, primary } = await refusedAsStrangers();
  await advanceClock(db, 'P30D');
  assert.equal(await stateFor(primary, id), 'none');
  assert.equal(await appeal(id, primary), 'too_late');
});

async function ownerOf(account: AccountId) {
  const [row] = await db.query<{ owner_id: Parameters<typeof makeAccount>[1] }>(
    sql`select owner_id from accounts where id = ${account}`,
  );
  return row?.owner_id ?? null;
}
