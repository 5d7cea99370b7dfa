import { randomBytes } from 'node:crypto';
import { type Account, maySignIn } from '../accounts/account.ts';
import {
  parseAvatarUrl,
  parseDisplayName,
  parseExternalId,
  parseLogin,
} from '../accounts/account-fields.ts';
import {
  type AccountProfile,
  findAccount,
  findAccountByExternalId,
} from '../accounts/accounts.store.ts';
import { signInRefused } from '../accounts/sign-in-refused.ts';
import { recordRefusal } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import { externalIdOf, type Platform } from '../platforms/platform.ts';
import type { UpstreamProvider } from '../platforms/provider.ts';
import { changeProfile } from '../provisioning/change-profile.ts';
import { createAccount, type Provisioner } from '../provisioning/create-account.ts';
import { tieOwnerByReference } from '../provisioning/tie-owner.ts';
import type { Tx } from '../store/database.ts';
import type { UpstreamDeps } from './deps.ts';
import type { Identity } from './identity.ts';

export type EntryRefusal = 'upstream_identity' | 'upstream_account';

export interface Entered {
  readonly account: Account;
  /** Why the platform's word about the owner was not followed. The sign-in counts all the same. */
  readonly notTied: Refusal | undefined;
}

const SYSTEM: Provisioner = { actor: 'system', origin: 'upstream' };
/** Logins that are tried for a new account. */
const TRIES = 5;

/**
 * The account of a person who signed in at the platform: found by its external id alone, or made
 * (R45, R47). What the platform says of it is brought up to date. A frozen or closed account is
 * refused.
 */
export async function enterAccount(
  { db, secrets, custody }: Pick<UpstreamDeps, 'db' | 'secrets' | 'custody'>,
  { platform, provider }: { readonly platform: Platform; readonly provider: UpstreamProvider },
  identity: Identity,
): Promise<Result<Entered, EntryRefusal>> {
  const named = externalIdOf(platform, provider, identity.externalId);
  const externalId = parseExternalId(named);
  if (!externalId.ok) return refuse('upstream_identity', 'UPS-1E0');
  const at = { platform: platform.id, externalId: externalId.value };
  return await db.transaction(async (tx) => {
    const known = await findAccountByExternalId(tx, at.platform, at.externalId);
    if (!known && !platform.justInTime) return refuse('upstream_account', 'UPS-1E1');
    const id = known ? known.id : await create(tx, at, identity);
    if (id === undefined) return refuse('upstream_identity', 'UPS-1E2');
    if (known) await refresh(tx, known, identity);
    const before = await findAccount(tx, id);
    if (!before || !maySignIn(before)) {
      const refused = refuse('upstream_account', 'UPS-1E3', { account: id });
      const { site } = refused.refusal;
      await recordRefusal(tx, signInRefused(id, { by: 'upstream', site }));
      return refused;
    }
    if (identity.ownerReference === undefined) return ok({ account: before, notTied: undefined });
    const word = { accountId: id, platform: platform.id, reference: identity.ownerReference };
    const tied = await tieOwnerByReference(tx, { secrets, custody }, word, SYSTEM);
    const account = (await findAccount(tx, id)) ?? before;
    return ok({ account, notTied: tied.ok ? undefined : tied.refusal });
  });
}

/**
 * Makes the account. Of two at once the second finds the first's. A login that another account has
 * gets a suffix: it never means that the two are one.
 */
async function create(
  tx: Tx,
  at: { readonly platform: string; readonly externalId: string },
  identity: Identity,
): Promise<AccountId | undefined> {
  const { login, displayName, avatarUrl } = usable(identity);
  const base = login ?? `u-${randomBytes(6).toString('hex')}`;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const free =
      attempt === 0 ? base : `${[...base].slice(0, 48).join('')}-${randomBytes(3).toString('hex')}`;
    const asked = {
      at,
      login: free,
      displayName: displayName ?? free,
      avatarUrl: avatarUrl ?? null,
      kind: identity.kind ?? 'personal',
      passwordHash: null,
    } as const;
    const created = await createAccount(tx, asked, SYSTEM);
    if (created.ok) return created.value;
    if (created.refusal.code === 'external_id_taken')
      return (await findAccountByExternalId(tx, at.platform, at.externalId))?.id;
    if (created.refusal.code !== 'login_taken') return undefined;
  }
  return undefined;
}

/** What cannot be changed stays: a login that is taken, a kind that bindings rest on. */
async function refresh(tx: Tx, { id }: Account, identity: Identity): Promise<void> {
  const { kind } = identity;
  let changes: Partial<AccountProfile> = { ...usable(identity), ...(kind ? { kind } : {}) };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const changed = await changeProfile(tx, id, changes, SYSTEM);
    if (changed.ok) return;
    const { login, kind: wanted, ...others } = changes;
    if (changed.refusal.code === 'login_taken')
      changes = { ...others, ...(wanted ? { kind: wanted } : {}) };
    else if (changed.refusal.code === 'kind_in_use')
      changes = { ...others, ...(login === undefined ? {} : { login }) };
    else return;
  }
}

/** The claims that pages can show; the others are left out, so that nobody is locked out by them. */
function usable({ login, displayName, avatarUrl }: Identity): Partial<AccountProfile> {
  const said = {
    login: login === undefined ? undefined : parseLogin(login),
    displayName: displayName === undefined ? undefined : parseDisplayName(displayName),
    avatarUrl: avatarUrl === undefined ? undefined : parseAvatarUrl(avatarUrl),
  };
  return {
    ...(said.login?.ok ? { login: said.login.value } : {}),
    ...(said.displayName?.ok ? { displayName: said.displayName.value } : {}),
    ...(said.avatarUrl?.ok ? { avatarUrl: said.avatarUrl.value } : {}),
  };
}
