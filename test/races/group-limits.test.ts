import { expect, test } from '@jest/globals';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { verifyAffiliation } from '../../src/owners/affiliation.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { forgetBindings, makeAccount, makeOwner, offerToMany } from '../support/people.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const CAP = 4;

const packs = new Map(await loadPacks());
const douyin = packs.get('douyin');
if (!douyin) throw new Error('the pack of this test is gone');
packs.set('douyin', {
  ...douyin,
  version: douyin.version + 1,
  groupLimits: { ...douyin.groupLimits, enterprise: CAP },
  confirmation: { ...douyin.confirmation, enterprise: false },
});
const { db, deps } = await makeBindingFixture({ packs });

test('20 accounts of 3 affiliated companies never pass the cap of the group [R2]', async () => {
  const companies = [
    await makeOwner(db, 'organisation'),
    await makeOwner(db, 'organisation'),
    await makeOwner(db, 'organisation'),
  ] as const;
  const [top, middle, bottom] = companies;
  const tie = { by: 'system', evidence: 'evi_test' };
  for (const [parent, subsidiary] of [
    [top, middle],
    [middle, bottom],
  ] as const)
    await db.transaction((tx) => verifyAffiliation(tx, { ...tie, parent, subsidiary }));
  const primaries: AccountId[] = [];
  const subs: AccountId[][] = [];
  for (const owner of companies) {
    primaries.push(await makeAccount(db, owner, 'enterprise'));
    const count = owner === top ? 6 : 7;
    subs.push(
      await Promise.all(Array.from({ length: count }, () => makeAccount(db, owner, 'enterprise'))),
    );
  }
  await db.query(
    sql`update accounts set administrator_id = id where id = any(${primaries}::text[])`,
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const racers = (
      await Promise.all(primaries.map((primary, at) => offerToMany(db, primary, subs[at] ?? [])))
    ).flat();
    expect(racers.length).toBe(20);
    const answers = await Promise.all(
      racers.map((racer) => answerBinding(deps, { ...racer, decision: 'approve' })),
    );
    const told = answers.map((each) =>
      each.ok
        ? each.value.state === 'refused'
          ? each.value.refusal
          : each.value.state
        : each.refusal.code,
    );
    expect([`round ${round}`, told.filter((each) => each === 'approved').length]).toStrictEqual([
      `round ${round}`,
      CAP,
    ]);
    expect(new Set(told)).toStrictEqual(new Set(['approved', 'limit_reached']));
    await forgetBindings(db);
  }
});

test('a group that grows while its members bind is counted whole [R2]', async () => {
  for (let round = 0; round < ROUNDS / 5; round += 1) {
    const [parent, subsidiary] = [
      await makeOwner(db, 'organisation'),
      await makeOwner(db, 'organisation'),
    ];
    const racers: { approvalSessionId: string; visitor: never }[] = [];
    for (const owner of [parent, subsidiary]) {
      const primary = await makeAccount(db, owner, 'enterprise');
      await db.query(sql`update accounts set administrator_id = id where id = ${primary}`);
      const subs = await Promise.all(
        Array.from({ length: CAP }, () => makeAccount(db, owner, 'enterprise')),
      );
      racers.push(...((await offerToMany(db, primary, subs)) as never[]));
    }
    const tied = db.transaction((tx) =>
      verifyAffiliation(tx, { parent, subsidiary, by: 'system', evidence: 'evi_test' }),
    );
    await Promise.all([
      tied,
      ...racers.map((racer) => answerBinding(deps, { ...racer, decision: 'approve' })),
    ]);
    expect((await tied).ok).toBe(true);
    // What was bound before the tie stays; after it, nothing passes the cap.
    const [last] = await db.query<{ subs: number; late: number }>(sql`
      select count(*)::int as subs,
             count(*) filter (where d.facts #>> '{group,subs}' >= ${String(CAP)})::int as late
        from bindings b join binding_requests r on r.binding_id = b.id join decisions d on d.id = r.decision_id
       where b.primary_owner_id in (${parent}, ${subsidiary}) and b.state = 'active'`);
    expect([`round ${round}`, last?.late]).toStrictEqual([`round ${round}`, 0]);
  }
});
