import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { lowerGrade, raiseGrade } from '../../src/binding/grade-binding.ts';
import { bindingsOf } from '../../src/binding/list-bindings.ts';
import { suspendBinding } from '../../src/binding/suspend-binding.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { makeAccounts } from '../support/people.ts';

const fixture = await makeBindingFixture();
const { db, deps } = fixture;

async function bound(pack: string) {
  const [primary, sub] = await fixture.pair();
  const { bindingId } = await fixture.attempt(primary, sub, { pack });
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
  test('the primary raises and lowers the grade; both sides see its effect [R20, R40]', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    expect(await seenBy(sub)).toStrictEqual({ grade: 1, may: ['comment', 'repost'] });
    expect(await told(raiseGrade(deps, { bindingId, by: primary, to: 3 }))).toBe('done');
    const raised = { grade: 3, may: ['comment', 'repost', 'live_commerce', 'ad_placement'] };
    expect([await seenBy(primary), await seenBy(sub)]).toStrictEqual([raised, raised]);
    expect(await told(lowerGrade(deps, { bindingId, by: primary, to: 2 }))).toBe('done');
    expect(await seenBy(sub)).toStrictEqual({
      grade: 2,
      may: ['comment', 'repost', 'live_commerce'],
    });
  });

  test('only the primary sets a grade, and only one of the pack [R40]', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    const [stranger] = await fixture.pair();
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
    for (const [actual, expected] of TOLD) expect(actual).toBe(expected);
    expect((await seenBy(sub)).grade).toBe(1);
  });

  test('a pack without grades has no grade to raise [R40]', async () => {
    const { primary, bindingId } = await bound('douyin');
    expect(await told(raiseGrade(deps, { bindingId, by: primary, to: 1 }))).toBe('not_graded');
    expect((await seenBy(primary)).grade).toBe(null);
  });

  test('a grade raised during a suspension has no effect until the hold ends [R28, R40]', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    assert.ok((await suspendBinding(deps, { bindingId, by: sub })).ok);
    expect(await told(raiseGrade(deps, { bindingId, by: primary, to: 2 }))).toBe('done');
    expect(await seenBy(sub)).toStrictEqual({ grade: 2, may: [] });
  });

  test('each change of grade raises the version and writes audit row and event [R40]', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    await raiseGrade(deps, { bindingId, by: primary, to: 2 });
    await lowerGrade(deps, { bindingId, by: primary, to: 1 });
    const events = await db.query<{ type: string; data: { version: number; grade: number } }>(sql`
      select type, data from events where stream = ${bindingId} and type like '%permissions-changed' order by seq`);
    expect(events.map(({ data }) => [data.version, data.grade])).toStrictEqual([
      [2, 2],
      [3, 1],
    ]);
    const audit = await db.query<{ action: string; actor: string }>(sql`
      select action, actor from audit_log where subject = ${bindingId} and action like 'binding.grade%' order by seq`);
    expect(audit).toStrictEqual([
      { action: 'binding.grade_raised', actor: primary },
      { action: 'binding.grade_lowered', actor: primary },
    ]);
  });

  test('the same form sent ten times at once raises the grade once [R40]', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        async () => await told(raiseGrade(deps, { bindingId, by: primary, to: 2 })),
      ),
    );
    expect(answers.sort()).toStrictEqual([
      'done',
      ...Array.from({ length: 9 }, () => 'not_higher'),
    ]);
  });

  test('under weibo a person binds more subs, with fewer permissions [R39]', async () => {
    const [primary] = await fixture.pair();
    const [{ owner_id: owner } = { owner_id: null }] = await db.query<{ owner_id: never }>(
      sql`select owner_id from accounts where id = ${primary}`,
    );
    assert.ok(owner);
    for (const sub of await makeAccounts(db, owner, 12))
      expect((await fixture.attempt(primary, sub, { pack: 'weibo' })).state).toBe('approved');
    expect((await seenBy(primary)).may).toStrictEqual(['comment']);
  });
});
