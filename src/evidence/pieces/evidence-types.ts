import type { Kind } from '../../accounts/account.ts';
import type { Examiner } from './evidence.ts';

export const EVIDENCE_TYPES = [
  'id_front',
  'id_back',
  'face_match',
  'person_check',
  'business_licence',
  'bank_micro_deposit',
  'three_in_one_licence',
  'in_person_signing',
  'industry_permit',
  'licence_copy_with_authorization',
] as const;

export type EvidenceType = (typeof EVIDENCE_TYPES)[number];

/** Which question a provider is asked about a piece of evidence (ports/verification.ts). */
export type CheckKind = 'identity' | 'face_match' | 'bank_micro_deposit' | 'business_registry';

interface Nature {
  /** What the owner brings: scans, or an act (a transfer that is confirmed, a visit). */
  readonly brings: 'documents' | 'act';
  readonly documents: 0 | 1 | 2;
  readonly examiner: Examiner;
  readonly check: CheckKind | null;
}

/**
 * Who looks at what. A face is matched by a machine or, for who does not want that, by a person (`person_check`): biometric
 * data needs an alternative (PIPL art. 29; rules on face recognition of 2025, art. 10). Special-industry material goes to
 * people (R4).
 */
// biome-ignore format: a table is read by its columns
export const NATURE = {
  id_front:                        { brings: 'documents', documents: 1, examiner: 'provider', check: 'identity' },
  id_back:                         { brings: 'documents', documents: 1, examiner: 'provider', check: 'identity' },
  face_match:                      { brings: 'documents', documents: 1, examiner: 'provider', check: 'face_match' },
  person_check:                    { brings: 'documents', documents: 1, examiner: 'person',   check: null },
  business_licence:                { brings: 'documents', documents: 1, examiner: 'provider', check: 'business_registry' },
  bank_micro_deposit:              { brings: 'act',       documents: 0, examiner: 'provider', check: 'bank_micro_deposit' },
  three_in_one_licence:            { brings: 'documents', documents: 1, examiner: 'person',   check: null },
  in_person_signing:               { brings: 'act',       documents: 0, examiner: 'person',   check: null },
  industry_permit:                 { brings: 'documents', documents: 1, examiner: 'person',   check: null },
  licence_copy_with_authorization: { brings: 'documents', documents: 2, examiner: 'person',   check: null },
} as const satisfies Record<EvidenceType, Nature>;

/** R3: of each group one piece must be accepted; all groups together qualify. */
// biome-ignore format: a table is read by its columns
export const REQUIRED = {
  personal:         [['id_front'], ['id_back'], ['face_match', 'person_check']],
  enterprise:       [['business_licence'], ['bank_micro_deposit']],
  special_industry: [['three_in_one_licence'], ['in_person_signing'], ['industry_permit'], ['licence_copy_with_authorization']],
} as const satisfies Record<Kind, readonly (readonly EvidenceType[])[]>;

/** May an account of this kind bring this at all? */
export function isAskedOf(kind: Kind, type: EvidenceType): boolean {
  const groups: readonly (readonly EvidenceType[])[] = REQUIRED[kind];
  return groups.some((group) => group.includes(type));
}
