import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { insertBinding } from '../../src/binding/bindings.store.ts';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import { requestCorrection } from '../../src/evidence/corrections/request-correction.ts';
import { forgetOwner } from '../../src/evidence/own-data/forget-owner.ts';
import { viewOwnData } from '../../src/evidence/own-data/own-data.ts';
import { findEvidenceOf } from '../../src/evidence/pieces/evidence.store.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { type AccountId, newId, type OwnerId } from '../../src/kernel/ids.ts';
import { identityIndex } from '../../src/owners/blind-index.ts';
import type { ResidentId } from '../../src/owners/document-number.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
  submit,
} from '../fixtures/evidence.ts';
import { dumpOf, isIn } from '../owners/dump.ts';

const fixture = await makeEvidenceFixture();
const { deps, storageFolder } = fixture;
const { db } = deps;
const PASSWORD = 'a password of the test';
const hashed = await hashPassword(PASSWORD);

async function makeMember(options: Parameters<typeof makeClaimant>[1] = {}): Promise<Claimant> {
  const who = await makeClaimant(deps, options);
  await db.query(sql`update accounts set password_hash = ${hashed} where id = ${who.account}`);
  return who;
}

async function makeProven(options: Parameters<typeof makeClaimant>[1] = {}): Promise<Claimant> {
  const who = await makeMember(options);
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    await submit(fixture, who, type);
  await askAll(fixture);
  expect((await findAccount(db, who.account))?.ownerId).toBe(who.owner);
  return who;
}

const forget = async (account: AccountId, password = PASSWORD) => {
  const answer = await forgetOwner(deps, { account, password });
  return answer.ok ? 'forgotten' : answer.refusal.code;
};
const isThere = async (owner: OwnerId) =>
  (await db.query(sql`select 1 from owners where id = ${owner} and deleted_at is null`)).length ===
  1;
const statesOf = async (account: AccountId) =>
  (await findEvidenceOf(db, account)).map(({ evidence }) => evidence.state);
const documentsOf = async (account: AccountId) =>
  (await viewOwnData(deps, { account })).documents.map(({ id }) => id);

async function bind(primary: AccountId, sub: AccountId, owner: OwnerId): Promise<void> {
  const made = {
    id: newId('bnd'),
    primaryId: primary,
    subId: sub,
    primaryOwnerId: owner,
    subOwnerId: owner,
  } as const;
  await db.transaction((tx) =>
    insertBinding(
      tx,
      {
        ...made,
        pack: 'douyin',
        packVersion: 1,
        platform: 'local',
        kind: 'personal',
        sameOwnerMethod: 'identity_document',
      },
      { since: new Date(), reached: null },
    ),
  );
}

describe('deleting who is behind an account', () => {
  test('deletion removes all data of the person and keeps the account', async () => {
    const number = freshNumber('personal');
    const who = await makeProven({ name: '金丝雀 本人', number });
    const sibling = await makeMember({ name: '金丝雀 二号', number });
    await submit(fixture, sibling, 'person_check');
    const asked = await requestCorrection(deps, {
      account: who.account,
      field: 'name',
      value: '金丝雀 更名',
      uploads: [await makePhoto()],
    });
    expect(asked.ok).toBe(true);
    const documents = [
      ...(await documentsOf(who.account)),
      ...(await documentsOf(sibling.account)),
    ];
    expect(documents.length).toBe(5);

    expect(await forget(who.account)).toBe('forgotten');
    const found = await findAccount(db, who.account);
    expect([found?.ownerId, found?.qualification, await isThere(who.owner)]).toStrictEqual([
      null,
      'none',
      false,
    ]);
    expect([await statesOf(who.account), await statesOf(sibling.account)]).toStrictEqual([
      ['withdrawn', 'withdrawn', 'withdrawn'],
      ['withdrawn'],
    ]);
    expect([await findClaim(db, who.account), await findClaim(db, sibling.account)]).toStrictEqual([
      undefined,
      undefined,
    ]);
    const stored = await readdir(storageFolder);
    expect(documents.filter((id) => stored.includes(id))).toStrictEqual([]);
    expect(await db.query(sql`select 1 from review_cases where state = 'open'`)).toStrictEqual([]);
    const data = await viewOwnData(deps, who);
    expect([
      data.fields,
      data.documents,
      data.consents.filter(({ endedAt }) => endedAt === null),
    ]).toStrictEqual([[], [], []]);
    expect(
      await db.query(sql`select 1 from owner_keys where owner_id = ${who.owner}`),
    ).toStrictEqual([]);
    const dump = await dumpOf(db);
    for (const secret of [
      number,
      '金丝雀',
      identityIndex(deps.secrets, { kind: 'person', number: number as ResidentId }),
    ]) {
      expect(isIn(dump, secret)).toBe(false);
    }
  });

  test('deletion needs the password, and changes nothing without it', async () => {
    const who = await makeProven();
    expect([await forget(who.account, 'wrong'), await isThere(who.owner)]).toStrictEqual([
      'wrong_password',
      true,
    ]);
  });

  test('deletion is refused while bindings exist, and says how many [R25]', async () => {
    const number = freshNumber('personal');
    const [primary, sub] = [await makeProven({ number }), await makeProven({ number })];
    await submit(fixture, primary, 'person_check');
    await bind(primary.account, sub.account, primary.owner);
    for (const { account } of [primary, sub]) {
      const answer = await forgetOwner(deps, { account, password: PASSWORD });
      expect([
        !answer.ok && answer.refusal.code,
        !answer.ok && answer.refusal.detail,
      ]).toStrictEqual(['still_bound', { bindings: 1 }]);
    }
    expect(await statesOf(primary.account)).toStrictEqual([
      'accepted',
      'accepted',
      'accepted',
      'checking',
    ]);
    expect(
      (
        await db.query(
          sql`select 1 from review_cases where applicant = ${primary.account} and state = 'open'`,
        )
      ).length,
    ).toBe(1);
    await db.query(
      sql`update bindings set state = 'history', ended_at = bindery_now() where primary_id = ${primary.account}`,
    );
    expect(await forget(sub.account)).toBe('forgotten');
    // the owner’s other account is nobody’s either
    expect((await findAccount(db, primary.account))?.ownerId).toBe(null);
  });

  test('deleting a mere claim leaves the claimed owner unchanged [R1]', async () => {
    const number = freshNumber('personal');
    const owner = await makeProven({ name: '真名 本人', number });
    const thief = await makeMember({ name: '冒名', number });
    const piece = await submit(fixture, thief, 'person_check');
    expect(await forget(thief.account)).toBe('forgotten');
    expect([
      await isThere(owner.owner),
      (await findAccount(db, owner.account))?.qualification,
    ]).toStrictEqual([true, 'verified']);
    expect([await findClaim(db, thief.account), await statesOf(thief.account)]).toStrictEqual([
      undefined,
      ['withdrawn'],
    ]);
    expect(
      await db.query(
        sql`select 1 from review_cases where subject_id = ${piece} and state = 'open'`,
      ),
    ).toStrictEqual([]);
    expect((await documentsOf(owner.account)).length).toBe(3);
  });

  test('a claimed owner is deleted with the last claim [R1]', async () => {
    const number = freshNumber('personal');
    const [one, other] = [await makeMember({ number }), await makeMember({ number })];
    expect([await forget(one.account), await isThere(one.owner)]).toStrictEqual([
      'forgotten',
      true,
    ]);
    expect([await forget(other.account), await isThere(one.owner)]).toStrictEqual([
      'forgotten',
      false,
    ]);
  });

  test('deletion can be repeated, and works without a claim', async () => {
    const who = await makeProven();
    expect([await forget(who.account), await forget(who.account)]).toStrictEqual([
      'forgotten',
      'forgotten',
    ]);
  });

  test('two accounts that delete one owner at once leave no open piece [R1]', async () => {
    for (let round = 0; round < 5; round += 1) {
      const number = freshNumber('personal');
      const [one, other] = [await makeProven({ number }), await makeProven({ number })];
      const uploads = [await makePhoto()];
      const bring = submitForAccount(deps, {
        account: one.account,
        type: 'person_check',
        validUntil: null,
        uploads,
      });
      const answers = await Promise.all([forget(one.account), forget(other.account), bring]);
      expect([`round ${round}`, answers.slice(0, 2)]).toStrictEqual([
        `round ${round}`,
        ['forgotten', 'forgotten'],
      ]);
      const live = await db.query(
        sql`select 1 from evidence where owner_id = ${one.owner} and state in ('uploaded', 'checking', 'accepted')`,
      );
      expect([`round ${round}`, [await isThere(one.owner), live]]).toStrictEqual([
        `round ${round}`,
        [false, []],
      ]);
    }
  });
});
