import { describe, expect, test } from '@jest/globals';
import { newId, type OwnerId } from '../../src/kernel/ids.ts';
import { verifyAffiliation, withdrawAffiliation } from '../../src/owners/affiliation.ts';
import { affiliationOf } from '../../src/owners/affiliations.store.ts';
import { lockOwners } from '../../src/owners/owners.store.ts';
import { withdrawVerification } from '../../src/owners/verify-owner.ts';
import { sameOwnerMethod } from '../../src/policy/hooks/same-owner.ts';
import { runQuery } from '../../src/store/query.ts';
import { freshDatabase } from '../support/database.ts';
import { makeDeps, makePerson, makeVerifiedOrganisation } from './people.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const by = 'acc_reviewer';
const [parent, subsidiary, third] = [
  await makeVerifiedOrganisation(deps, 1),
  await makeVerifiedOrganisation(deps, 2),
  await makeVerifiedOrganisation(deps, 3),
];

const tie = async (from: OwnerId, to: OwnerId) => {
  const answer = await db.transaction(
    async (tx) =>
      await verifyAffiliation(tx, { parent: from, subsidiary: to, by, evidence: 'evi_tie' }),
  );
  return answer.ok ? 'verified' : answer.refusal.code;
};
const untie = async (from: OwnerId, to: OwnerId) => {
  const answer = await db.transaction(
    async (tx) =>
      await withdrawAffiliation(tx, { parent: from, subsidiary: to, by, because: 'sold' }),
  );
  return answer.ok ? 'withdrawn' : answer.refusal.code;
};

/** How the two are found to be one owner (R1), by what the database says now. */
const methodFor = async (primary: OwnerId, sub: OwnerId) =>
  await db.transaction(async (tx) => {
    const owners = await lockOwners(tx, [primary, sub]);
    return sameOwnerMethod({
      primary: owners.get(primary) ?? null,
      sub: owners.get(sub) ?? null,
      affiliationVerifiedAt: await runQuery(tx, affiliationOf(primary, sub)),
    });
  });

describe('affiliation', () => {
  test('a subsidiary counts as its parents at all levels, one way only [R1, R44]', async () => {
    expect(await methodFor(parent, subsidiary)).toBe(undefined);
    expect(await tie(parent, subsidiary)).toBe('verified');
    expect(await tie(subsidiary, third)).toBe('verified');
    expect(await methodFor(parent, subsidiary)).toBe('affiliate');
    expect(await methodFor(subsidiary, parent)).toBe(undefined);
    expect(await methodFor(parent, third)).toBe('affiliate');
    expect(await methodFor(third, parent)).toBe(undefined);
  });

  test('an affiliation stops with its withdrawal, and counts again once verified [R5]', async () => {
    expect(await untie(parent, subsidiary)).toBe('withdrawn');
    expect(await methodFor(parent, subsidiary)).toBe(undefined);
    expect(await untie(parent, subsidiary)).toBe('unknown_affiliation');
    expect(await tie(parent, subsidiary)).toBe('verified');
    expect(await methodFor(parent, subsidiary)).toBe('affiliate');
  });

  test('an affiliation needs both sides to be verified [R5]', async () => {
    await db.transaction(
      async (tx) => await withdrawVerification(tx, { owner: third, by, because: 'expired' }),
    );
    expect(await methodFor(subsidiary, third)).toBe(undefined);
  });

  test('an affiliation needs two different verified organisations, and no circle [R1]', async () => {
    const person = await makePerson(deps);
    // biome-ignore format: a table is read by its columns
    const table = [
      [parent,     parent,        'same_owner'],
      [parent,     person,        'not_an_organisation'],
      [person,     subsidiary,    'not_an_organisation'],
      [parent,     newId('own'),  'unknown_owner'],
      [parent,     third,         'not_verified'],
      [subsidiary, parent,        'circular'],
    ] as const;
    for (const [from, to, code] of table) expect(await tie(from, to)).toBe(code);
  });

  test('a group is a tree of at most five levels, whoever ties at once [R44]', async () => {
    const chain: OwnerId[] = [];
    for (let nth = 6; nth < 12; nth += 1) chain.push(await makeVerifiedOrganisation(deps, nth));
    const [a, b, c, d, e, f] = chain as [OwnerId, OwnerId, OwnerId, OwnerId, OwnerId, OwnerId];
    const pairs = [
      [c, d],
      [a, b],
      [e, f],
      [d, e],
    ] as const;
    for (const [from, to] of pairs) expect(await tie(from, to)).toBe('verified');
    expect(await tie(b, c)).toBe('too_many_levels');
    expect(await tie(f, c)).toBe('circular');
    expect(await tie(a, d)).toBe('other_parent');
    expect(await tie(c, d)).toBe('verified'); // renewed
    expect(await untie(e, f)).toBe('withdrawn');
    expect(await tie(b, c)).toBe('verified');
    expect(await methodFor(a, e)).toBe('affiliate');
    // both would be allowed alone
    const [g, h] = [
      await makeVerifiedOrganisation(deps, 12),
      await makeVerifiedOrganisation(deps, 13),
    ];
    const answers = await Promise.all([tie(g, h), tie(f, h)]);
    expect(answers.toSorted()).toStrictEqual(['other_parent', 'verified']);
  });

  test('of two opposite affiliations at once one is recorded [R1]', async () => {
    const [a, b] = [
      await makeVerifiedOrganisation(deps, 4),
      await makeVerifiedOrganisation(deps, 5),
    ];
    expect((await Promise.all([tie(a, b), tie(b, a)])).toSorted()).toStrictEqual([
      'circular',
      'verified',
    ]);
  });
});
