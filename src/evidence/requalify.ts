import type { Account } from '../accounts/account.ts';
import { findAccounts, lockAccounts } from '../accounts/accounts.store.ts';
import type { BindingRow } from '../binding/bindings.store.ts';
import { lockBindingsOf } from '../binding/bindings.store.ts';
import { changeForEvidence } from '../binding/change-for-evidence.ts';
import { record } from '../journal/record.store.ts';
import type { AccountId, EvidenceId, OwnerId } from '../kernel/ids.ts';
import type { Owner } from '../owners/owner.ts';
import { lockOwners } from '../owners/owners.store.ts';
import { verifyOwner, withdrawVerification } from '../owners/verify-owner.ts';
import type { Tx } from '../store/database.ts';
import { moveProvenFields } from './claims.store.ts';
import { findPieces } from './evidence.store.ts';
import { type NoticeKind, tell } from './notices.store.ts';
import { qualify, type Standing } from './qualification.ts';
import { findAccountsOf, saveOwner, saveQualification } from './qualifications.store.ts';
import { type Fall, type Fate, fateOf } from './re-evaluation.ts';

/** Whose evidence it is: the account that brought it, and the owner it says it belongs to. */
export interface Applicant {
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
}

interface Changed extends Applicant {
  readonly evidenceId: EvidenceId;
  /** What an accepted piece fell by; undefined when none fell. */
  readonly fall: Fall | undefined;
}

/**
 * Locks the owner, then the account: after the piece of evidence, and before anything is written that refers to them (a
 * foreign key takes a share of their rows, and of two who hold a share neither gets the whole).
 */
export async function lockApplicant(tx: Tx, { accountId, ownerId }: Applicant): Promise<LockedApplicant> {
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
export async function requalify(tx: Tx, { account, owner }: LockedApplicant, changed: Changed): Promise<void> {
  const { accountId, ownerId, evidenceId, fall } = changed;
  if (account.ownerId !== null && account.ownerId !== ownerId) return; // a claim on somebody else proves nothing about this account
  const { pieces, now } = await findPieces(tx, accountId, ownerId);
  const standing = qualify(account.kind, owner ? pieces : [], now);
  await saveQualification(tx, accountId, standing);
  if (standing.qualification === 'verified') {
    if (owner?.verifiedAt === null) await verifyOwner(tx, { owner: ownerId, by: 'system', evidence: evidenceId });
    if (account.ownerId === null) await saveOwner(tx, accountId, ownerId);
    await proveClaim(tx, changed);
  }
  if (standing.qualification !== account.qualification) {
    const detail = { kind: account.kind, from: account.qualification, to: standing.qualification, until: standing.until };
    await record(tx, { action: 'account.qualified', subject: accountId, actor: 'system', detail });
  }
  await reEvaluate(tx, account, standing, changed);
  if (fall === 'found_false' && account.ownerId !== null && standing.qualification !== 'verified') await disown(tx, changed);
}

/** What the account said of its owner is shown to be so, and is what is known of the owner from now on. */
async function proveClaim(tx: Tx, { accountId, ownerId, evidenceId }: Changed): Promise<void> {
  const fields = await moveProvenFields(tx, accountId, ownerId);
  if (fields.length === 0) return;
  await record(tx, {
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
async function disown(tx: Tx, { accountId, ownerId, evidenceId }: Changed): Promise<void> {
  await saveOwner(tx, accountId, null);
  await record(tx, { action: 'account.disowned', subject: accountId, actor: 'system', detail: { owner: ownerId, evidence: evidenceId } });
  if ((await findAccountsOf(tx, ownerId)).length > 0) return;
  await withdrawVerification(tx, { owner: ownerId, by: 'system', because: 'found_false' });
}

async function reEvaluate(tx: Tx, { id }: Account, { qualification }: Standing, { fall, evidenceId }: Changed): Promise<void> {
  if (fall === undefined && qualification !== 'verified') return;
  for (const row of await lockBindingsOf(tx, id)) {
    if (fall === undefined) await resumeWhenBothQualify(tx, row, id);
    else await settleFall(tx, row, { accountId: id, fate: fateOf(fall, qualification), fall, evidenceId });
  }
}

interface Falling {
  readonly accountId: AccountId;
  readonly fate: Fate;
  readonly fall: Fall;
  readonly evidenceId: EvidenceId;
}

async function settleFall(tx: Tx, row: BindingRow, { accountId, fate, fall, evidenceId }: Falling): Promise<void> {
  const changed = fate === 'kept' || (await changeForEvidence(tx, row, fate === 'ended' ? 'revoke' : 'suspend', fall));
  if (fate === 'kept') await record(tx, { action: 'binding.kept', subject: row.id, actor: 'system', detail: { because: fall } });
  if (changed) await tellBoth(tx, row, { accountId, what: `binding.${fate}`, reason: fall, evidenceId });
}

/** An honest gap is over when neither account has one any more. */
async function resumeWhenBothQualify(tx: Tx, row: BindingRow, accountId: AccountId): Promise<void> {
  const counterpart = row.primary_id === accountId ? row.sub_id : row.primary_id;
  if ((await findAccounts(tx, [counterpart])).get(counterpart)?.qualification !== 'verified') return;
  if (!(await changeForEvidence(tx, row, 'resume', 'proven_again'))) return;
  await tellBoth(tx, row, { accountId, what: 'binding.resumed', reason: 'proven_again', evidenceId: null });
}

/** The other side learns what became of the binding, and not which paper of whom it was. */
async function tellBoth(
  tx: Tx,
  row: BindingRow,
  told: { readonly accountId: AccountId; readonly what: NoticeKind; readonly reason: string; readonly evidenceId: EvidenceId | null },
): Promise<void> {
  const counterpart = row.primary_id === told.accountId ? row.sub_id : row.primary_id;
  await tell(tx, [
    { ...told, bindingId: row.id },
    { accountId: counterpart, what: told.what, reason: 'evidence_of_the_other_side', evidenceId: null, bindingId: row.id },
  ]);
}
