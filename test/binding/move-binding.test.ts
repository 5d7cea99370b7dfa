import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
import { arriveAs, offerAs } from '../support/people.ts';
import { filesOf, firstVersions, makeStand } from './stand.ts';

const shipped = await firstVersions();
const [douyin, kuaishou] = ['douyin', 'kuaishou'].map((id) => shipped.get(id)) as [Pack, Pack];

/** Version 1 of each as it is shipped, and what its author thinks of next. */
const first = await makeStand({ packs: shipped });
const { db } = first;
const NEXT = {
  /** Comments and sells live, and no longer reposts. */
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
  /** Two grades where there were three. */
  kuaishou: {
    ...kuaishou,
    version: 2,
    grades: kuaishou.grades?.slice(0, 2) ?? null,
  } satisfies Pack,
  /** Grades where there were none. */
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
  test('R41 goes by the version it was bound under, whatever the file says by now; new ones go by the new one', async () => {
    const { primary, sub, bindingId } = await bound('kuaishou');
    assert.deepEqual(
      [await may(sub), (await seenBy(primary))?.grade?.titles.length],
      [['comment', 'repost'], 3],
    );
    assert.ok(
      (await raiseGrade(second, { bindingId, by: primary, to: 3 })).ok,
      'the third grade is still there for it',
    );
    assert.equal((await rowOf(bindingId))?.pack_version, 1);
    const [other, another] = await first.pair();
    const later = await makeStand({ database: db, packs: second.packs });
    const newer = await later.attempt(other, another, { pack: 'kuaishou' });
    assert.equal((await rowOf(newer.bindingId ?? ''))?.pack_version, 2);
    assert.equal((await seenBy(other))?.grade?.titles.length, 2);
  });

  test('R2 R41 a request goes by the version it began under to its end, and so does what it binds', async () => {
    const [primary, sub] = await first.pair();
    const { link } = await offerAs(first.deps, primary, { pack: 'douyin' });
    const arrived = await arriveAs(second, link, sub);
    const answered = await answerBinding(second, { ...arrived, decision: 'approve' });
    assert.equal(
      answered.ok && answered.value.state,
      'approved',
      'version 2, which has no slots, is not asked',
    );
    const [row] = await db.query<{ pack_version: number }>(
      sql`select pack_version from bindings where sub_id = ${sub}`,
    );
    assert.equal(row?.pack_version, 1);
    const [decision] = await db.query<{ pack_version: number }>(sql`
      select d.pack_version from decisions d join binding_requests r on r.decision_id = d.id where r.sub_id = ${sub}`);
    assert.deepEqual(decision, row);
  });

  test('R41 nobody is served while a binding goes by a version that was never recorded', async () => {
    const { bindingId } = await bound('douyin');
    await db.query(sql`update bindings set pack_version = 77 where id = ${bindingId}`);
    await assert.rejects(
      openPacks(db, []),
      (error) =>
        error instanceof UnrecordedPackError && /Version 77 .*"douyin"/.test(error.message),
    );
    await db.query(sql`update bindings set pack_version = 1 where id = ${bindingId}`);
  });
});

describe('moving a binding to another version', () => {
  test('R20 R41 changes what the sub may do: gained from now on, kept as of old, lost at once', async () => {
    const { sub, bindingId } = await bound('douyin');
    const before = await seenBy(sub);
    assert.deepEqual(await moved(bindingId, douyin, NEXT.douyin), {
      gained: ['live_commerce'],
      lost: ['repost'],
    });
    const after = await seenBy(sub);
    assert.deepEqual(await may(sub), ['comment', 'live_commerce']);
    const [comment, liveCommerce] = after?.permissions ?? [];
    assert.deepEqual(comment?.effectiveAt, before?.since);
    assert.ok(
      liveCommerce && before && liveCommerce.effectiveAt > before.since,
      'it was not effective before',
    );
    assert.deepEqual(await moved(bindingId, NEXT.douyin, douyin), {
      gained: ['repost'],
      lost: ['live_commerce'],
    });
  });

  test('R29 R41 is written with an audit row and an event, raises the version, and both sides are told', async () => {
    const { primary, sub, bindingId } = await bound('douyin');
    await moved(bindingId, douyin, NEXT.douyin);
    assert.deepEqual(
      await rowOf(bindingId).then((row) => [row?.pack_version, row?.version]),
      [2, 2],
    );
    const [audit] = await db.query<{ actor: string; detail: object }>(sql`
      select actor, detail from audit_log where subject = ${bindingId} and action = 'binding.pack_moved'`);
    assert.deepEqual(audit, {
      actor: 'system',
      detail: { pack: 'douyin', from: 1, to: 2, gained: ['live_commerce'], lost: ['repost'] },
    });
    const [event] = await db.query<{ type: string; data: object }>(sql`
      select type, data from events where stream = ${bindingId} order by seq desc limit 1`);
    assert.deepEqual(event, {
      type: 'urn:bindery:event:binding-permissions-changed',
      data: { binding: bindingId, version: 2, state: 'active' },
    });
    const told = await db.query<{ account_id: string; what: string }>(sql`
      select account_id, what from owner_notices where binding_id = ${bindingId}`);
    assert.deepEqual(new Set(told.map(({ account_id }) => account_id)), new Set([primary, sub]));
    assert.deepEqual(new Set(told.map(({ what }) => what)), new Set(['binding.moved']));
  });

  test('R2 R41 what is judged when accounts are bound is not judged again: a limit of none takes no sub away', async () => {
    const { primary, bindingId } = await bound('douyin');
    await moved(bindingId, douyin, NEXT.douyin);
    assert.equal((await seenBy(primary))?.state, 'active');
  });

  test('R28 R41 a suspended binding stays suspended, and may do nothing', async () => {
    const { primary, sub, bindingId } = await bound('douyin');
    assert.ok((await suspendBinding(second, { bindingId, by: primary })).ok);
    await moved(bindingId, douyin, NEXT.douyin);
    assert.deepEqual([(await seenBy(sub))?.state, await may(sub)], ['suspended', []]);
  });

  test('R40 R41 a grade goes along; one that is no longer there keeps the binding where it is', async () => {
    const { primary, bindingId } = await bound('kuaishou');
    await raiseGrade(second, { bindingId, by: primary, to: 3 });
    assert.equal(await moved(bindingId, kuaishou, NEXT.kuaishou), 'unknown_grade');
    assert.equal((await rowOf(bindingId))?.pack_version, 1);
    const low = await bound('kuaishou');
    await raiseGrade(second, { bindingId: low.bindingId, by: low.primary, to: 2 });
    assert.deepEqual(await moved(low.bindingId, kuaishou, NEXT.kuaishou), { gained: [], lost: [] });
    assert.equal((await seenBy(low.sub))?.grade?.now, 2);
  });

  test('R40 R41 where the pack gets grades it begins with the lowest', async () => {
    const { sub, bindingId } = await bound('douyin');
    const third = {
      ...first.deps,
      packs: await openPacks(db, filesOf(new Map([['douyin', NEXT.graded]]))),
    };
    assert.deepEqual(await moved(bindingId, douyin, NEXT.graded), { gained: [], lost: [] });
    const [binding] = await bindingsOf(third, { accountId: sub });
    assert.equal(binding?.grade?.now, 1);
  });

  test('R41 once is enough, another pack’s is none, and what has ended stays as it was', async () => {
    const { primary, bindingId } = await bound('douyin');
    assert.equal(await moved(bindingId, kuaishou, NEXT.kuaishou), 'unknown_binding');
    assert.equal(await moved('bnd_nowhere', douyin, NEXT.douyin), 'unknown_binding');
    assert.equal(await moved(bindingId, NEXT.graded, NEXT.douyin), 'elsewhere');
    await moved(bindingId, douyin, NEXT.douyin);
    assert.equal(await moved(bindingId, douyin, NEXT.douyin), 'already_there');
    assert.ok((await endBinding(second, { bindingId, by: primary })).ok);
    assert.equal(await moved(bindingId, NEXT.douyin, douyin), 'already_ended');
  });

  test('R41 of twenty moves at once one moves it, and one event tells of it', async () => {
    const { bindingId } = await bound('douyin');
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => await moved(bindingId, douyin, NEXT.douyin)),
    );
    assert.deepEqual(
      all.filter((each) => typeof each === 'string'),
      Array.from({ length: 19 }, () => 'already_there'),
    );
    const events = await db.query(
      sql`select 1 from events where stream = ${bindingId} and type like '%permissions-changed'`,
    );
    assert.equal(events.length, 1);
  });
});
