import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import { endBinding } from '../../src/binding/end-binding.ts';
import { raiseGrade } from '../../src/binding/grade-binding.ts';
import { bindingsOf } from '../../src/binding/list-bindings.ts';
import { moveBinding } from '../../src/binding/move-binding.ts';
import { openPacks } from '../../src/binding/request-pack.ts';
import { suspendBinding } from '../../src/binding/suspend-binding.ts';
import { tellMoved } from '../../src/evidence/pieces/tell-sides.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import type { Pack } from '../../src/policy/pack.ts';
import { UnrecordedPackError } from '../../src/policy/pack-registry.ts';
import { sql } from '../../src/store/sql.ts';
import { filesOf, firstVersions, makeBindingFixture } from '../fixtures/bindings.ts';
import { arriveAs, offerAs } from '../support/people.ts';

const shipped = await firstVersions();
const [douyin, kuaishou] = ['douyin', 'kuaishou'].map((id) => shipped.get(id)) as [Pack, Pack];

/** Version 1 of each pack as shipped, and a next version. */
const first = await makeBindingFixture({ packs: shipped });
const { db } = first;
const NEXT = {
  /** Adds live commerce and removes repost. */
  douyin: {
    ...douyin,
    version: 2,
    tokenLifetimeSeconds: 600,
    limits: { personal: 0, enterprise: 0, special_industry: 0 },
    permissions: {
      ...douyin.permissions,
      basic: [{ name: 'comment' }, { name: 'live_commerce' }],
      advanced: [{ name: 'repost' }],
    },
  } satisfies Pack,
  /** Two grades instead of three. */
  kuaishou: {
    ...kuaishou,
    version: 2,
    grades: kuaishou.grades?.slice(0, 2) ?? null,
  } satisfies Pack,
  /** Adds grades to a pack without any. */
  graded: { ...douyin, version: 3, grades: kuaishou.grades } satisfies Pack,
};
const second = {
  ...first.deps,
  packs: await openPacks(
    db,
    filesOf(new Map([NEXT.douyin, NEXT.kuaishou].map((pack) => [pack.id, pack]))),
  ),
};

async function bound(pack: string) {
  const [primary, sub] = await first.pair();
  const { bindingId } = await first.attempt(primary, sub, { pack });
  assert.ok(bindingId);
  return { primary, sub, bindingId };
}

const deps = { db, tellMoved };
const moved = async (bindingId: string, from: Pack, to: Pack) => {
  const done = await moveBinding(deps, { bindingId, from, to, by: 'system' });
  return done.ok ? done.value : done.refusal.code;
};
const seenBy = async (accountId: AccountId) => (await bindingsOf(second, { accountId }))[0];
const may = async (accountId: AccountId) =>
  (await seenBy(accountId))?.permissions.map(({ name }) => name);
const rowOf = async (id: string) =>
  (
    await db.query<{ pack_version: number; version: number; state: string }>(
      sql`select * from bindings where id = ${id}`,
    )
  )[0];

describe('a binding and the version of its pack', () => {
  test('a binding keeps its pack version, and new bindings take the new version', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    expect([await may(sub), (await seenBy(primary))?.grade?.titles.length]).toStrictEqual([
      ['comment', 'repost'],
      3,
    ]);
    // its version still has the third grade
    expect((await raiseGrade(second, { bindingId, by: primary, to: 3 })).ok).toBe(true);
    expect((await rowOf(bindingId))?.pack_version).toBe(1);
    const [other, another] = await first.pair();
    const later = await makeBindingFixture({ database: db, packs: second.packs });
    const newer = await later.attempt(other, another, { pack: 'kuaishou' });
    expect((await rowOf(newer.bindingId ?? ''))?.pack_version).toBe(2);
    expect((await seenBy(other))?.grade?.titles.length).toBe(2);
  });

  test('a request and its binding keep the version the request began under', async () => {
    const [primary, sub] = await first.pair();
    const { link } = await offerAs(first.deps, primary, { pack: 'douyin' });
    const arrived = await arriveAs(second, link, sub);
    const answered = await answerBinding(second, { ...arrived, decision: 'approve' });
    // version 2, which has no slots, is not used
    expect(answered.ok && answered.value.state).toBe('approved');
    const [row] = await db.query<{ pack_version: number }>(
      sql`select pack_version from bindings where sub_id = ${sub}`,
    );
    expect(row?.pack_version).toBe(1);
    const [decision] = await db.query<{ pack_version: number }>(sql`
      select d.pack_version from decisions d join binding_requests r on r.decision_id = d.id where r.sub_id = ${sub}`);
    expect(decision).toStrictEqual(row);
  });

  test('a start fails while a binding uses a version that was never recorded', async () => {
    const { bindingId } = await bound('douyin');
    await db.query(sql`update bindings set pack_version = 77 where id = ${bindingId}`);
    const attempt = openPacks(db, []);
    await expect(attempt).rejects.toThrow(UnrecordedPackError);
    await expect(attempt).rejects.toThrow(/Version 77 .*"douyin"/);
    await db.query(sql`update bindings set pack_version = 1 where id = ${bindingId}`);
  });
});

describe('moving a binding to another version', () => {
  test('a move gives gained permissions from now on and removes lost ones at once', async () => {
    const { sub, bindingId } = await bound('douyin');
    const before = await seenBy(sub);
    expect(await moved(bindingId, douyin, NEXT.douyin)).toStrictEqual({
      gained: ['live_commerce'],
      lost: ['repost'],
    });
    const after = await seenBy(sub);
    expect(await may(sub)).toStrictEqual(['comment', 'live_commerce']);
    const [comment, liveCommerce] = after?.permissions ?? [];
    expect(comment?.effectiveAt).toStrictEqual(before?.since);
    assert.ok(
      liveCommerce && before && liveCommerce.effectiveAt > before.since,
      'it was not effective before',
    );
    expect(await moved(bindingId, NEXT.douyin, douyin)).toStrictEqual({
      gained: ['repost'],
      lost: ['live_commerce'],
    });
  });

  test('a move raises the version, writes audit row and event, and tells both sides', async () => {
    const { primary, sub, bindingId } = await bound('douyin');
    await moved(bindingId, douyin, NEXT.douyin);
    expect(await rowOf(bindingId).then((row) => [row?.pack_version, row?.version])).toStrictEqual([
      2, 2,
    ]);
    const [audit] = await db.query<{ actor: string; detail: object }>(sql`
      select actor, detail from audit_log where subject = ${bindingId} and action = 'binding.pack_moved'`);
    expect(audit).toStrictEqual({
      actor: 'system',
      detail: { pack: 'douyin', from: 1, to: 2, gained: ['live_commerce'], lost: ['repost'] },
    });
    const [event] = await db.query<{ type: string; data: object }>(sql`
      select type, data from events where stream = ${bindingId} order by seq desc limit 1`);
    expect(event).toStrictEqual({
      type: 'urn:bindery:event:binding-permissions-changed',
      data: { binding: bindingId, version: 2, state: 'active' },
    });
    const told = await db.query<{ account_id: string; what: string }>(sql`
      select account_id, what from owner_notices where binding_id = ${bindingId}`);
    expect(new Set(told.map(({ account_id }) => account_id))).toStrictEqual(
      new Set([primary, sub]),
    );
    expect(new Set(told.map(({ what }) => what))).toStrictEqual(new Set(['binding.moved']));
  });

  test('a move does not check the limit again: no sub is removed', async () => {
    const { primary, bindingId } = await bound('douyin');
    await moved(bindingId, douyin, NEXT.douyin);
    expect((await seenBy(primary))?.state).toBe('active');
  });

  test('a suspended binding stays suspended after a move, without permissions [R28]', async () => {
    const { primary, sub, bindingId } = await bound('douyin');
    assert.ok((await suspendBinding(second, { bindingId, by: primary })).ok);
    await moved(bindingId, douyin, NEXT.douyin);
    expect([(await seenBy(sub))?.state, await may(sub)]).toStrictEqual(['suspended', []]);
  });

  test('a move keeps the grade, and is refused if the new version lacks it [R40]', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    await raiseGrade(second, { bindingId, by: primary, to: 3 });
    expect(await moved(bindingId, kuaishou, NEXT.kuaishou)).toBe('unknown_grade');
    expect((await rowOf(bindingId))?.pack_version).toBe(1);
    const low = await bound('kuaishou');
    await raiseGrade(second, { bindingId: low.bindingId, by: low.primary, to: 2 });
    expect(await moved(low.bindingId, kuaishou, NEXT.kuaishou)).toStrictEqual({
      gained: [],
      lost: [],
    });
    expect((await seenBy(low.sub))?.grade?.now).toBe(2);
  });

  test('a move to a version with grades begins with the lowest grade [R40]', async () => {
    const { sub, bindingId } = await bound('douyin');
    const third = {
      ...first.deps,
      packs: await openPacks(db, filesOf(new Map([['douyin', NEXT.graded]]))),
    };
    expect(await moved(bindingId, douyin, NEXT.graded)).toStrictEqual({ gained: [], lost: [] });
    const [binding] = await bindingsOf(third, { accountId: sub });
    expect(binding?.grade?.now).toBe(1);
  });

  test('a second move, another pack and an ended binding change nothing', async () => {
    const { primary, bindingId } = await bound('douyin');
    expect(await moved(bindingId, kuaishou, NEXT.kuaishou)).toBe('unknown_binding');
    expect(await moved('bnd_nowhere', douyin, NEXT.douyin)).toBe('unknown_binding');
    expect(await moved(bindingId, NEXT.graded, NEXT.douyin)).toBe('elsewhere');
    await moved(bindingId, douyin, NEXT.douyin);
    expect(await moved(bindingId, douyin, NEXT.douyin)).toBe('already_there');
    assert.ok((await endBinding(second, { bindingId, by: primary })).ok);
    expect(await moved(bindingId, NEXT.douyin, douyin)).toBe('already_ended');
  });

  test('twenty moves at once move the binding once, with one event', async () => {
    const { bindingId } = await bound('douyin');
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => await moved(bindingId, douyin, NEXT.douyin)),
    );
    expect(all.filter((each) => typeof each === 'string')).toStrictEqual(
      Array.from({ length: 19 }, () => 'already_there'),
    );
    const events = await db.query(
      sql`select 1 from events where stream = ${bindingId} and type like '%permissions-changed'`,
    );
    expect(events.length).toBe(1);
  });
});
