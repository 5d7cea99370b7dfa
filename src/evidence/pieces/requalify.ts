import type { Account } from '../../accounts/account.ts';
import { findAccounts, lockAccounts } from '../../accounts/accounts.store.ts';
import {
  findAccountsOf,
  saveOwner,
  saveQualification,
} from '../../accounts/qualifications.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { type BindingRow, lockBindingsOf } from '../../binding/bindings.store.ts';
import { changeForCause } from '../../binding/change-for-cause.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Owner } from '../../owners/owner.ts';
import { upsertFields } from '../../owners/owner-fields.store.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import { verifyOwner, withdrawVerification } from '../../owners/verify-owner.ts';
import type { Tx } from '../../store/database.ts';
import { takeProvenFields } from '../claims/claims.store.ts';
import { type BindingEffect, bindingEffectOf, type InvalidationReason } from './binding-effect.ts';
import { findPieces } from './evidence.store.ts';
import { type NoticeKind, tell } from './notices.store.ts';
import { type QualificationResult, qualify } from './qualification.ts';

/** The account that submitted the evidence, and the owner that it claims. */
export interface Applicant {
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
}

interface Changed extends Applicant {
  readonly evidenceId: EvidenceId;
  /** Why an accepted piece stopped counting; undefined if none did. */
  readonly invalidation: InvalidationReason | undefined;
}

/**
 * Locks the owner, then the account. It runs after the piece is locked, and before any row that
 * refers to them is written. A foreign key takes a shared lock on them, and two shared locks would
 * block each other's upgrade.
 */
export async function lockApplicant(
  tx: Tx,
  { accountId, ownerId }: Applicant,
): Promise<LockedApplicant> {
  const owner = (await lockOwners(tx, [ownerId])).get(ownerId);
  const account = (await lockAccounts(tx, [accountId])).get(accountId);
  if (!account) throw new Error(`account ${accountId} is gone`);
  return { account, owner };
}

export interface LockedApplicant {
  readonly account: Account;
  /** Undefined if the owner was deleted. Nothing can be proven about it. */
  readonly owner: Owner | undefined;
}

/**
 * Computes a locked account's qualification after a piece changed, and the effect on its bindings
 * (R5). Everything is read under the locks. So of two pieces handled at once, the second sees the
 * first. A binding in progress is seen here, or sees the new qualification.
 */
export async function requalify(
  tx: Tx,
  { account, owner }: LockedApplicant,
  changed: Changed,
): Promise<void> {
  const { accountId, ownerId, evidenceId, invalidation } = changed;
  // a claim of another owner proves nothing about this account
  if (account.ownerId !== null && account.ownerId !== ownerId) return;
  const { pieces, now } = await findPieces(tx, accountId, ownerId);
  const result = qualify(account.kind, owner ? pieces : [], now);
  await saveQualification(tx, accountId, result);
  if (result.qualification === 'verified') {
    if (owner?.verifiedAt === null)
      await verifyOwner(tx, { owner: ownerId, by: 'system', evidence: evidenceId });
    if (account.ownerId === null) await saveOwner(tx, accountId, ownerId);
    await proveClaim(tx, changed);
  }
  if (result.qualification !== account.qualification) {
    const detail = {
      kind: account.kind,
      from: account.qualification,
      to: result.qualification,
      until: result.until,
    };
    await appendAudit(tx, {
      action: 'account.qualified',
      subject: accountId,
      actor: 'system',
      detail,
    });
  }
  await applyToBindings(tx, account, result, changed);
  if (
    invalidation === 'found_false' &&
    account.ownerId !== null &&
    result.qualification !== 'verified'
  )
    await detachOwner(tx, changed);
}

/** The claim is proven: its values become the owner's. */
async function proveClaim(tx: Tx, { accountId, ownerId, evidenceId }: Changed): Promise<void> {
  const proven = await takeProvenFields(tx, accountId, ownerId);
  if (proven.length === 0) return;
  await upsertFields(tx, ownerId, proven);
  const fields = proven.map(({ name }) => name);
  await appendAudit(tx, {
    action: 'owner.fields_proven',
    subject: ownerId,
    actor: 'system',
    detail: { account: accountId, fields, evidence: evidenceId },
  });
}

/**
 * An account whose proof was false has no owner. It can neither see nor delete the owner's data. If
 * no other account is proven, the owner is not verified either.
 */
async function detachOwner(tx: Tx, { accountId, ownerId, evidenceId }: Changed): Promise<void> {
  await saveOwner(tx, accountId, null);
  await appendAudit(tx, {
    action: 'account.disowned',
    subject: accountId,
    actor: 'system',
    detail: { owner: ownerId, evidence: evidenceId },
  });
  if ((await findAccountsOf(tx, ownerId)).length > 0) return;
  await withdrawVerification(tx, { owner: ownerId, by: 'system', because: 'found_false' });
}

async function applyToBindings(
  tx: Tx,
  { id }: Account,
  { qualification }: QualificationResult,
  { invalidation, evidenceId }: Changed,
): Promise<void> {
  if (invalidation === undefined && qualification !== 'verified') return;
  for (const row of await lockBindingsOf(tx, id)) {
    if (invalidation === undefined) await resumeWhenBothQualify(tx, row, id);
    else
      await applyBindingEffect(tx, row, {
        accountId: id,
        effect: bindingEffectOf(invalidation, qualification),
        invalidation,
        evidenceId,
      });
  }
}

interface Invalidation {
  readonly accountId: AccountId;
  readonly effect: BindingEffect;
  readonly invalidation: InvalidationReason;
  readonly evidenceId: EvidenceId;
}

async function applyBindingEffect(
  tx: Tx,
  row: BindingRow,
  { accountId, effect, invalidation, evidenceId }: Invalidation,
): Promise<void> {
  const changed =
    effect === 'kept' ||
    (await changeForCause(tx, row, {
      cause: 'evidence',
      change: effect === 'ended' ? 'revoke' : 'suspend',
      because: invalidation,
    }));
  if (effect === 'kept')
    await appendAudit(tx, {
      action: 'binding.kept',
      subject: row.id,
      actor: 'system',
      detail: { because: invalidation },
    });
  if (changed)
    await tellBoth(tx, row, {
      accountId,
      what: `binding.${effect}`,
      reason: invalidation,
      evidenceId,
    });
}

/** An honest gap ends when both accounts are verified again. */
async function resumeWhenBothQualify(tx: Tx, row: BindingRow, accountId: AccountId): Promise<void> {
  const counterpart = row.primary_id === accountId ? row.sub_id : row.primary_id;
  if ((await findAccounts(tx, [counterpart])).get(counterpart)?.qualification !== 'verified')
    return;
  const change = { cause: 'evidence', change: 'resume', because: 'proven_again' } as const;
  if (!(await changeForCause(tx, row, change))) return;
  await tellBoth(tx, row, {
    accountId,
    what: 'binding.resumed',
    reason: 'proven_again',
    evidenceId: null,
  });
}

/** The other side learns the effect on the binding, but not which piece caused it. */
async function tellBoth(
  tx: Tx,
  row: BindingRow,
  told: {
    readonly accountId: AccountId;
    readonly what: NoticeKind;
    readonly reason: string;
    readonly evidenceId: EvidenceId | null;
  },
): Promise<void> {
  const counterpart = row.primary_id === told.accountId ? row.sub_id : row.primary_id;
  await tell(tx, [
    { ...told, bindingId: row.id },
    {
      accountId: counterpart,
      what: told.what,
      reason: 'evidence_of_the_other_side',
      evidenceId: null,
      bindingId: row.id,
    },
  ]);
}
