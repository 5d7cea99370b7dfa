import { findAccount, lockAccounts } from '../../accounts/accounts.store.ts';
import { confirmPassword, type PasswordRefusal } from '../../accounts/confirm-password.ts';
import { findAccountsOf, forgetQualifications } from '../../accounts/qualifications.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { countBindingsOf } from '../../binding/bindings.store.ts';
import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import { lockOpenCasesAbout } from '../../review/cases.store.ts';
import { forgetCases } from '../../review/drop-case.ts';
import { forgetHabits } from '../../risk/kept-signals.store.ts';
import { SerializationFailure, type Tx } from '../../store/database.ts';
import { reward } from '../../store/rate-limits.ts';
import { deleteClaim, findAccountsAround, findClaim } from '../claims/claims.store.ts';
import { deleteOwner } from '../claims/delete-owner.ts';
import { releaseOwner } from '../claims/release-owner.ts';
import { endConsents } from '../consents/consents.store.ts';
import { lockOpenCorrections } from '../corrections/corrections.store.ts';
import { withdrawCorrection } from '../corrections/handle-correction-decision.ts';
import type { EvidenceDeps } from '../deps.ts';
import { expediteRemovalOf } from '../pieces/documents.store.ts';
import { lockLive } from '../pieces/evidence.store.ts';
import { removeDueDocuments } from '../pieces/remove-documents.ts';
import { withdrawPiece } from '../submissions/withdraw-piece.ts';

/** `still_bound` carries `detail.bindings`: how many must end first. */
export type ForgetRefusal = PasswordRefusal | 'still_bound';

/**
 * Deletes who is behind an account (PIPL art. 47). If the owner is proven: the owner, for all its
 * accounts, and everything that anybody submitted about it. If it is only claimed: the claim, and
 * what was submitted for it. The accounts stay, without an owner. Without the owner's key, copies
 * and backups cannot be read.
 */
export async function forgetOwner(
  deps: Pick<EvidenceDeps, 'db' | 'documents' | 'limits' | 'lifetimes'>,
  { account, password }: { readonly account: AccountId; readonly password: string },
): Promise<Result<void, ForgetRefusal>> {
  const confirmed = await confirmPassword(
    { db: deps.db, limiter: deps.limits.passwords },
    { account, password },
  );
  if (!confirmed.ok) return confirmed;
  const forgotten = await deps.db.transaction((tx) => forget(tx, deps, account));
  if (!forgotten.ok) return forgotten;
  await removeDueDocuments(deps);
  // A proven owner declared honestly, and may begin again as often as they like.
  if (forgotten.value.whole)
    await reward(deps.db, [{ limiter: deps.limits.declarations, key: account }]);
  return ok(undefined);
}

/**
 * What the deletion concerns, locked in the usual order: evidence, corrections, cases, owners,
 * accounts.
 */
interface Concerned {
  /** Undefined if the account only claims an owner. */
  readonly owner: OwnerId | undefined;
  readonly claimed: OwnerId | undefined;
  /** The owner's accounts, or only the one with the claim. */
  readonly accounts: readonly AccountId[];
  /** With other accounts that claim the same owner. */
  readonly around: readonly AccountId[];
}

async function forget(
  tx: Tx,
  { lifetimes }: Pick<EvidenceDeps, 'lifetimes'>,
  by: AccountId,
): Promise<Result<{ readonly whole: boolean }, 'still_bound'>> {
  const { owner, claimed, accounts, around } = await lockConcerned(tx, by);
  const bindings = owner === undefined ? 0 : await countBindingsOf(tx, owner);
  if (bindings > 0) return refuse('still_bound', 'EVI-FO0', { bindings });
  for (const piece of await lockLive(tx, accounts, owner))
    await withdrawPiece(tx, piece, { actor: by, lifetimes });
  for (const id of await lockOpenCorrections(tx, accounts))
    await withdrawCorrection(tx, { id }, by);
  for (const account of accounts) await forgetCases(tx, account, { by });
  for (const account of around) await deleteClaim(tx, account);
  await endConsents(tx, accounts);
  await expediteRemovalOf(tx, accounts, owner ?? null);
  await forgetHabits(tx, accounts);
  await forgetQualifications(tx, accounts);
  const because = 'asked_by_owner';
  if (owner !== undefined) {
    const deleted = await deleteOwner(tx, { owner, by, because });
    if (!deleted.ok)
      throw new Error(`owner ${owner} could not be forgotten: ${deleted.refusal.site}`);
  } else if (claimed !== undefined) await releaseOwner(tx, claimed, { by, because });
  const whole = owner !== undefined;
  await appendAudit(tx, {
    action: 'account.forgotten',
    subject: by,
    actor: by,
    detail: { accounts: accounts.length, whole },
  });
  return ok({ whole });
}

/**
 * What was found before the locks must be the same under them. Otherwise the transaction starts
 * again.
 */
async function lockConcerned(tx: Tx, by: AccountId): Promise<Concerned> {
  const seen = await findConcerned(tx, by);
  await lockLive(tx, seen.accounts, seen.owner);
  await lockOpenCorrections(tx, seen.accounts);
  for (const account of seen.accounts) await lockOpenCasesAbout(tx, account);
  await lockOwners(
    tx,
    [seen.owner, seen.claimed].filter((owner) => owner !== undefined),
  );
  await lockAccounts(tx, seen.around);
  const found = await findConcerned(tx, by);
  if (JSON.stringify(found) !== JSON.stringify(seen))
    throw new SerializationFailure('who is concerned changed before it was locked');
  return found;
}

async function findConcerned(tx: Tx, by: AccountId): Promise<Concerned> {
  const owner = (await findAccount(tx, by))?.ownerId ?? undefined;
  const claimed = (await findClaim(tx, by))?.owner;
  if (owner === undefined) return { owner, claimed, accounts: [by], around: [by] };
  return {
    owner,
    claimed,
    accounts: await findAccountsOf(tx, owner),
    around: await findAccountsAround(tx, owner),
  };
}
