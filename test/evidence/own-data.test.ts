import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { openDocument } from '../../src/documents/accept-upload.ts';
import { revealClaim } from '../../src/evidence/claims/reveal-claim.ts';
import { CONSENTS } from '../../src/evidence/consents/consent.ts';
import { exportOwnData } from '../../src/evidence/own-data/export-own-data.ts';
import { viewOwnData } from '../../src/evidence/own-data/own-data.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  submit,
} from '../fixtures/evidence.ts';
import { makeReviewer } from '../fixtures/review.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const { db } = deps;
const PASSWORD = 'a password of the test';
const hashed = await hashPassword(PASSWORD);
const reviewer = await makeReviewer(db);

async function withPassword(who: Claimant): Promise<Claimant> {
  await db.query(sql`update accounts set password_hash = ${hashed} where id = ${who.account}`);
  return who;
}

async function prove(who: Claimant): Promise<void> {
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    await submit(fixture, who, type);
  await askAll(fixture);
}

const exported = async (account: AccountId, password = PASSWORD) => {
  const answer = await exportOwnData(deps, { account, password });
  return answer.ok
    ? { code: 'exported', text: answer.value.bytes.toString(), ...answer.value }
    : { code: answer.refusal.code, text: '', filename: '' };
};

describe('viewing own data', () => {
  test('own data lists all that is stored and why, and who looked, by role only', async () => {
    const who = await makeClaimant(deps);
    await prove(who);
    await revealClaim(deps, {
      account: who.account,
      field: 'name',
      by: reviewer,
      purpose: 'review',
    });
    const [document] = (await viewOwnData(deps, who)).documents;
    assert.ok(document);
    await openDocument(deps.documents, {
      id: document.id,
      owner: who.owner,
      by: reviewer,
      purpose: 'review',
    });
    const data = await viewOwnData(deps, who);
    expect(
      data.fields.map(({ field, proven, keptFor, basis }) => [field, proven, keptFor, basis]),
    ).toStrictEqual([
      ['name', true, 'qualification', 'consent'],
      ['number', true, 'same_owner', 'consent'],
    ]);
    const [name] = data.fields;
    expect(name?.looks[0]?.by).toStrictEqual('reviewer');
    // what went to the provider
    expect(
      name?.looks.some(({ by, purpose }) => by === 'system' && purpose === 'verification'),
    ).toBe(true);
    const looked = data.documents
      .find(({ id }) => id === document.id)
      ?.looks.map(({ by, purpose }) => `${by} ${purpose}`);
    expect(looked).toStrictEqual(['reviewer review', 'system verification']);
    expect(data.consents.length).toBe(CONSENTS.length);
    expect(JSON.stringify(data).includes(reviewer)).toBe(false);
  });

  test('an account that only claims a known owner sees none of its data [R1]', async () => {
    const number = freshNumber('personal');
    const owner = await withPassword(await makeClaimant(deps, { name: '真名 本人', number }));
    await prove(owner);
    const thief = await withPassword(await makeClaimant(deps, { name: '冒名', number }));
    const data = await viewOwnData(deps, thief);
    expect([data.proven, data.documents, data.devices]).toStrictEqual([false, [], []]);
    expect(data.fields.map(({ field, proven, looks }) => [field, proven, looks])).toStrictEqual([
      ['name', false, []],
      ['number', false, []],
    ]);
    const { text } = await exported(thief.account);
    expect([text.includes('真名'), text.includes('冒名'), text.includes(number)]).toStrictEqual([
      false,
      true,
      true,
    ]);
    const again = await viewOwnData(deps, owner);
    // the thief’s views concern their own claim
    expect(
      again.fields.every(({ looks }) => looks.every(({ by }) => by !== 'another_account_of_yours')),
    ).toBe(true);
  });
});

describe('exporting own data', () => {
  test('the export has all data and documents in clear, and is audited', async () => {
    const number = freshNumber('personal');
    const who = await withPassword(await makeClaimant(deps, { number }));
    await prove(who);
    const { text, filename } = await exported(who.account);
    expect(filename).toMatch(/^bindery-data-\d{4}-\d\d-\d\d\.json$/);
    const data = JSON.parse(text) as {
      readonly fields: readonly { readonly field: string; readonly value: string }[];
      readonly documents: readonly { readonly type: string; readonly content: string }[];
      readonly evidence: readonly { readonly type: string; readonly state: string }[];
      readonly consents: readonly unknown[];
    };
    expect(data.fields.map(({ field, value }) => [field, value])).toStrictEqual([
      ['name', '测试 本人'],
      ['number', number],
    ]);
    expect(data.documents.map(({ type }) => type).toSorted()).toStrictEqual([
      'face_match',
      'id_back',
      'id_front',
    ]);
    for (const { content } of data.documents)
      expect([...Buffer.from(content, 'base64').subarray(0, 3)]).toStrictEqual([0xff, 0xd8, 0xff]);
    expect(new Set(data.evidence.map(({ state }) => state))).toStrictEqual(new Set(['accepted']));
    const { fields } = await viewOwnData(deps, who);
    expect(
      fields.every(({ looks }) =>
        looks.some(({ by, purpose }) => by === 'you' && purpose === 'own_data'),
      ),
    ).toBe(true);
  });

  test('the export needs the password again, with limited tries', async () => {
    const who = await withPassword(await makeClaimant(deps));
    expect((await exported(who.account, 'wrong')).code).toBe('wrong_password');
    expect((await exported(who.account, 'x'.repeat(257))).code).toBe('wrong_password');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => exported(who.account, 'wrong')),
    );
    expect(answers.filter(({ code }) => code === 'wrong_password').length).toBe(4);
    expect((await exported(who.account)).code).toBe('too_many_attempts');
  });
});
