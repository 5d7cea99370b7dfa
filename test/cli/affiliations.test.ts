import { expect, test } from '@jest/globals';
import { insertBinding } from '../../src/binding/bindings.store.ts';
import { newId, type OwnerId } from '../../src/kernel/ids.ts';
import { verifyAffiliation } from '../../src/owners/affiliation.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant, makeClaimedOwner, proveAll } from '../support/evidence.ts';
import { operatorOf } from '../support/operator.ts';

const { db, url } = await freshDatabase();
const operate = operatorOf(url);

async function makeCompany(login: string) {
  const [account, owner] = [
    await makeApplicant(db, 'enterprise'),
    await makeClaimedOwner(db, 'organisation'),
  ];
  await proveAll(db, { account, owner, kind: 'enterprise' });
  await db.query(sql`update accounts set login = ${login} where id = ${account}`);
  return { account, owner };
}

async function affiliate(parent: OwnerId, subsidiary: OwnerId): Promise<void> {
  const tie = { parent, subsidiary, by: 'system', evidence: 'evi_test' };
  expect((await db.transaction((tx) => verifyAffiliation(tx, tie))).ok).toBe(true);
}

test('an operator ends an affiliation, and the bindings on it end [R5]', async () => {
  const [parent, subsidiary] = [await makeCompany('harbour'), await makeCompany('harbour-north')];
  await affiliate(parent.owner, subsidiary.owner);
  const binding = newId('bnd');
  await db.transaction((tx) =>
    insertBinding(
      tx,
      {
        id: binding,
        primaryId: parent.account,
        subId: subsidiary.account,
        primaryOwnerId: parent.owner,
        subOwnerId: subsidiary.owner,
        pack: 'douyin',
        packVersion: 1,
        platform: 'local',
        kind: 'enterprise',
        sameOwnerMethod: 'affiliate',
      },
      { since: new Date(), reached: null },
    ),
  );
  expect((await operate('affiliations', 'list', 'harbour')).said).toMatch(
    /^subsidiary {2}harbour-north {2}verified /,
  );
  expect((await operate('affiliations', 'list', 'harbour-north')).said).toMatch(
    /^parent {2}harbour {2}verified /,
  );
  const end = ['affiliations', 'end', 'Harbour', 'harbour-north', '--because', 'sold'];
  const told = await operate(...end);
  expect([told.ok, told.said]).toStrictEqual([
    true,
    expect.stringMatching(/One binding ended\.$/m),
  ]);
  const [row] = await db.query<{ state: string }>(
    sql`select state from bindings where id = ${binding}`,
  );
  expect(row?.state).toBe('history');
  expect((await operate('affiliations', 'list', 'harbour')).said).toMatch(
    /has neither parent nor subsidiary/,
  );
  const again = await operate(...end);
  expect([again.ok, again.said]).toStrictEqual([
    false,
    expect.stringMatching(/is not on record as a subsidiary \(OWN-7B0\)/),
  ]);
});

test('an affiliation that cannot end gives a readable error [R5]', async () => {
  const [above, below] = [await makeCompany('delta'), await makeCompany('delta-south')];
  await affiliate(above.owner, below.owner);
  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['the other direction', ['delta-south', 'delta', '--because', 'sold'],  /is not on record as a subsidiary/],
    ['no reason',           ['delta', 'delta-south'],                       /required option '--because <word>'/],
    ['an unknown account',  ['delta', 'nobody-here', '--because', 'sold'],  /There is no account nobody-here/],
  ];
  for (const [what, args, says] of WRONG) {
    const told = await operate('affiliations', 'end', ...args);
    expect([what, told.ok, told.said]).toStrictEqual([what, false, expect.stringMatching(says)]);
  }
  expect((await operate('affiliations', 'list', 'delta')).said).toMatch(/^subsidiary/);
});
