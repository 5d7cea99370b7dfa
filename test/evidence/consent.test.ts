import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import {
  CONSENT_TEXTS,
  CONSENT_VERSIONS,
  CONSENTS,
  type ConsentLanguage,
} from '../../src/evidence/consents/consent.ts';
import { findConsents } from '../../src/evidence/consents/consents.store.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { withdrawConsent } from '../../src/evidence/own-data/withdraw-consent.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { EVIDENCE } from '../../src/evidence/pieces/evidence-type.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { sql } from '../../src/store/sql.ts';
import { COPY, type CopyKey, LANGUAGES } from '../../src/web/core/i18n.ts';
import {
  askAll,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
  submit,
} from '../fixtures/evidence.ts';
import { makeApplicant } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps, storageFolder } = fixture;
const { db } = deps;

describe('giving consent', () => {
  for (const consent of CONSENTS) {
    for (const language of LANGUAGES satisfies readonly ConsentLanguage[]) {
      test(`the text of ${consent} in ${language} is that of its version`, () => {
        const words =
          COPY[language][`consentText.${consent}.v${CONSENT_VERSIONS[consent]}` as CopyKey];
        expect(createHash('sha256').update(words).digest('base64url')).toBe(
          CONSENT_TEXTS[consent][language],
        );
      });
    }
  }

  test('the column account_consents.language may hold each language of the pages', async () => {
    const [row] = await db.query<{ rule: string }>(sql`
      select pg_get_constraintdef(oid) as rule from pg_constraint
       where conname = 'account_consents_language_check'`);
    const held = [...(row?.rule ?? '').matchAll(/'([\w-]+)'/g)].map(([, language]) => language);
    expect(held.sort()).toStrictEqual([...LANGUAGES].sort());
  });

  test('a consent is stored once, with version, language, text hash and time', async () => {
    const account = await makeApplicant(db);
    const give = async (version: number, language: ConsentLanguage = 'en') => {
      const given = await giveConsent(deps, { account, consent: 'biometrics', version, language });
      return given.ok ? 'given' : given.refusal.code;
    };
    expect([await give(0), await give(2), await give(1), await give(1, 'zh-CN')]).toStrictEqual([
      'outdated_text',
      'outdated_text',
      'given',
      'given',
    ]);
    const [row, ...more] = await db.query<{
      text_hash: Buffer;
      language: string;
      version: number;
      given_at: Date;
    }>(sql`
      select text_hash, language, version, given_at from account_consents where account_id = ${account}`);
    expect([
      row?.text_hash.toString('base64url'),
      row?.language,
      row?.version,
      more.length,
    ]).toStrictEqual([CONSENT_TEXTS.biometrics.en, 'en', 1, 0]);
  });

  test('ten consents at once are stored once', async () => {
    const account = await makeApplicant(db);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        giveConsent(deps, { account, consent: 'biometrics', version: 1, language: 'en' }),
      ),
    );
    expect((await findConsents(db, account)).length).toBe(1);
  });

  test('a face needs its own consent, and without it no photo is stored', async () => {
    const who = await makeClaimant(deps);
    await withdrawConsent(deps, { account: who.account, consent: 'biometrics' });
    const before = await readdir(storageFolder);
    const submitted = await submitForAccount(deps, {
      account: who.account,
      type: 'face_match',
      validUntil: null,
      uploads: [await makePhoto()],
    });
    expect(!submitted.ok && submitted.refusal.code).toBe('consent_missing');
    expect(await readdir(storageFolder)).toStrictEqual(before);
    // a check by a person needs no consent to biometrics
    expect(EVIDENCE.person_check.consent).toBe('identity_documents');
    await submit(fixture, who, 'person_check');
  });
});

describe('withdrawing consent', () => {
  const stateOf = async (id: string) => (await findEvidence(db, id))?.evidence.state;
  const documentsOf = async (id: string) =>
    (
      await db.query<{ id: string }>(
        sql`select id from evidence_documents where evidence_id = ${id}`,
      )
    ).map((row) => row.id);

  test('withdrawing a consent withdraws only pieces, documents and cases under it [R5]', async () => {
    const who = await makeClaimant(deps);
    const [front, check, face] = [
      await submit(fixture, who, 'id_front'),
      await submit(fixture, who, 'person_check'),
      await submit(fixture, who, 'face_match'),
    ];
    const documents = (await Promise.all([front, check, face].map(documentsOf))).flat();
    expect(documents.length).toBe(3);
    const answer = await withdrawConsent(deps, {
      account: who.account,
      consent: 'identity_documents',
    });
    expect(answer).toStrictEqual({ ok: true, value: { withdrawn: 2 } });
    expect([await stateOf(front), await stateOf(check), await stateOf(face)]).toStrictEqual([
      'withdrawn',
      'withdrawn',
      'uploaded',
    ]);
    const stored = await readdir(storageFolder);
    expect(documents.map((id) => stored.includes(id))).toStrictEqual([false, false, true]);
    expect(
      await db.query(
        sql`select 1 from review_cases where subject_id = ${check} and state = 'open'`,
      ),
    ).toStrictEqual([]);
    // the name and number that were typed rested on it too
    expect(await findClaim(db, who.account)).toBe(undefined);
    const again = await withdrawConsent(deps, {
      account: who.account,
      consent: 'identity_documents',
    });
    expect(!again.ok && again.refusal.code).toBe('not_given');
  });

  test('a consent to an older text can be withdrawn [R5]', async () => {
    const who = await makeClaimant(deps);
    await db.query(sql`update account_consents set version = 0 where account_id = ${who.account}`);
    const refused = await submitForAccount(deps, {
      account: who.account,
      type: 'id_front',
      validUntil: null,
      uploads: [await makePhoto()],
    });
    // a changed text needs a new consent
    expect(!refused.ok && refused.refusal.code).toBe('consent_missing');
    expect(
      (await withdrawConsent(deps, { account: who.account, consent: 'identity_documents' })).ok,
    ).toBe(true);
  });

  test('withdrawing a consent also removes rejected documents at once [R5]', async () => {
    const who = await makeClaimant(deps, { name: '测试 不符' });
    const id = await submit(fixture, who, 'id_front');
    await askAll(fixture);
    const [document = ''] = await documentsOf(id);
    expect(await readdir(storageFolder)).toContain(document);
    await withdrawConsent(deps, { account: who.account, consent: 'identity_documents' });
    expect((await readdir(storageFolder)).includes(document)).toBe(false);
  });

  test('withdrawing a consent during a submission leaves no open piece [R5]', async () => {
    for (let round = 0; round < 15; round += 1) {
      const who = await makeClaimant(deps);
      const uploads = [await makePhoto()];
      await Promise.all([
        submitForAccount(deps, {
          account: who.account,
          type: 'face_match',
          validUntil: null,
          uploads,
        }),
        withdrawConsent(deps, { account: who.account, consent: 'biometrics' }),
      ]);
      const live = await db.query(sql`
        select 1 from evidence where account_id = ${who.account} and state in ('uploaded', 'checking', 'accepted')`);
      expect([`round ${round}`, live]).toStrictEqual([`round ${round}`, []]);
    }
  });
});
