import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { openDocument } from '../../src/documents/accept-upload.ts';
import { revealClaim } from '../../src/evidence/claims/reveal-claim.ts';
import { CONSENTS } from '../../src/evidence/consents/consent.ts';
import { exportOwnData } from '../../src/evidence/own-data/export-own-data.ts';
import { viewOwnData } from '../../src/evidence/own-data/own-data.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeReviewer } from '../review/desk.ts';
import { askAll, type Claimant, freshNumber, makeClaimant, makeStand, submit } from './stand.ts';

const stand = await makeStand();
const { deps } = stand;
const { db } = deps;
const PASSWORD = 'a password of the test';
const hashed = await hashPassword(PASSWORD);
const reviewer = await makeReviewer(db);

async function withPassword(who: Claimant): Promise<Claimant> {
  await db.query(sql`update accounts set password_hash = ${hashed} where id = ${who.account}`);
  return who;
}

async function prove(who: Claimant): Promise<void> {
  for (const type of ['id_front', 'id_back', 'face_match'] as const) await submit(stand, who, type);
  await askAll(stand);
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
    assert.deepEqual(
      data.fields.map(({ field, proven, keptFor, basis }) => [field, proven, keptFor, basis]),
      [
        ['name', true, 'qualification', 'consent'],
        ['number', true, 'same_owner', 'consent'],
      ],
    );
    const [name] = data.fields;
    assert.deepEqual(name?.looks[0]?.by, 'reviewer');
    assert.ok(
      name?.looks.some(({ by, purpose }) => by === 'system' && purpose === 'verification'),
      'what went to the provider',
    );
    const looked = data.documents
      .find(({ id }) => id === document.id)
      ?.looks.map(({ by, purpose }) => `${by} ${purpose}`);
    assert.deepEqual(looked, ['reviewer review', 'system verification']);
    assert.equal(data.consents.length, CONSENTS.length);
    assert.equal(JSON.stringify(data).includes(reviewer), false);
  });

  test('an account that only claims a known owner sees none of its data [R1]', async () => {
    const number = freshNumber('personal');
    const owner = await withPassword(await makeClaimant(deps, { name: '真名 本人', number }));
    await prove(owner);
    const thief = await withPassword(await makeClaimant(deps, { name: '冒名', number }));
    const data = await viewOwnData(deps, thief);
    assert.deepEqual([data.proven, data.documents, data.devices], [false, [], []]);
    assert.deepEqual(
      data.fields.map(({ field, proven, looks }) => [field, proven, looks]),
      [
        ['name', false, []],
        ['number', false, []],
      ],
    );
    const { text } = await exported(thief.account);
    assert.deepEqual(
      [text.includes('真名'), text.includes('冒名'), text.includes(number)],
      [false, true, true],
    );
    const again = await viewOwnData(deps, owner);
    assert.ok(
      again.fields.every(({ looks }) => looks.every(({ by }) => by !== 'another_account_of_yours')),
      'the thief’s looks are at their own claim',
    );
  });
});

describe('exporting own data', () => {
  test('the export has all data and documents in clear, and is audited', async () => {
    const number = freshNumber('personal');
    const who = await withPassword(await makeClaimant(deps, { number }));
    await prove(who);
    const { text, filename } = await exported(who.account);
    assert.match(filename, /^bindery-data-\d{4}-\d\d-\d\d\.json$/);
    const data = JSON.parse(text) as {
      readonly fields: readonly { readonly field: string; readonly value: string }[];
      readonly documents: readonly { readonly type: string; readonly content: string }[];
      readonly evidence: readonly { readonly type: string; readonly state: string }[];
      readonly consents: readonly unknown[];
    };
    assert.deepEqual(
      data.fields.map(({ field, value }) => [field, value]),
      [
        ['name', '测试 本人'],
        ['number', number],
      ],
    );
    assert.deepEqual(data.documents.map(({ type }) => type).toSorted(), [
      'face_match',
      'id_back',
      'id_front',
    ]);
    for (const { content } of data.documents)
      assert.deepEqual([...Buffer.from(content, 'base64').subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.deepEqual(new Set(data.evidence.map(({ state }) => state)), new Set(['accepted']));
    const { fields } = await viewOwnData(deps, who);
    assert.ok(
      fields.every(({ looks }) =>
        looks.some(({ by, purpose }) => by === 'you' && purpose === 'own_data'),
      ),
    );
  });

  test('the export needs the password again, with limited tries', async () => {
    const who = await withPassword(await makeClaimant(deps));
    assert.equal((await exported(who.account, 'wrong')).code, 'wrong_password');
    assert.equal((await exported(who.account, 'x'.repeat(257))).code, 'wrong_password');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => exported(who.account, 'wrong')),
    );
    assert.equal(answers.filter(({ code }) => code === 'wrong_password').length, 4);
    assert.equal((await exported(who.account)).code, 'too_many_attempts');
  });
});
