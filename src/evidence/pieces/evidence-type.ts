import type { FieldName } from '../../owners/fields.ts';
import type { ConsentKind } from '../consents/consent.ts';
import type { Track } from '../consents/track.ts';
import type { Examiner } from './evidence.ts';

/** Which question a provider is asked about a piece (provider/verification-provider.ts). */
export type ProviderQuestion =
  | { readonly kind: 'identity'; readonly page: 'front' | 'back' }
  | { readonly kind: 'face_match' | 'bank_micro_deposit' | 'business_registry' };

interface TypeOfEvidence {
  /** The step of each track that it is for. Types of one step are alternatives (R3). */
  readonly steps: Readonly<Partial<Record<Track, number>>>;
  /**
   * Scans, or an act: a transfer that the owner confirms, a visit of the legal representative, the
   * word of another account that is proven (R44).
   */
  readonly brings: 'documents' | 'deposit' | 'signing' | 'confirmation';
  readonly documents: 0 | 1 | 2;
  /** Who decides first. A person decides when the provider cannot. */
  readonly examiner: Examiner;
  /** Null: no provider is asked. */
  readonly question: ProviderQuestion | null;
  /** Processing needs this consent. Withdrawing the consent withdraws the piece. */
  readonly consent: ConsentKind;
  /** The claimed fields that it is compared with. When one changes, the piece is withdrawn. */
  readonly restsOn: readonly FieldName[];
}

const NUMBER = ['number'] as const;
const PERSON = ['number', 'name'] as const;
const COMPANY_ACCOUNT = ['number', 'name', 'bank_account'] as const;
const COMPANY = ['number', 'name', 'legal_representative'] as const;

/**
 * All that is known of each type of evidence. A new type is one row here, one migration that lets
 * `evidence.type` hold it, and its texts and form in web. The rows are in the order of the pages.
 *
 * A provider compares a face, or a person does (`person_check`). Biometric data needs an
 * alternative (PIPL art. 29; face recognition rules of 2025, art. 10). People examine
 * special-industry material (R4).
 */
// biome-ignore format: each row says who brings what, then who examines it how
export const EVIDENCE = {
  id_front: {
    steps: { personal: 1, practitioner: 1 }, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'identity', page: 'front' },
    consent: 'identity_documents', restsOn: PERSON,
  },
  id_back: {
    steps: { personal: 2, practitioner: 2 }, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'identity', page: 'back' },
    consent: 'identity_documents', restsOn: PERSON,
  },
  face_match: {
    steps: { personal: 3, practitioner: 3 }, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'face_match' },
    consent: 'biometrics', restsOn: PERSON,
  },
  person_check: {
    steps: { personal: 3, practitioner: 3 }, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'identity_documents', restsOn: PERSON,
  },
  passkey_confirmation: {
    steps: { personal: 3, practitioner: 3 }, brings: 'confirmation', documents: 0,
    examiner: 'person', question: null,
    consent: 'identity_documents', restsOn: NUMBER,
  },
  business_licence: {
    steps: { enterprise: 1 }, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'business_registry' },
    consent: 'business_records', restsOn: COMPANY,
  },
  bank_micro_deposit: {
    steps: { enterprise: 2 }, brings: 'deposit', documents: 0,
    examiner: 'provider', question: { kind: 'bank_micro_deposit' },
    consent: 'business_records', restsOn: COMPANY_ACCOUNT,
  },
  three_in_one_licence: {
    steps: { special_industry: 1 }, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  in_person_signing: {
    steps: { special_industry: 2, practitioner: 5 }, brings: 'signing', documents: 0,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  account_confirmation: {
    steps: { enterprise: 2, special_industry: 2 }, brings: 'confirmation', documents: 0,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: NUMBER,
  },
  industry_permit: {
    steps: { special_industry: 3, practitioner: 4 }, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  licence_copy_with_authorization: {
    steps: { special_industry: 4 }, brings: 'documents', documents: 2,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  // No account needs it: it ties a subsidiary to its parent (R44).
  affiliation: {
    steps: {}, brings: 'documents', documents: 2,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: [],
  },
} as const satisfies Readonly<Record<string, TypeOfEvidence>>;

export type EvidenceType = keyof typeof EVIDENCE;

/** What an owner brings. */
export type Brought = (typeof EVIDENCE)[EvidenceType]['brings'];

export const EVIDENCE_TYPES = Object.keys(EVIDENCE) as readonly EvidenceType[];

/** Types of which one accepted piece is enough. */
export type Alternatives = readonly [EvidenceType, ...EvidenceType[]];

/** The steps of each track, in order (R3): one piece of each step must be accepted. */
export const REQUIRED = {
  personal: stepsOf('personal'),
  enterprise: stepsOf('enterprise'),
  special_industry: stepsOf('special_industry'),
  practitioner: stepsOf('practitioner'),
} as const satisfies Record<Track, readonly Alternatives[]>;

/**
 * The step that shows that the account is under the owner's control. Each account takes it itself.
 * All other steps are of the owner, who takes them once, with any account (R44).
 */
const CONTROL = {
  personal: 3,
  enterprise: 2,
  special_industry: 2,
  practitioner: 3,
} as const satisfies Record<Track, number>;

/** Whether a type is of the account on this track, and not of its owner. */
export function isControl(track: Track, type: EvidenceType): boolean {
  return stepOf(track, type) === CONTROL[track];
}

/** Whether accounts on this track bring this type at all. */
export function isAskedOf(track: Track, type: EvidenceType): boolean {
  return stepOf(track, type) !== undefined;
}

function stepOf(track: Track, type: EvidenceType): number | undefined {
  const { steps }: TypeOfEvidence = EVIDENCE[type];
  return steps[track];
}

function stepsOf(track: Track): readonly Alternatives[] {
  const found = new Map<number, [EvidenceType, ...EvidenceType[]]>();
  for (const type of EVIDENCE_TYPES) {
    const step = stepOf(track, type);
    if (step === undefined) continue;
    const alternatives = found.get(step);
    if (alternatives) alternatives.push(type);
    else found.set(step, [type]);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, alternatives]) => alternatives);
}
