import type { Account } from '../../accounts/account.ts';
import { findAccounts, lockAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { type BindingRow, lockBindingsOf } from '../../binding/bindings.store.ts';
import { changeForEvidence } from '../../binding/change-for-evidence.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Owner } from '../../owners/owner.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import { verifyOwner, withdrawVerification } from '../../owners/verify-owner.ts';
import type { Tx } from '../../store/database.ts';
import { moveProvenFields } from '../claims/claims.store.ts';
import { type BindingEffect, bindingEffectOf, type InvalidationReason } from './binding-effect.ts';
import { findPieces } from './evidence.store.ts';
import { type NoticeKind, tell } from './notices.store.ts';
import { type QualificationResult, qualify } from './qualification.ts';
import { findAccountsOf, saveOwner, saveQualification } from './qualifications.store.ts';

/** Whose evidence it is: the account that brought it, and the owner it says it belongs to. */
export interface Applicant {
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
}

interface Changed extends Applicant {
  readonly evidenceId: EvidenceId;
  /** What an accepted piece fell by; undefined when none fell. */
  readonly invalidation: InvalidationReason | undefined;
}

/**
 * Locks the owner, then the account: after the piece of evidence, and before anything is written that refers to them (a
 * foreign key takes a share of their rows, and of two who hold a share neither gets the whole).
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
  /** Undefined once the owner was deleted: nothing can be proven about nobody. */
  readonly owner: Owner | undefined;
}

/**
 * Works out anew what a locked account is qualified as, after a piece of its evidence changed, and what becomes of its
 * bindings (R5). Everything is read under the locks: of two pieces settled at once the second sees the first, and a binding
 * in progress either is seen here or sees the qualification gone.
 */
export async function requalify(
  tx: Tx,
  { account, owner }: LockedApplicant,
  changed: Changed,
): Promise<void> {
  const { accountId, ownerId, evidenceId, invalidation } = changed;
  if (account.ownerId !== null && account.ownerId !== ownerId) return; // a claim on somebody else proves nothing about this account
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

/** What the account said of its owner is shown to be so, and is what is known of the owner from now on. */
async function proveClaim(tx: Tx, { accountId, ownerId, evidenceId }: Changed): Promise<void> {
  const fields = await moveProvenFields(tx, accountId, ownerId);
  if (fields.length === 0) return;
  await appendAudit(tx, {
    action: 'owner.fields_proven',
    subject: ownerId,
    actor: 'system',
    detail: { account: accountId, fields, evidence: evidenceId },
  });
}

/**
 * An account that was its owner's on the word of a forgery is nobody's: it neither sees what is known of that owner nor has
 * it forgotten. An owner whom no other account shows is not verified either.
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
    (await changeForEvidence(tx, row, effect === 'ended' ? 'revoke' : 'suspend', invalidation));
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

/** An honest gap is over when neither account has one any more. */
async function resumeWhenBothQualify(tx: Tx, row: BindingRow, accountId: AccountId): Promise<void> {
  const counterpart = row.primary_id === accountId ? row.sub_id : row.primary_id;
  if ((await findAccounts(tx, [counterpart])).get(counterpart)?.qualification !== 'verified')
    return;
  if (!(await changeForEvidence(tx, row, 'resume', 'proven_again'))) return;
  await tellBoth(tx, row, {
    accountId,
    what: 'binding.resumed',
    reason: 'proven_again',
    evidenceId: null,
  });
}

/** The other side learns what became of the binding, and not which paper of whom it was. */
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
