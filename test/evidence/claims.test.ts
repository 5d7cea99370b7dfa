import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import { revealClaim } from '../../src/evidence/claims/reveal-claim.ts';
import { CONSENT_VERSIONS, CONSENTS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { viewOwnData } from '../../src/evidence/own-data/own-data.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { declareOwner } from '../../src/evidence/submissions/declare-owner.ts';
import {
  refuteEvidence,
  withdrawEvidence,
} from '../../src/evidence/submissions/invalidate-evidence.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../src/kernel/ids.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  declare,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
  submit,
} from '../fixtures/evidence.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { makeApplicant } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const { db } = deps;
const why = { by: 'acc_reviewer', purpose: 'review' } as const;

async function agree(account: AccountId): Promise<AccountId> {
  for (const consent of CONSENTS)
    await giveConsent(deps, {
      account,
      consent,
      version: CONSENT_VERSIONS[consent],
      language: 'en',
    });
  return account;
}

async function prove(who: Claimant): Promise<EvidenceId[]> {
  const ids: EvidenceId[] = [];
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    ids.push(await submit(fixture, who, type));
  await askAll(fixture);
  return ids;
}

const answerTo = async (
  account: AccountId,
  typed: { name: unknown; number: unknown; bankAccount?: unknown; legalRepresentative?: unknown },
) => {
  const declared = await declareOwner(deps, { account, ...typed });
  return declared.ok ? 'declared' : declared.refusal.code;
};
const stateOf = async (id: EvidenceId) => (await findEvidence(db, id))?.evidence.state;
const known = async (owner: OwnerId, field: 'name' | 'number' | 'bank_account') => {
  const revealed = await revealField(deps, { owner, field, ...why });
  return revealed.ok ? revealed.value : revealed.refusal.code;
};
const isThere = async (owner: OwnerId) =>
  (await db.query(sql`select 1 from owners where id = ${owner} and deleted_at is null`)).length ===
  1;

describe('an account says whom it belongs to', () => {
  test('an invalid number, name or bank account is refused, and nothing is written [R1]', async () => {
    const [person, company, clinic] = [
      await agree(await makeApplicant(db)),
      await agree(await makeApplicant(db, 'enterprise')),
      await agree(await makeApplicant(db, 'special_industry')),
    ];
    const [id, code] = [freshNumber('personal'), freshNumber('enterprise')];
    // biome-ignore format: a table is read by its columns
    const table = [
      [person,  { name: '某人',         number: '999999199603120027' },                          'wrong_check_digit'],
      [person,  { name: '某人',         number: code },                                          'malformed_number'],
      [person,  { name: ' ',            number: id },                                            'malformed_name'],
      [person,  { name: '名'.repeat(121), number: id },                                          'malformed_name'],
      [person,  { name: '某\u0000人',   number: id },                                            'malformed_name'],
      [company, { name: '某公司',       number: code },                                          'malformed_bank_account'],
      [company, { name: '某公司',       number: code, bankAccount: '62 22' },                    'malformed_bank_account'],
      [company, { name: '某公司',       number: code, bankAccount: '6222000012345678', legalRepresentative: '\n' }, 'malformed_representative'],
      [clinic,  { name: '某诊所',       number: code },                                          'malformed_representative'],
    ] as const;
    for (const [account, typed, code] of table) expect(await answerTo(account, typed)).toBe(code);
    expect(
      await db.query(
        sql`select 1 from account_claims where account_id = any(${[person, company, clinic]}::text[])`,
      ),
    ).toStrictEqual([]);
  });

  test('a declaration without consent is refused [R1]', async () => {
    expect(
      await answerTo(await makeApplicant(db), { name: '某人', number: freshNumber('personal') }),
    ).toBe('consent_missing');
  });

  test('a known number gets the same answer, statements and page as a new one [R1]', async () => {
    const number = freshNumber('personal');
    const victim = await makeClaimant(deps, { name: '真名 本人', number });
    await prove(victim);
    const attempt = async (claimed: string) => {
      const account = await agree(await makeApplicant(db));
      const count = { statements: 0 };
      const answer = await db.counting(count, async () =>
        answerTo(account, { name: '冒名', number: claimed }),
      );
      const { account: _, ...shown } = await viewOwnData(deps, { account });
      const fields = shown.fields.map(({ since, ...field }) => ({
        ...field,
        sinceNow: Date.now() - since.getTime() < 3_600_000,
      }));
      return {
        answer,
        statements: count.statements,
        shown: { ...shown, fields, consents: shown.consents.length },
      };
    };
    expect(await attempt(number)).toStrictEqual(await attempt(freshNumber('personal')));
    expect(await known(victim.owner, 'name')).toBe('真名 本人');
  });

  test('an account that only claims a known owner sees only what it typed [R1]', async () => {
    const number = freshNumber('enterprise');
    const victim = await makeClaimant(deps, { kind: 'enterprise', number });
    const thief = await makeClaimant(deps, { kind: 'special_industry', name: '冒名公司', number });
    expect(thief.owner).toBe(victim.owner);
    const read = async (field: 'name' | 'bank_account') => {
      const revealed = await revealClaim(deps, { account: thief.account, field, ...why });
      return revealed.ok ? revealed.value : revealed.refusal.code;
    };
    expect([await read('name'), await read('bank_account')]).toStrictEqual([
      '冒名公司',
      'no_field',
    ]);
  });

  test('each account is checked by its own claim, whoever claimed first [R1, R3]', async () => {
    const number = freshNumber('personal');
    const thief = await makeClaimant(deps, { name: '冒名 不符', number });
    const id = await submit(fixture, thief, 'id_front');
    const owner = await makeClaimant(deps, { name: '真名 本人', number });
    expect(owner.owner).toBe(thief.owner);
    const proofs = await prove(owner);
    expect([await stateOf(id), ...(await Promise.all(proofs.map(stateOf)))]).toStrictEqual([
      'rejected',
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect([
      (await findAccount(db, owner.account))?.ownerId,
      (await findAccount(db, thief.account))?.ownerId,
    ]).toStrictEqual([owner.owner, null]);
    expect(await known(owner.owner, 'name')).toBe('真名 本人');
  });

  test('typed values move to the owner with the last proof, and are stored once [R3]', async () => {
    const who = await makeClaimant(deps);
    expect([await known(who.owner, 'name'), await known(who.owner, 'number')]).toStrictEqual([
      'no_field',
      'no_field',
    ]);
    await prove(who);
    expect(await known(who.owner, 'name')).toBe('测试 本人');
    expect((await findClaim(db, who.account))?.fields).toStrictEqual([]);
    expect(await revealClaim(deps, { account: who.account, field: 'name', ...why })).toStrictEqual({
      ok: true,
      value: '测试 本人',
    });
  });

  test('a new declaration withdraws only pieces that rest on changed values [R5]', async () => {
    const number = freshNumber('enterprise');
    const who = await makeClaimant(deps, { kind: 'enterprise', number });
    const said = {
      name: '测试 本人',
      number,
      legalRepresentative: '测试 法人',
      bankAccount: '6222000012345678',
    };
    const [licence, deposit] = [
      await submit(fixture, who, 'business_licence'),
      await submit(fixture, who, 'bank_micro_deposit'),
    ];
    expect(await answerTo(who.account, { ...said, bankAccount: '6222-0000 1234 5678' })).toBe(
      'declared',
    );
    expect([await stateOf(licence), await stateOf(deposit)]).toStrictEqual([
      'uploaded',
      'uploaded',
    ]);
    expect(await answerTo(who.account, { ...said, bankAccount: '6222000012349999' })).toBe(
      'declared',
    );
    expect([await stateOf(licence), await stateOf(deposit)]).toStrictEqual([
      'uploaded',
      'withdrawn',
    ]);
    expect(
      await answerTo(who.account, {
        ...said,
        bankAccount: '6222000012349999',
        legalRepresentative: '',
      }),
    ).toBe('declared');
    expect(await stateOf(licence)).toBe('withdrawn');
  });

  test('an owner is deleted when the last account drops its claim [R1]', async () => {
    for (const shared of [false, true]) {
      const number = freshNumber('personal');
      const who = await makeClaimant(deps, { number });
      if (shared) await makeClaimant(deps, { name: '另一人', number });
      const piece = await submit(fixture, who, 'id_front');
      const next = await declare(deps, who.account, {
        name: '测试 本人',
        number: freshNumber('personal'),
      });
      expect([await isThere(who.owner), await isThere(next), await stateOf(piece)]).toStrictEqual([
        shared,
        true,
        'withdrawn',
      ]);
    }
  });

  test('a verified account cannot declare again, or declare another owner [R1]', async () => {
    const number = freshNumber('personal');
    const who = await makeClaimant(deps, { number });
    const [front] = await prove(who);
    expect(await answerTo(who.account, { name: '改名', number })).toBe('already_verified');
    await withdrawEvidence(deps, { evidenceId: String(front), by: who.account });
    expect(
      await answerTo(who.account, { name: '测试 本人', number: freshNumber('personal') }),
    ).toBe('other_owner');
    expect(await answerTo(who.account, { name: '测试 本人', number })).toBe('declared');
  });

  test('an account can declare at most ten times a day [R1]', async () => {
    const account = await agree(await makeApplicant(db));
    for (let nth = 0; nth < 11; nth += 1) {
      expect(await answerTo(account, { name: '某人', number: freshNumber('personal') })).toBe(
        nth < 10 ? 'declared' : 'too_many_attempts',
      );
    }
  });

  test('ten declarations at once leave one claim [R1]', async () => {
    const account = await agree(await makeApplicant(db));
    const numbers = Array.from({ length: 5 }, () => freshNumber('personal'));
    const answers = await Promise.all(
      [...numbers, ...numbers].map((number) => answerTo(account, { name: '某人', number })),
    );
    expect(new Set(answers)).toStrictEqual(new Set(['declared']));
    const [left] = await db.query<{ owners: number }>(sql`
      select count(*)::int as owners from owners o join account_claims c on c.owner_id = o.id and o.deleted_at is null where c.account_id = ${account}`);
    expect(left?.owners).toBe(1);
  });

  test('a stolen database holds no typed value, in any encoding tried', async () => {
    const number = freshNumber('enterprise');
    await makeClaimant(deps, {
      kind: 'enterprise',
      name: '金丝雀·公司',
      bankAccount: '6222777766665555',
      number,
    });
    const dump = await dumpOf(db);
    for (const secret of [number, '金丝雀·公司', '6222777766665555', '测试 法人'])
      expect([secret, isIn(dump, secret)]).toStrictEqual([secret, false]);
  });

  test('an account with a false proof loses its owner and sees none of its data [R1, R5]', async () => {
    const who = await makeClaimant(deps);
    const [front] = await prove(who);
    expect(
      (
        await refuteEvidence(deps, {
          evidenceId: String(front),
          by: who.account,
          because: 'forged',
        })
      ).ok,
    ).toBe(true);
    expect((await findAccount(db, who.account))?.ownerId).toBe(null);
    expect((await viewOwnData(deps, { account: who.account })).fields).toStrictEqual([]);
    const [owner] = await db.query<{ verified_at: Date | null }>(
      sql`select verified_at from owners where id = ${who.owner}`,
    );
    expect(owner?.verified_at).toBe(null);
  });
});

describe('evidence belongs to the declared owner', () => {
  const bring = async (account: AccountId, type: EvidenceType = 'id_front') => {
    const uploads = [await makePhoto()];
    const submitted = await submitForAccount(deps, { account, type, validUntil: null, uploads });
    return submitted.ok ? 'taken' : submitted.refusal.code;
  };

  test('evidence is refused before a declaration [R3]', async () => {
    expect(await bring(await agree(await makeApplicant(db)))).toBe('not_declared');
  });

  test('renewals are not limited; pieces that are never accepted are [R3]', async () => {
    const who = await makeClaimant(deps);
    for (let nth = 0; nth < 7; nth += 1) {
      const id = await submit(fixture, who, 'id_front');
      await askAll(fixture);
      expect(await stateOf(id)).toBe('accepted');
    }
    const fraud = await makeClaimant(deps, { name: '冒名 不符' });
    for (let nth = 0; nth < 6; nth += 1) {
      expect(await bring(fraud.account)).toBe(nth < 5 ? 'taken' : 'too_many_attempts');
      await askAll(fixture);
    }
  });

  test('a declaration during a submission leaves no open piece about old values [R3]', async () => {
    for (let round = 0; round < 15; round += 1) {
      const who = await makeClaimant(deps);
      const other = freshNumber('personal');
      await Promise.all([
        bring(who.account),
        answerTo(who.account, { name: '另一人', number: other }),
      ]);
      const live = await db.query<{ owner_id: string }>(sql`
        select owner_id from evidence where account_id = ${who.account} and state in ('uploaded', 'checking', 'accepted')`);
      const claim = await findClaim(db, who.account);
      for (const { owner_id } of live)
        expect([`round ${round}`, owner_id]).toStrictEqual([`round ${round}`, claim?.owner]);
    }
  });
});
