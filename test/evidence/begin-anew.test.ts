import { describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { CONSENT_VERSIONS, CONSENTS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { forgetOwner } from '../../src/evidence/own-data/forget-owner.ts';
import { declareOwner } from '../../src/evidence/submissions/declare-owner.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { askAll, freshNumber, makeEvidenceFixture, submit } from '../fixtures/evidence.ts';
import { makeApplicant } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const PASSWORD = 'begin-anew-2026';
const MOST_DECLARATIONS = 10;

async function makeAccount(): Promise<AccountId> {
  const id = await makeApplicant(deps.db);
  await deps.db.query(
    sql`update accounts set password_hash = ${await hashPassword(PASSWORD)} where id = ${id}`,
  );
  return id;
}

/** Consents, declares and deletes its owner, with or without evidence in between. */
async function round(
  account: AccountId,
  { number, proves }: { readonly number: string; readonly proves: boolean },
): Promise<string> {
  for (const consent of CONSENTS)
    await giveConsent(deps, {
      account,
      consent,
      version: CONSENT_VERSIONS[consent],
      language: 'en',
    });
  const declared = await declareOwner(deps, { account, name: '测试 本人', number });
  if (!declared.ok) return declared.refusal.code;
  if (proves) {
    for (const type of ['id_front', 'id_back', 'face_match'] as const)
      await submit(fixture, { account }, type);
    await askAll(fixture);
  }
  const forgotten = await forgetOwner(deps, { account, password: PASSWORD });
  return forgotten.ok ? 'forgotten' : forgotten.refusal.code;
}

describe('an account may begin again after its owner is deleted', () => {
  test('a proven owner may be deleted and declared again without limit', async () => {
    const account = await makeAccount();
    const number = freshNumber('personal');
    for (let at = 0; at < MOST_DECLARATIONS + 2; at += 1)
      expect(await round(account, { number, proves: true })).toBe('forgotten');
  });

  test('unproven claims are limited per day, deleted or not', async () => {
    const account = await makeAccount();
    for (let at = 0; at < MOST_DECLARATIONS; at += 1) {
      expect(await round(account, { number: freshNumber('personal'), proves: false })).toBe(
        'forgotten',
      );
    }
    expect(await round(account, { number: freshNumber('personal'), proves: false })).toBe(
      'too_many_attempts',
    );
  });
});
