import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account, Kind } from '../../src/accounts/account.ts';
import type { Evidence } from '../../src/evidence/pieces/evidence.ts';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { type Family, requalifyFamily } from '../../src/evidence/pieces/family.ts';
import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';

const now = new Date('2026-12-01T00:00:00Z');
const OWNER = 'own_1' as OwnerId;
const [A, B, C] = ['acc_a', 'acc_b', 'acc_c'] as [AccountId, AccountId, AccountId];
type Member = Family['applicant'];
type Brought = Family['pieces'][number];

const account = (
  id: AccountId,
  ownerId: OwnerId | null = OWNER,
  qualification: Account['qualification'] = 'verified',
  kind: Kind = 'personal',
): Member => ({ id, kind, ownerId, qualification });
const accepted = (validUntil: Date | null = null): Evidence => ({
  state: 'accepted',
  examiner: 'person',
  acceptedAt: now,
  validUntil,
});
const brought = (
  accountId: AccountId,
  types: readonly EvidenceType[],
  confirmedBy: AccountId | null = null,
): Brought[] => types.map((type) => ({ type, accountId, confirmedBy, evidence: accepted() }));
const ALL = ['id_front', 'id_back', 'face_match'] as const;

const family = (given: Partial<Family> & Pick<Family, 'applicant' | 'pieces'>): Family => ({
  owner: { id: OWNER, kind: 'person' },
  others: [],
  controlShown: true,
  invalidated: undefined,
  now,
  ...given,
});
const outcome = (given: Family) =>
  Object.fromEntries(
    requalifyFamily(given).map(({ id, result, ownerId, rested }) => [
      id,
      [result.qualification, ownerId === null ? 'nobody' : 'owner', rested ? 'rested' : '']
        .join(' ')
        .trim(),
    ]),
  );
const invalidation = (type: EvidenceType, because: 'found_false' | 'withdrawn', accountId = A) => ({
  piece: { type, accountId, confirmedBy: null },
  because,
});

describe('an owner is proven once', () => {
  test('a further account of a proven person needs its control only [R44]', () => {
    for (const control of ['face_match', 'person_check'] as const) {
      const further = account(B, null, 'none');
      const pieces = [...brought(A, ALL), ...brought(B, [control])];
      expect(outcome(family({ applicant: further, others: [account(A)], pieces }))).toStrictEqual({
        [B]: 'verified owner',
        [A]: 'verified owner',
      });
    }
  });

  test('knowing a number is not enough, nor is an ID card without a face [R44]', () => {
    const thief = account(B, null, 'none');
    for (const types of [[], ['id_front', 'id_back']] as const) {
      const pieces = [...brought(A, ALL), ...brought(B, types)];
      const { [B]: got } = outcome(family({ applicant: thief, others: [account(A)], pieces }));
      expect(got).toBe('none nobody');
    }
  });

  test('an account that shows no control learns nothing of what is proven [R44]', () => {
    const further = account(B, null, 'none');
    const pieces = [...brought(A, ALL), ...brought(B, ['face_match'])];
    const given = { applicant: further, others: [account(A)], pieces, controlShown: false };
    expect(outcome(family(given))).toStrictEqual({ [B]: 'none nobody' });
  });

  test('an account whose evidence was false does not rest on its owner’s [R5, R44]', () => {
    const given = family({
      applicant: account(A),
      others: [account(B)],
      pieces: [...brought(A, ['id_back', 'face_match']), ...brought(B, ALL)],
      invalidated: invalidation('id_front', 'found_false'),
    });
    expect(outcome(given)).toStrictEqual({ [A]: 'none nobody rested', [B]: 'verified owner' });
  });

  test('what an unproven account brought does not count for others [R44]', () => {
    const [thief, victim] = [account(B, null, 'none'), account(A, OWNER, 'none')];
    const pieces = [...brought(A, ['face_match']), ...brought(B, ['id_front', 'id_back'])];
    expect(outcome(family({ applicant: thief, others: [victim], pieces }))).toStrictEqual({
      [B]: 'none nobody',
    });
  });

  test('an eleventh account of a company needs no eleventh licence [R44]', () => {
    const company = { id: OWNER, kind: 'organisation' } as const;
    const first = account(A, OWNER, 'verified', 'enterprise');
    const further = account(B, null, 'none', 'enterprise');
    const licensed = brought(A, ['business_licence', 'bank_micro_deposit']);
    for (const control of [
      brought(B, ['bank_micro_deposit']),
      brought(B, ['account_confirmation'], A),
    ]) {
      const pieces = [...licensed, ...control];
      const given = family({ owner: company, applicant: further, others: [first], pieces });
      expect(outcome(given)[B]).toBe('verified owner');
    }
  });

  test('the word of an account that others only confirmed does not count [R44]', () => {
    const others = [account(A), account(B)];
    const applicant = account(C, null, 'none');
    const chain = [
      ...brought(A, ALL),
      ...brought(B, ['passkey_confirmation'], A),
      ...brought(C, ['passkey_confirmation'], B),
    ];
    expect(outcome(family({ applicant, others, pieces: chain }))[C]).toBe('none nobody');
  });

  test('two accounts cannot hold each other up by their word [R44]', () => {
    const pieces = [
      ...brought(A, ['id_front', 'id_back']),
      ...brought(A, ['passkey_confirmation'], B),
      ...brought(B, ['passkey_confirmation'], A),
    ];
    const given = family({
      applicant: account(A),
      others: [account(B)],
      pieces,
      invalidated: invalidation('face_match', 'withdrawn'),
    });
    expect(outcome(given)).toStrictEqual({
      [A]: 'none owner rested',
      [B]: 'none owner rested',
    });
  });
});

describe('evidence that falls is felt by all accounts of the owner', () => {
  test('a withdrawn ID card takes the qualification of all that rest on it [R5, R44]', () => {
    const pieces = [
      ...brought(A, ['id_back', 'face_match']),
      ...brought(B, ['face_match']),
      ...brought(C, ALL),
    ];
    const alone = pieces.filter(({ accountId }) => accountId !== C);
    const invalidated = invalidation('id_front', 'withdrawn');
    const others = [account(B), account(C)];
    const [own, owned] = [
      family({ applicant: account(A), others: [account(B)], pieces: alone, invalidated }),
      family({ applicant: account(A), others, pieces, invalidated }),
    ];
    expect(outcome(own)).toStrictEqual({ [A]: 'none owner rested', [B]: 'none owner rested' });
    expect(new Set(Object.values(outcome(owned)))).toStrictEqual(new Set(['verified owner']));
  });

  test('who lied leaves with all it brought, and with its word [R5, R44]', () => {
    const others = [account(B), account(C)];
    const pieces = [
      ...brought(A, ['id_back', 'face_match']),
      ...brought(B, ['passkey_confirmation'], A),
      ...brought(C, ['face_match']),
    ];
    const invalidated = invalidation('id_front', 'found_false');
    expect(outcome(family({ applicant: account(A), others, pieces, invalidated }))).toStrictEqual({
      [A]: 'none nobody rested',
      [B]: 'none nobody rested',
      [C]: 'none owner rested',
    });
  });

  test('an account that brought everything itself is not touched [R5]', () => {
    const pieces = [...brought(A, ['id_back', 'face_match']), ...brought(B, ALL)];
    const invalidated = invalidation('id_front', 'found_false');
    const given = family({ applicant: account(A), others: [account(B)], pieces, invalidated });
    expect(outcome(given)[B]).toBe('verified owner');
  });

  test('an account that is verified by a word, without a piece, is left alone [R44]', () => {
    const given = family({
      applicant: account(A),
      others: [account(B)],
      pieces: brought(A, ['id_back', 'face_match']),
      invalidated: invalidation('id_front', 'found_false'),
    });
    expect(outcome(given)).toStrictEqual({ [A]: 'none nobody rested' });
  });

  test('evidence that is added never takes a qualification away [R44]', () => {
    const types = fc.subarray(['id_front', 'id_back', 'face_match', 'person_check'] as const);
    fc.assert(
      fc.property(types, types, (mine, theirs) => {
        const pieces = [...brought(A, mine), ...brought(B, theirs)];
        const given = family({ applicant: account(A), others: [account(B)], pieces });
        for (const { result } of requalifyFamily(given))
          expect(result.qualification).toBe('verified');
      }),
    );
  });
});
