import type { Kind } from '../../accounts/account.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { ConsentKind } from '../consents/consent.ts';
import type { Examiner } from './evidence.ts';

/** Which question a provider is asked about a piece (provider/verification-provider.ts). */
export type ProviderQuestion =
  | { readonly kind: 'identity'; readonly page: 'front' | 'back' }
  | { readonly kind: 'face_match' | 'bank_micro_deposit' | 'business_registry' };

interface TypeOfEvidence {
  /** The kind of account that brings it. */
  readonly kind: Kind;
  /** The step of its page. Types of one step are alternatives (R3). */
  readonly step: number;
  /** Scans, or an act: a transfer that the owner confirms, a visit of the legal representative. */
  readonly brings: 'documents' | 'deposit' | 'signing';
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
    kind: 'personal', step: 1, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'identity', page: 'front' },
    consent: 'identity_documents', restsOn: PERSON,
  },
  id_back: {
    kind: 'personal', step: 2, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'identity', page: 'back' },
    consent: 'identity_documents', restsOn: PERSON,
  },
  face_match: {
    kind: 'personal', step: 3, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'face_match' },
    consent: 'biometrics', restsOn: PERSON,
  },
  person_check: {
    kind: 'personal', step: 3, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'identity_documents', restsOn: PERSON,
  },
  business_licence: {
    kind: 'enterprise', step: 1, brings: 'documents', documents: 1,
    examiner: 'provider', question: { kind: 'business_registry' },
    consent: 'business_records', restsOn: COMPANY,
  },
  bank_micro_deposit: {
    kind: 'enterprise', step: 2, brings: 'deposit', documents: 0,
    examiner: 'provider', question: { kind: 'bank_micro_deposit' },
    consent: 'business_records', restsOn: COMPANY_ACCOUNT,
  },
  three_in_one_licence: {
    kind: 'special_industry', step: 1, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  in_person_signing: {
    kind: 'special_industry', step: 2, brings: 'signing', documents: 0,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  industry_permit: {
    kind: 'special_industry', step: 3, brings: 'documents', documents: 1,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
  licence_copy_with_authorization: {
    kind: 'special_industry', step: 4, brings: 'documents', documents: 2,
    examiner: 'person', question: null,
    consent: 'business_records', restsOn: COMPANY,
  },
} as const satisfies Readonly<Record<string, TypeOfEvidence>>;

export type EvidenceType = keyof typeof EVIDENCE;

/** What an owner brings. */
export type Brought = (typeof EVIDENCE)[EvidenceType]['brings'];

/** Types of the same kind and step as `Type`, which can be brought instead. */
type Others<Type extends EvidenceType> = {
  [Other in EvidenceType]: Other extends Type
    ? never
    : (typeof EVIDENCE)[Other] extends Pick<(typeof EVIDENCE)[Type], 'kind' | 'step'>
      ? Other
      : never;
}[EvidenceType];

/** The types that are a choice: their step has more than one. */
export type ChosenType = {
  [Type in EvidenceType]: [Others<Type>] extends [never] ? never : Type;
}[EvidenceType];

export const EVIDENCE_TYPES = Object.keys(EVIDENCE) as readonly EvidenceType[];

/** Types of which one accepted piece is enough. */
export type Alternatives = readonly [EvidenceType, ...EvidenceType[]];

/** The steps of each kind, in order (R3): one piece of each step must be accepted. */
export const REQUIRED = {
  personal: stepsOf('personal'),
  enterprise: stepsOf('enterprise'),
  special_industry: stepsOf('special_industry'),
} as const satisfies Record<Kind, readonly Alternatives[]>;

/** Whether an account of this kind may bring this type at all. */
export function isAskedOf(kind: Kind, type: EvidenceType): boolean {
  return EVIDENCE[type].kind === kind;
}

function stepsOf(kind: Kind): readonly Alternatives[] {
  const steps = new Map<number, [EvidenceType, ...EvidenceType[]]>();
  for (const type of EVIDENCE_TYPES.filter((each) => isAskedOf(kind, each))) {
    const { step } = EVIDENCE[type];
    const alternatives = steps.get(step);
    if (alternatives) alternatives.push(type);
    else steps.set(step, [type]);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([, alternatives]) => alternatives);
}
