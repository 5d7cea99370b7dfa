import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Kind } from '../../src/accounts/account.ts';
import {
  type BindingEffect,
  bindingEffectOf,
  type InvalidationReason,
} from '../../src/evidence/pieces/binding-effect.ts';
import type { Evidence } from '../../src/evidence/pieces/evidence.ts';
import {
  EVIDENCE_TYPES,
  type EvidenceType,
  isAskedOf,
  REQUIRED,
} from '../../src/evidence/pieces/evidence-type.ts';
import { type Piece, qualify } from '../../src/evidence/pieces/qualification.ts';

const now = new Date('2026-09-01T00:00:00Z');
const day = (n: number) => new Date(now.getTime() + n * 86_400_000);
const accepted = (validUntil: Date | null = null): Evidence => ({
  state: 'accepted',
  examiner: 'person',
  acceptedAt: day(-9),
  validUntil,
});
const pieces = (types: readonly EvidenceType[], evidence: Evidence = accepted()): Piece[] =>
  types.map((type) => ({ type, evidence }));

// R3 as the requirements word it.
// biome-ignore format: a table is read by its columns
const ENOUGH: readonly (readonly [kind: Kind, what: string, types: readonly EvidenceType[]])[] = [
  ['personal',         'ID card sides and a face match',             ['id_front', 'id_back', 'face_match']],
  ['personal',         'ID card sides and a check by a person',      ['id_front', 'id_back', 'person_check']],
  ['enterprise',       'licence and confirmed deposit',              ['business_licence', 'bank_micro_deposit']],
  ['special_industry', 'licence, signing, permit and licence copy',
                                       ['three_in_one_licence', 'in_person_signing', 'industry_permit', 'licence_copy_with_authorization']],
];

describe('what qualifies an account', () => {
  for (const [kind, what, types] of ENOUGH) {
    test(`${kind} is qualified by ${what} [R3]`, () => {
      expect(qualify(kind, pieces(types), now)).toStrictEqual({
        qualification: 'verified',
        until: null,
        missing: [],
      });
    });

    test(`${kind} needs each of: ${what} [R3]`, () => {
      for (const left of types) {
        const { qualification, missing } = qualify(
          kind,
          pieces(types.filter((type) => type !== left)),
          now,
        );
        expect(qualification).toBe('none');
        expect(missing.length).toBe(1);
        expect(missing[0]?.includes(left)).toBeTruthy();
      }
    });
  }

  test('evidence of one kind does not qualify another kind [R3]', () => {
    for (const [kind, , types] of ENOUGH) {
      for (const other of Object.keys(REQUIRED) as Kind[]) {
        if (other !== kind)
          expect([
            `${kind} for ${other}`,
            qualify(other, pieces(types), now).qualification,
          ]).toStrictEqual([`${kind} for ${other}`, 'none']);
      }
    }
  });

  test('an account is in review while each missing step has an open piece [R3]', () => {
    const begun = [
      ...pieces(['id_front']),
      ...pieces(['id_back', 'person_check'], { state: 'uploaded' }),
    ];
    expect(qualify('personal', begun, now).qualification).toBe('in_review');
    expect(qualify('personal', begun.slice(0, 2), now).qualification).toBe('none');
  });

  test('a qualification lasts until the first needed piece runs out [R5]', () => {
    const front = { type: 'id_front', evidence: accepted(day(5)) } as const;
    const all = [front, ...pieces(['id_back'], accepted(day(30))), ...pieces(['face_match'])];
    expect(qualify('personal', all, now).until).toStrictEqual(day(5));
    expect(qualify('personal', all, day(5)).qualification).toBe('none');
    expect(
      qualify('personal', [...all, { ...front, evidence: accepted(day(40)) }], now).until,
    ).toStrictEqual(day(30));
    expect(
      qualify('personal', [...all, { ...front, evidence: accepted() }], day(6)).until,
    ).toStrictEqual(day(30));
  });
});

const EVIDENCE: fc.Arbitrary<Evidence> = fc.oneof(
  fc.constant<Evidence>({ state: 'uploaded' }),
  fc.constant<Evidence>({ state: 'checking', examiner: 'person', since: day(-1) }),
  fc
    .option(fc.integer({ min: -20, max: 20 }))
    .map((days) => accepted(days === null ? null : day(days))),
  fc.constant<Evidence>({ state: 'rejected', reason: 'found_false', rejectedAt: day(-1) }),
  fc.constant<Evidence>({ state: 'expired', expiredAt: day(-1) }),
  fc.constant<Evidence>({ state: 'withdrawn', withdrawnAt: day(-1) }),
);
const PIECES = fc.array(
  fc.record({ type: fc.constantFrom(...EVIDENCE_TYPES), evidence: EVIDENCE }),
  { maxLength: 24 },
);
const KIND = fc.constantFrom<Kind>('personal', 'enterprise', 'special_industry');

describe('qualification depends on evidence only', () => {
  test('an account is verified when each step has an accepted, valid piece [R3]', () => {
    fc.assert(
      fc.property(KIND, PIECES, (kind, all) => {
        const valid = all.flatMap(({ type, evidence }) =>
          evidence.state === 'accepted' &&
          (evidence.validUntil === null || evidence.validUntil > now)
            ? [type]
            : [],
        );
        const groups: readonly (readonly EvidenceType[])[] = REQUIRED[kind];
        const verified = groups.every((group) => group.some((type) => valid.includes(type)));
        expect(qualify(kind, all, now).qualification === 'verified').toBe(verified);
      }),
      { numRuns: 1000 },
    );
  });

  test('order and evidence of other kinds make no difference [R3]', () => {
    fc.assert(
      fc.property(KIND, PIECES, (kind, all) => {
        const asked = all.filter(({ type }) => isAskedOf(kind, type)).reverse();
        expect(qualify(kind, asked, now)).toStrictEqual(qualify(kind, all, now));
      }),
    );
  });

  test('a qualification holds until its stated end, and no longer [R5]', () => {
    fc.assert(
      fc.property(KIND, PIECES, (kind, all) => {
        const { qualification, until } = qualify(kind, all, now);
        if (qualification !== 'verified' || until === null) return;
        expect(qualify(kind, all, new Date(until.getTime() - 1)).qualification).toBe('verified');
        expect(qualify(kind, all, until).qualification).not.toBe('verified');
      }),
      { numRuns: 1000 },
    );
  });
});

// Written by hand: the effect on a binding when evidence of one of its accounts becomes invalid.
// biome-ignore format: a table is read by its columns
const EFFECTS: readonly (readonly [invalidation: InvalidationReason, verified: BindingEffect, inReview: BindingEffect, none: BindingEffect])[] = [
  //                    verified   in review    none
  ['expired',           'kept',    'suspended', 'suspended'],
  ['withdrawn',         'kept',    'suspended', 'suspended'],
  ['found_false',       'ended',   'ended',     'ended'],
  ['affiliation_ended', 'ended',   'ended',     'ended'],
];

describe('the effect on a binding', () => {
  for (const [invalidation, verified, inReview, none] of EFFECTS) {
    test(`${invalidation}: ${verified} if qualified, ${inReview} in review, else ${none} [R5]`, () => {
      expect([
        bindingEffectOf(invalidation, 'verified'),
        bindingEffectOf(invalidation, 'in_review'),
        bindingEffectOf(invalidation, 'none'),
      ]).toStrictEqual([verified, inReview, none]);
    });
  }
});
