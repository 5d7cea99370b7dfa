import type { AccountSummary } from '../accounts/account.ts';
import type { MediaType } from '../documents/media.ts';
import type { AccountId, BindingId, DocumentId, EvidenceId } from '../kernel/ids.ts';
import type { FieldName } from '../owners/fields.ts';
import type { Purpose } from '../owners/purpose.ts';
import type { StoredConsent } from './consents.store.ts';
import type { CorrectableField } from './correction.ts';
import type { EvidenceDeps } from './deps.ts';
import type { EvidenceType } from './requirements.ts';

/** A look at something sealed: who by what they are, never by name; `you` is this account. */
export interface LookView {
  readonly at: Date;
  readonly by: 'you' | 'reviewer' | 'operator' | 'system' | 'another_account_of_yours';
  readonly purpose: Purpose;
}

/** What a thing is kept for, and what allows it (PIPL art. 13, 17). */
export type KeptFor = 'same_owner' | 'qualification' | 'deposit' | 'signing' | 'binding' | 'safety';
export type LegalBasis = 'consent' | 'contract' | 'legal_duty';

interface Kept {
  readonly since: Date;
  readonly keptFor: KeptFor;
  readonly basis: LegalBasis;
}

export interface OwnData {
  readonly account: AccountSummary;
  /** Whether the account was proven to be its owner's; of a mere claim only what this account itself said is shown. */
  readonly proven: boolean;
  readonly fields: readonly (Kept & { readonly field: FieldName; readonly proven: boolean; readonly looks: readonly LookView[] })[];
  readonly documents: readonly (Kept & {
    readonly id: DocumentId;
    readonly evidence: EvidenceId | null;
    /** Null: brought with a correction. */
    readonly type: EvidenceType | null;
    readonly mediaType: MediaType;
    readonly size: number;
    /** When it goes by itself; null: while it is needed. */
    readonly removedAt: Date | null;
    readonly looks: readonly LookView[];
  })[];
  readonly consents: readonly StoredConsent[];
  readonly bindings: readonly (Kept & {
    readonly id: BindingId;
    readonly role: 'primary' | 'sub';
    readonly counterpart: string;
    readonly state: string;
    readonly endedAt: Date | null;
  })[];
  readonly devices: readonly (Kept & { readonly label: string; readonly lastSeen: Date })[];
  readonly corrections: readonly (Kept & {
    readonly field: CorrectableField;
    readonly state: 'open' | 'accepted' | 'rejected' | 'withdrawn';
    readonly dueAt: Date;
  })[];
}

/** What is stored of the person or organisation behind an account, since when, what for, and who looked; opens nothing. */
export async function viewOwnData(_deps: Pick<EvidenceDeps, 'db'>, _who: { readonly account: AccountId }): Promise<OwnData> {
  throw new Error('to be filled');
}
