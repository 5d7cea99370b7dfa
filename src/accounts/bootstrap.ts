import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { appendAudit } from '../audit/audit-log.store.ts';
import { type AccountId, newSecret } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Tx } from '../store/database.ts';
import { type Account, type AccountSummary, LOCAL_PLATFORM, summaryOf } from './account.ts';
import { findAccount, lockAccounts } from './accounts.store.ts';
import {
  deleteBootstrapLinks,
  findBootstrapAccount,
  lockBootstrapAccount,
  putBootstrapLink,
  saveFirstPassword,
} from './bootstrap.store.ts';
import { deleteContacts } from './contacts.store.ts';
import type { FactorDeps } from './deps.ts';
import { type EnrolRefusal, enrolPasskeyIn, offerPasskey } from './enrol-passkey.ts';
import { deleteFactors } from './factors.store.ts';
import { parseNewPassword } from './new-password.ts';
import { hashPassword } from './passwords.ts';
import { dropAsked, findAbleToSignIn, findOperatorIds, saveRoles } from './roles.store.ts';

/** `operator_exists`: one can sign in. `operator_stuck`: there are some, and none can sign in. */
export type BootstrapLinkRefusal =
  | 'operator_exists'
  | 'operator_stuck'
  | 'unknown_account'
  | 'account_not_normal'
  | 'not_local';

export interface AskedBootstrap {
  readonly account: AccountId;
  /** Also where there are operators, none of whom can sign in. */
  readonly again: boolean;
}

/**
 * Makes the link by which the account becomes the first operator, and gives what stands in it. Its
 * keyed hash is all that is stored. A link made before stops working.
 */
export async function makeBootstrapLink(
  tx: Tx,
  { secrets, lifetimes }: Pick<FactorDeps, 'secrets' | 'lifetimes'>,
  { account: id, again }: AskedBootstrap,
): Promise<Result<string, BootstrapLinkRefusal>> {
  const { account, others, able } = await lockEverybody(tx, id);
  if (able) return refuse('operator_exists', 'ACC-7B0');
  if (others && !again) return refuse('operator_stuck', 'ACC-7B1');
  if (!account) return refuse('unknown_account', 'ACC-7B2');
  if (account.platform !== LOCAL_PLATFORM) return refuse('not_local', 'ACC-7B3');
  if (account.status !== 'normal') return refuse('account_not_normal', 'ACC-7B4');
  const secret = newSecret();
  const reference = referenceHash(secrets, secret);
  const lifetimeSeconds = lifetimes.accounts.bootstrapLink;
  await putBootstrapLink(tx, { account: id, reference, lifetimeSeconds });
  await appendAudit(tx, { action: 'bootstrap.link_made', subject: id, actor: 'system' });
  return ok(secret);
}

/** Whom a link is for; it stays good. */
export async function viewBootstrap(
  { db, secrets }: Pick<FactorDeps, 'db' | 'secrets'>,
  secret: string,
): Promise<Result<AccountSummary, 'bootstrap_over'>> {
  const id = await findBootstrapAccount(db, referenceHash(secrets, secret));
  const account = id && (await findAccount(db, id));
  return account ? ok(summaryOf(account)) : refuse('bootstrap_over', 'ACC-7B5');
}

/** Options for a passkey, for whoever has the link. */
export async function offerBootstrapPasskey(
  deps: FactorDeps,
  secret: string,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, 'bootstrap_over' | 'too_many_factors'>> {
  const viewed = await viewBootstrap(deps, secret);
  return viewed.ok ? await offerPasskey(deps, viewed.value) : viewed;
}

/** What the first operator signs in with from now on. */
export type FirstWayIn =
  | { readonly kind: 'password'; readonly password: string }
  | {
      readonly kind: 'passkey';
      readonly response: string;
      readonly name: string;
      readonly otherwise: string;
    };

export type BootstrapRefusal = 'bootstrap_over' | 'weak_password' | EnrolRefusal;

export interface FirstOperator {
  readonly account: AccountSummary;
  /** Sessions that began up to this second (Unix) are over. */
  readonly signedOutAt: number;
}

/**
 * Uses the link: sets up the way in and makes the account operator, in one transaction. Of two
 * browsers with the link, one succeeds. Every other way in ends: somebody else may have signed up
 * with this login.
 */
export async function useBootstrapLink(
  deps: FactorDeps,
  { secret, way }: { readonly secret: string; readonly way: FirstWayIn },
): Promise<Result<FirstOperator, BootstrapRefusal>> {
  // Before the password is hashed, which takes time.
  const viewed = await viewBootstrap(deps, secret);
  if (!viewed.ok) return viewed;
  const prepared = await prepare(way, viewed.value);
  if (!prepared.ok) return prepared;
  return await deps.db.transaction(async (tx) => {
    const id = await lockBootstrapAccount(tx, referenceHash(deps.secrets, secret));
    if (!id) return refuse('bootstrap_over', 'ACC-7B6');
    const { account, able } = await lockEverybody(tx, id);
    // Somebody may have been made operator otherwise since.
    if (account?.status !== 'normal' || able) return refuse('bootstrap_over', 'ACC-7B7');
    const enrolled =
      way.kind === 'passkey' ? await enrolPasskeyIn(tx, deps, { account: id, ...way }) : ok(null);
    if (!enrolled.ok) return enrolled;
    const removed = await deleteFactors(tx, id, enrolled.value);
    await deleteContacts(tx, id);
    const signedOutAt = await saveFirstPassword(tx, id, prepared.value);
    const roles = [...new Set([...account.roles, 'operator'])].sort();
    await saveRoles(tx, id, roles);
    await dropAsked(tx, id);
    await deleteBootstrapLinks(tx);
    const detail = { role: 'operator', by: 'bootstrap', way: way.kind, removed };
    await appendAudit(tx, { action: 'role.granted', subject: id, actor: id, detail });
    return ok({ account: summaryOf({ ...account, roles }), signedOutAt });
  });
}

/** The hash of a password; null for a passkey. */
async function prepare(
  way: FirstWayIn,
  account: AccountSummary,
): Promise<Result<string | null, 'weak_password'>> {
  if (way.kind === 'passkey') return ok(null);
  const password = parseNewPassword(way.password, account);
  return password.ok ? ok(await hashPassword(password.value)) : password;
}

function referenceHash(secrets: InstallationSecret, secret: string): Buffer {
  return secrets.hash('bootstrap', secret);
}

/** Locks the account and all operators; whether there are operators, and one who can sign in. */
async function lockEverybody(tx: Tx, id: AccountId) {
  const locked = await lockAccounts(tx, [...(await findOperatorIds(tx)), id]);
  const operators = [...locked.values()].filter(({ roles }) => roles.includes('operator'));
  const acting = operators.filter(({ status }) => status === 'normal').map((one) => one.id);
  const account: Account | undefined = locked.get(id);
  const able = (await findAbleToSignIn(tx, acting)).size > 0;
  return { account, others: operators.length > 0, able };
}
