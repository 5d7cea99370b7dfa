import { type Account, type AccountSummary, summaryOf } from '../../accounts/account.ts';
import { findAccount, findAccounts } from '../../accounts/accounts.store.ts';
import type { ContactKind } from '../../accounts/contact.ts';
import { findContactsOf } from '../../accounts/contacts.store.ts';
import { type BindingRow, findBindingsOf } from '../../binding/bindings.store.ts';
import type { MediaType } from '../../documents/media.ts';
import type { AccountId, BindingId, DocumentId, EvidenceId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import { findFieldNames } from '../../owners/owner-fields.store.ts';
import type { Purpose } from '../../owners/purpose.ts';
import { findDevicesOf } from '../../risk/devices.store.ts';
import { findKeptSignals, type KeptSignals } from '../../risk/kept-signals.store.ts';
import type { Db } from '../../store/database.ts';
import { findClaim } from '../claims/claims.store.ts';
import { findConsents, type StoredConsent } from '../consents/consents.store.ts';
import type { CorrectableField, CorrectionState } from '../corrections/correction.ts';
import { findCorrectionsOf } from '../corrections/corrections.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findDocumentsFrom } from '../pieces/documents.store.ts';
import type { EvidenceType } from '../pieces/evidence-type.ts';
import { findClaimedFields, findLooks, type StoredLook } from './own-data.store.ts';

/** Somebody opened something sealed. It tells their role and no name; `you` is this account. */
export interface LookView {
  readonly at: Date;
  readonly by: 'you' | 'reviewer' | 'operator' | 'system' | 'another_account_of_yours';
  readonly purpose: Purpose;
}

/** What a thing is stored for, and what allows it (PIPL art. 13, 17). */
export type KeptFor = 'same_owner' | 'qualification' | 'deposit' | 'signing' | 'binding' | 'safety';
export type LegalBasis = 'consent' | 'contract' | 'legal_duty';

interface Kept {
  readonly since: Date;
  readonly keptFor: KeptFor;
  readonly basis: LegalBasis;
}

export interface OwnData {
  readonly account: AccountSummary;
  /** Whether the owner is proven. For a mere claim, only what this account typed is shown. */
  readonly proven: boolean;
  readonly fields: readonly (Kept & {
    readonly field: FieldName;
    readonly proven: boolean;
    readonly looks: readonly LookView[];
  })[];
  readonly documents: readonly (Kept & {
    readonly id: DocumentId;
    readonly evidence: EvidenceId | null;
    /** Null: submitted with a correction, or for a check of the face. */
    readonly type: EvidenceType | null;
    readonly check: boolean;
    readonly mediaType: MediaType;
    readonly size: number;
    /** When it is removed; null while it is needed. */
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
  /** Addresses that get messages. Their values are in the export only. */
  readonly contacts: readonly (Kept & { readonly kind: ContactKind })[];
  readonly devices: readonly (Kept & { readonly label: string; readonly lastSeen: Date })[];
  /** Signals of visits, attempts and payments. They are stored as hashes and shown as counts. */
  readonly signals: readonly (Kept & Pick<KeptSignals, 'what' | 'count'>)[];
  readonly corrections: readonly (Kept & {
    readonly field: CorrectableField;
    readonly state: CorrectionState;
    readonly dueAt: Date;
  })[];
}

// biome-ignore format: a table is read by its columns
const KEPT_FOR = {
  number:               { keptFor: 'same_owner',    basis: 'consent' },
  name:                 { keptFor: 'qualification', basis: 'consent' },
  legal_representative: { keptFor: 'signing',       basis: 'consent' },
  bank_account:         { keptFor: 'deposit',       basis: 'consent' },
  phone:                { keptFor: 'safety',        basis: 'consent' },
} as const satisfies Record<FieldName, { keptFor: KeptFor; basis: LegalBasis }>;

/**
 * What is stored about the owner of an account, since when, what for, and who looked. It opens
 * nothing. An account that only claims an owner sees what it typed, and not whether more is known
 * of that owner.
 */
export async function viewOwnData(
  { db }: Pick<EvidenceDeps, 'db'>,
  { account: id }: { readonly account: AccountId },
): Promise<OwnData> {
  const account = await findAccount(db, id);
  if (!account) throw new Error(`account ${id} is gone`);
  const owner = account.ownerId;
  const claim = await findClaim(db, id);
  const stored = await findDocumentsFrom(db, id);
  const documents = stored.map((document) => document.id);
  const owners = [
    ...new Set([owner, claim?.owner, ...stored.map(({ ownerId }) => ownerId)]),
  ].filter((each) => typeof each === 'string');
  const looks = await findLooks(db, { account: id, owners, documents, proven: owner });
  const viewed = (mine: (look: StoredLook) => boolean): LookView[] =>
    looks
      .filter(mine)
      .map((look) => ({ at: look.at, by: viewerOf(look, account), purpose: look.purpose }));
  const ofField = (field: FieldName) =>
    viewed(({ table, column }) => table !== 'evidence_documents' && column === field);
  const claimed = await findClaimedFields(db, id);
  const proven = owner ? await findFieldNames(db, owner) : [];
  return {
    account: summaryOf(account),
    proven: owner !== null,
    fields: [
      ...claimed.map(({ name, since }) => ({
        field: name,
        proven: false,
        since,
        ...KEPT_FOR[name],
        looks: ofField(name),
      })),
      ...proven
        .filter(({ name }) => !claimed.some((field) => field.name === name))
        .map(({ name, storedAt }) => ({
          field: name,
          proven: true,
          since: storedAt,
          ...KEPT_FOR[name],
          looks: ofField(name),
        })),
    ],
    documents: stored.map(
      ({ id: document, evidence, type, check, mediaType, size, storedAt, removeAt }) => ({
        id: document,
        evidence,
        type,
        check,
        mediaType,
        size,
        since: storedAt,
        keptFor: 'qualification',
        basis: 'consent',
        removedAt: removeAt,
        looks: viewed(({ table, row }) => table === 'evidence_documents' && row === document),
      }),
    ),
    consents: await findConsents(db, id),
    bindings: await viewBindings(db, id),
    contacts: (await findContactsOf(db, id)).map(({ kind, since }) => ({
      kind,
      since,
      keptFor: 'safety',
      basis: 'contract',
    })),
    devices: (owner ? await findDevicesOf(db, owner) : []).map(
      ({ label, firstSeen, lastSeen }) => ({
        label,
        lastSeen,
        since: firstSeen,
        keptFor: 'safety',
        basis: 'contract',
      }),
    ),
    signals: (await findKeptSignals(db, id)).map((kept) => ({
      ...kept,
      keptFor: 'safety',
      basis: 'contract',
    })),
    corrections: (await findCorrectionsOf(db, id)).map(({ field, state, dueAt, requestedAt }) => ({
      field,
      state,
      dueAt,
      since: requestedAt,
      ...KEPT_FOR[field],
    })),
  };
}

async function viewBindings(db: Db, id: AccountId): Promise<OwnData['bindings']> {
  const rows = await findBindingsOf(db, id);
  const counterpartOf = (row: BindingRow): AccountId =>
    row.primary_id === id ? row.sub_id : row.primary_id;
  const accounts = await findAccounts(db, rows.map(counterpartOf));
  return rows.map((row) => ({
    id: row.id,
    role: row.primary_id === id ? 'primary' : 'sub',
    counterpart: accounts.get(counterpartOf(row))?.displayName ?? '',
    state: row.state,
    endedAt: row.ended_at,
    since: row.since,
    keptFor: 'binding',
    basis: 'contract',
  }));
}

/** Shows the role and never the name: the operator answers for its staff. */
function viewerOf(
  { actor, roles, actorOwner }: StoredLook,
  { id, ownerId }: Account,
): LookView['by'] {
  if (actor === id) return 'you';
  if (roles === null) return 'system';
  if (roles.includes('reviewer')) return 'reviewer';
  return ownerId !== null && actorOwner === ownerId ? 'another_account_of_yours' : 'operator';
}
