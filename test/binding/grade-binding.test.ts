import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lowerGrade, raiseGrade } from '../../src/binding/grade-binding.ts';
import { bindingsOf } from '../../src/binding/list-bindings.ts';
import { suspendBinding } from '../../src/binding/suspend-binding.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeAccounts } from '../support/people.ts';
import { makeStand } from './stand.ts';

const stand = await makeStand();
const { db, deps } = stand;

async function bound(pack: string) {
  const [primary, sub] = await stand.pair();
  const { bindingId } = await stand.attempt(primary, sub, { pack });
  assert.ok(bindingId);
  return { primary, sub, bindingId };
}

const told = async (done: ReturnType<typeof raiseGrade>) => {
  const result = await done;
  return result.ok ? 'done' : result.refusal.code;
};
const seenBy = async (accountId: AccountId) => {
  const [binding] = await bindingsOf(deps, { accountId });
  return { grade: binding?.grade?.now ?? null, may: binding?.permissions.map(({ name }) => name) };
};

describe('grades that the primary grants', () => {
  test('R20 R40 a binding begins with the lowest; raised and lowered by the primary, both sides see what it brings', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    assert.deepEqual(await seenBy(sub), { grade: 1, may: ['comment', 'repost'] });
    assert.equal(await told(raiseGrade(deps, { bindingId, by: primary, to: 3 })), 'done');
    const raised = { grade: 3, may: ['comment', 'repost', 'live_commerce', 'ad_placement'] };
    assert.deepEqual([await seenBy(primary), await seenBy(sub)], [raised, raised]);
    assert.equal(await told(lowerGrade(deps, { bindingId, by: primary, to: 2 })), 'done');
    assert.deepEqual(await seenBy(sub), { grade: 2, may: ['comment', 'repost', 'live_commerce'] });
  });

  test('R40 the sub does not grade itself, a stranger learns of nothing, and grades are those that the pack has', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    const [stranger] = await stand.pair();
    // biome-ignore format: a table is read by its columns
    const TOLD = [
      [await told(raiseGrade(deps, { bindingId, by: sub,      to: 2 })), 'primary_only'],
      [await told(lowerGrade(deps, { bindingId, by: sub,      to: 1 })), 'primary_only'],
      [await told(raiseGrade(deps, { bindingId, by: stranger, to: 2 })), 'unknown_binding'],
      [await told(raiseGrade(deps, { bindingId, by: primary,  to: 4 })), 'unknown_grade'],
      [await told(raiseGrade(deps, { bindingId, by: primary,  to: 1 })), 'not_higher'],
      [await told(lowerGrade(deps, { bindingId, by: primary,  to: 1 })), 'not_lower'],
      [await told(lowerGrade(deps, { bindingId, by: primary,  to: 0 })), 'unknown_grade'],
    ];
    for (const [actual, expected] of TOLD) assert.equal(actual, expected);
    assert.equal((await seenBy(sub)).grade, 1);
  });

  test('R38 R40 under a pack without grades there is nothing to raise', async () => {
    const { primary, bindingId } = await bound('douyin');
    assert.equal(await told(raiseGrade(deps, { bindingId, by: primary, to: 1 })), 'not_graded');
    assert.equal((await seenBy(primary)).grade, null);
  });

  test('R28 R40 a grade raised while the binding is suspended brings nothing until it acts again', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    assert.ok((await suspendBinding(deps, { bindingId, by: sub })).ok);
    assert.equal(await told(raiseGrade(deps, { bindingId, by: primary, to: 2 })), 'done');
    assert.deepEqual(await seenBy(sub), { grade: 2, may: [] });
  });

  test('R29 R40 each change raises the version, and is written with an audit row and an event', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    await raiseGrade(deps, { bindingId, by: primary, to: 2 });
    await lowerGrade(deps, { bindingId, by: primary, to: 1 });
    const events = await db.query<{ type: string; data: { version: number; grade: number } }>(sql`
      select type, data from events where stream = ${bindingId} and type like '%permissions-changed' order by seq`);
    assert.deepEqual(
      events.map(({ data }) => [data.version, data.grade]),
      [
        [2, 2],
        [3, 1],
      ],
    );
    const audit = await db.query<{ action: string; actor: string }>(sql`
      select action, actor from audit_log where subject = ${bindingId} and action like 'binding.grade%' order by seq`);
    assert.deepEqual(audit, [
      { action: 'binding.grade_raised', actor: primary },
      { action: 'binding.grade_lowered', actor: primary },
    ]);
  });

  test('R40 the same form sent ten times at once raises once', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        async () => await told(raiseGrade(deps, { bindingId, by: primary, to: 2 })),
      ),
    );
    assert.deepEqual(answers.sort(), ['done', ...Array.from({ length: 9 }, () => 'not_higher')]);
  });

  test('R39 under weibo a person binds more subs than any other pack lets them, to do less', async () => {
    const [primary] = await stand.pair();
    const [{ owner_id: owner } = { owner_id: null }] = await db.query<{ owner_id: never }>(
      sql`select owner_id from accounts where id = ${primary}`,
    );
    assert.ok(owner);
    for (const sub of await makeAccounts(db, owner, 12))
      assert.equal((await stand.attempt(primary, sub, { pack: 'weibo' })).state, 'approved');
    assert.deepEqual((await seenBy(primary)).may, ['comment']);
  });
});
