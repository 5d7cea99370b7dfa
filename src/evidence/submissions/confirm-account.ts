import { randomInt } from 'node:crypto';
import type { Account, AccountSummary } from '../../accounts/account.ts';
import { summaryOf } from '../../accounts/account.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import { confirmAfresh } from '../../accounts/confirm-afresh.ts';
import type { ChangeRefusal } from '../../accounts/confirm-change.ts';
import type { FactorDeps } from '../../accounts/deps.ts';
import type { SentProof } from '../../accounts/factor.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { type AccountId, newId, type OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { InstallationSecret } from '../../kernel/secrets.ts';
import { LIFETIMES } from '../../lifetimes.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Tx } from '../../store/database.ts';
import { consume, reward } from '../../store/rate-limits.ts';
import { findClaim, findOwnerKind } from '../claims/claims.store.ts';
import { hasConsent } from '../consents/consents.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findPiecesFor, insertAcceptedEvidence } from '../pieces/evidence.store.ts';
import { EVIDENCE, type EvidenceType } from '../pieces/evidence-type.ts';
import { mayConfirm } from '../pieces/family.ts';
import { tell } from '../pieces/notices.store.ts';
import { type LockedApplicant, lockApplicant, requalify } from '../pieces/requalify.ts';
import { findWaiting, putConfirmationCode, takeConfirmationCode } from './confirmations.store.ts';

/** Digits of a code, which lives for a quarter of an hour. It is guessed by proven accounts only. */
const DIGITS = 12;

export type RequestConfirmationRefusal = 'not_declared' | 'consent_missing' | 'already_verified';

/** `unknown_confirmation`: no account waits under this code for the word of this one. */
export type ConfirmAccountRefusal = 'unknown_confirmation' | ChangeRefusal;

type Deps = Pick<EvidenceDeps, 'db' | 'secrets' | 'limits'> & { readonly factors: FactorDeps };

/** What an account asks for that waits for the word of another one. */
export function confirmationFor(owner: 'person' | 'organisation'): EvidenceType {
  return owner === 'person' ? 'passkey_confirmation' : 'account_confirmation';
}

/** What a passkey's proof is for: it names the account that is confirmed. */
export function confirmationPurpose(account: AccountId): string {
  return `confirm_account:${account}`;
}

/**
 * An account wants to be confirmed by another one of its owner that is proven (R44). It gets a code
 * to type there, whether or not there is such an account.
 */
export async function requestConfirmation(
  { db, secrets }: Pick<EvidenceDeps, 'db' | 'secrets'>,
  { account: id }: { readonly account: AccountId },
): Promise<Result<string, RequestConfirmationRefusal>> {
  const account = await findAccount(db, id);
  const owner = (await findClaim(db, id))?.owner ?? account?.ownerId;
  const kind = await findOwnerKind(db, id);
  if (!account || !owner || !kind) return refuse('not_declared', 'EVI-OC0');
  if (account.qualification === 'verified') return refuse('already_verified', 'EVI-OC1');
  if (!(await hasConsent(db, id, EVIDENCE[confirmationFor(kind)].consent)))
    return refuse('consent_missing', 'EVI-OC2');
  const code = Array.from({ length: DIGITS }, () => randomInt(10)).join('');
  await db.transaction(async (tx) => {
    const hash = hashOf(secrets, code);
    await putConfirmationCode(
      tx,
      { account: id, owner },
      { hash, lifetimeSeconds: LIFETIMES.evidence.confirmationCode },
    );
    await appendAudit(tx, { action: 'confirmation.requested', subject: id, actor: id });
  });
  return ok(code);
}

/** Who waits under a code, and how the account that confirms proves itself. */
export interface Confirmable {
  readonly account: AccountSummary;
  /** A person shows a passkey. For an organisation, the password is enough if there is no factor. */
  readonly needsPasskey: boolean;
}

/**
 * The account that waits for the word of `by` under this code. A code of somebody else's account
 * looks like a wrong one. Tries are limited.
 */
export async function findConfirmable(
  { db, secrets, limits }: Deps,
  { by, code }: { readonly by: AccountId; readonly code: string },
): Promise<Result<Confirmable, 'unknown_confirmation' | 'too_many_attempts'>> {
  const consumption = { limiter: limits.passwords, key: `confirm ${by}` };
  if (await consume(db, [consumption])) return refuse('too_many_attempts', 'EVI-OC3');
  const confirming = await findAccount(db, by);
  const waiting = await findWaiting(db, hashOf(secrets, code));
  if (!confirming || !isProven(confirming) || waiting?.owner !== confirming.ownerId)
    return refuse('unknown_confirmation', 'EVI-OC4');
  const account = await findAccount(db, waiting.account);
  const kind = await findOwnerKind(db, by);
  if (!account || !kind || account.id === by) return refuse('unknown_confirmation', 'EVI-OC5');
  await reward(db, [consumption]);
  return ok({ account: summaryOf(account), needsPasskey: kind === 'person' });
}

/**
 * A proven account says that another one is of the same owner. It proves itself afresh. The word is
 * a piece of evidence of the other account, and counts while this account is proven.
 */
export async function confirmAccount(
  deps: Deps,
  {
    by,
    code,
    password,
    proof,
  }: {
    readonly by: AccountId;
    readonly code: string;
    readonly password: string;
    readonly proof: SentProof;
  },
): Promise<Result<AccountSummary, ConfirmAccountRefusal>> {
  const found = await findConfirmable(deps, { by, code });
  if (!found.ok) return found;
  const { account, needsPasskey } = found.value;
  const purpose = confirmationPurpose(account.id);
  const proved = await confirmAfresh(deps.factors, {
    account: by,
    password,
    proof,
    purpose,
    passkeyOnly: needsPasskey,
  });
  if (!proved.ok) return proved;
  const hash = hashOf(deps.secrets, code);
  return await deps.db.transaction(async (tx) => await write(tx, { by, account, hash }));
}

/** Checks everything again, under the locks of the owner and all its accounts. */
async function write(
  tx: Tx,
  { by, account, hash }: { by: AccountId; account: AccountSummary; hash: Buffer },
): Promise<Result<AccountSummary, 'unknown_confirmation'>> {
  const accountId = account.id;
  const ownerId = (await findWaiting(tx, hash))?.owner;
  if (!ownerId) return refuse('unknown_confirmation', 'EVI-OC7');
  const locked = await lockApplicant(tx, { accountId, ownerId });
  const claimed = (await findClaim(tx, accountId))?.owner ?? locked.account.ownerId;
  const confirming = locked.others.find(({ id }) => id === by);
  if (
    !locked.owner ||
    claimed !== ownerId ||
    (locked.account.ownerId ?? ownerId) !== ownerId ||
    !confirming ||
    !(await isRooted(tx, locked, { by, ownerId }))
  )
    return refuse('unknown_confirmation', 'EVI-OC8');
  const type = confirmationFor(locked.owner.kind);
  if (!(await hasConsent(tx, accountId, EVIDENCE[type].consent)))
    return refuse('unknown_confirmation', 'EVI-OC9');
  if (!(await takeConfirmationCode(tx, hash))) return refuse('unknown_confirmation', 'EVI-OCA');
  const id = newId('evi');
  await insertAcceptedEvidence(tx, { id, accountId, ownerId, type, confirmedBy: by });
  await appendAudit(tx, { action: 'evidence.confirmed', subject: id, actor: by, detail: { type } });
  await tell(tx, [
    { accountId, what: 'evidence.accepted', reason: null, evidenceId: id, bindingId: null },
    { accountId: by, what: 'account.confirmed', reason: null, evidenceId: null, bindingId: null },
  ]);
  await requalify(tx, locked, {
    piece: { id, type, accountId, ownerId, confirmedBy: by },
    invalidation: undefined,
  });
  return ok(account);
}

/** An account that only others confirmed cannot confirm. */
async function isRooted(
  tx: Tx,
  { account, owner, others }: LockedApplicant,
  { by, ownerId }: { by: AccountId; ownerId: OwnerId },
): Promise<boolean> {
  if (!owner || !isProven(others.find(({ id }) => id === by))) return false;
  const family = {
    owner,
    applicant: account,
    others,
    pieces: await findPiecesFor(tx, ownerId, [by]),
    now: await readClock(tx),
  };
  return mayConfirm(family, by, new Set([by]));
}

/** A restricted account gives no word for others: its platform doubts whose it is now. */
function isProven(account: Account | undefined): boolean {
  return (
    account?.qualification === 'verified' && account.status === 'normal' && account.ownerId !== null
  );
}

function hashOf(secrets: InstallationSecret, typed: string): Buffer {
  return secrets.hash('confirmation-code', typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, ''));
}
