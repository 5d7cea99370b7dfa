import type { Account } from '../../accounts/account.ts';
import { lockAccounts } from '../../accounts/accounts.store.ts';
import {
  findAccountsOf,
  saveOwner,
  saveQualification,
} from '../../accounts/qualifications.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { Owner } from '../../owners/owner.ts';
import { insertMissingFields, upsertFields } from '../../owners/owner-fields.store.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import { verifyOwner, withdrawVerification } from '../../owners/verify-owner.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Tx } from '../../store/database.ts';
import { takeProvenFields } from '../claims/claims.store.ts';
import { trackOf } from '../consents/track.ts';
import { applyToBindings, type Changed } from './apply-to-bindings.ts';
import type { InvalidationReason } from './binding-effect.ts';
import { findPiecesFor } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { EVIDENCE, isControl } from './evidence-type.ts';
import { type Requalified, requalifyFamily } from './family.ts';
import { tell } from './notices.store.ts';
import type { QualificationResult } from './qualification.ts';

/** The account that submitted the evidence, and the owner that it claims. */
export interface Applicant {
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
}

/**
 * Locks the owner, then its accounts and the one that applies. It runs after the piece is locked,
 * and before any row that refers to them is written. A foreign key takes a shared lock on them, and
 * two shared locks would block each other's upgrade. No account gets or loses the owner meanwhile.
 */
export async function lockApplicant(
  tx: Tx,
  { accountId, ownerId }: Applicant,
): Promise<LockedApplicant> {
  const owner = (await lockOwners(tx, [ownerId])).get(ownerId);
  const locked = await lockAccounts(tx, [accountId, ...(await findAccountsOf(tx, ownerId))]);
  const account = locked.get(accountId);
  if (!account) throw new Error(`account ${accountId} is gone`);
  const others = [...locked.values()].filter(
    (each) => each !== account && each.ownerId === ownerId,
  );
  return { account, owner, others };
}

export interface LockedApplicant {
  readonly account: Account;
  /** Undefined if the owner was deleted. Nothing can be proven about it. */
  readonly owner: Owner | undefined;
  /** All other accounts that are proven to be the owner's. */
  readonly others: readonly Account[];
}

/**
 * Computes the qualification of all accounts of the owner after a piece changed, and the effect on
 * their bindings (R5, R44). Everything is read under the locks. So of two pieces handled at once,
 * the second sees the first. A binding in progress is seen here, or sees the new qualification.
 */
export async function requalify(
  tx: Tx,
  { account, owner, others }: LockedApplicant,
  changed: Changed,
): Promise<void> {
  const { piece, invalidation } = changed;
  const { ownerId } = piece;
  // a claim of another owner proves nothing about this account
  if (account.ownerId !== null && account.ownerId !== ownerId) return;
  const members = [account, ...others];
  const ids = members.map(({ id }) => id);
  const pieces = owner ? await findPiecesFor(tx, ownerId, ids) : [];
  const requalified = requalifyFamily({
    owner: owner ?? { id: ownerId, kind: 'person' },
    applicant: account,
    others,
    controlShown: pieces.some(
      ({ id, type, evidence }) =>
        id === piece.id &&
        evidence.state === 'accepted' &&
        isControl(trackOf(account.kind, owner?.kind), type),
    ),
    pieces,
    invalidated: invalidation && { piece, because: invalidation },
    now: await readClock(tx),
  });
  for (const { id, result, ownerId: next, rested } of requalified) {
    const member = members.find((each) => each.id === id);
    if (!member) throw new Error(`${id} is no account of ${ownerId}`);
    if (next !== null && member === account && result.qualification === 'verified')
      await proveOwner(tx, { account, owner, pieces }, piece);
    await saveResult(tx, member, result);
    if (next === null && member.ownerId !== null) await detachOwner(tx, id, piece);
    if (member !== account && rested && invalidation) await tellLapsed(tx, id, invalidation);
  }
  if (invalidation === 'found_false' && account.ownerId !== null && owner?.verifiedAt != null)
    await withdrawIfNobodyIsLeft(tx, members, { requalified, ownerId });
  await applyToBindings(tx, members, { requalified, changed });
}

/** The owner is verified, the account belongs to it, and what it claimed is proven. */
async function proveOwner(
  tx: Tx,
  {
    account: { id, ownerId: before },
    owner,
    pieces,
  }: Pick<LockedApplicant, 'account' | 'owner'> & { readonly pieces: readonly StoredEvidence[] },
  { ownerId, id: evidence }: Changed['piece'],
): Promise<void> {
  if (owner?.verifiedAt === null) await verifyOwner(tx, { owner: ownerId, by: 'system', evidence });
  if (before === null) await saveOwner(tx, id, ownerId);
  const claimed = await takeProvenFields(tx, id, ownerId);
  // Only what this account's own pieces showed is proven; the rest was only typed (R44).
  const shown = new Set<FieldName>(
    pieces
      .filter((piece) => piece.accountId === id && piece.evidence.state === 'accepted')
      .flatMap(({ type }) => EVIDENCE[type].restsOn),
  );
  const proven = claimed.filter(({ name }) => shown.has(name));
  if (proven.length === 0) return;
  // A further account does not replace what the owner has proven already.
  const further = before === null && owner?.verifiedAt !== null;
  await (further ? insertMissingFields : upsertFields)(tx, ownerId, proven);
  await appendAudit(tx, {
    action: 'owner.fields_proven',
    subject: ownerId,
    actor: 'system',
    detail: { account: id, fields: proven.map(({ name }) => name), evidence },
  });
}

async function saveResult(
  tx: Tx,
  { id, kind, qualification }: Account,
  result: QualificationResult,
): Promise<void> {
  await saveQualification(tx, id, result);
  if (result.qualification === qualification) return;
  const detail = { kind, from: qualification, to: result.qualification, until: result.until };
  await appendAudit(tx, { action: 'account.qualified', subject: id, actor: 'system', detail });
}

/**
 * An account whose proof was false, or rested on the word of such an account, has no owner. It can
 * neither see nor delete the owner's data.
 */
async function detachOwner(
  tx: Tx,
  account: AccountId,
  { ownerId, id: evidence }: Changed['piece'],
): Promise<void> {
  await saveOwner(tx, account, null);
  await appendAudit(tx, {
    action: 'account.disowned',
    subject: account,
    actor: 'system',
    detail: { owner: ownerId, evidence },
  });
}

/** Another account of the owner rested on the piece: it is told, though it never brought one. */
async function tellLapsed(tx: Tx, account: AccountId, reason: InvalidationReason): Promise<void> {
  const what = 'account.lapsed';
  await tell(tx, [{ accountId: account, what, reason, evidenceId: null, bindingId: null }]);
}

/** If no account is verified after something was found false, the owner is not verified either. */
async function withdrawIfNobodyIsLeft(
  tx: Tx,
  members: readonly Account[],
  { requalified, ownerId }: { requalified: readonly Requalified[]; ownerId: OwnerId },
): Promise<void> {
  const left = members.some(({ id, qualification }) => {
    const now = requalified.find((each) => each.id === id)?.result.qualification ?? qualification;
    return now === 'verified';
  });
  if (!left)
    await withdrawVerification(tx, { owner: ownerId, by: 'system', because: 'found_false' });
}
