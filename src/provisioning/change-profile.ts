import {
  type FieldRefusal,
  parseAvatarUrl,
  parseDisplayName,
  parseLogin,
} from '../accounts/account-fields.ts';
import { type AccountProfile, lockAccounts, saveProfile } from '../accounts/accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import { lockBindingsOf } from '../binding/bindings.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { Provisioner } from './create-account.ts';

export type ProfileRefusal = FieldRefusal | 'unknown_account' | 'login_taken' | 'kind_in_use';

/**
 * Changes login, display name, picture and kind of an account; what is left out stays. The kind of
 * an account with live bindings stays too: they and its evidence were decided for that kind.
 */
export async function changeProfile(
  tx: Tx,
  id: AccountId,
  changes: Partial<AccountProfile>,
  { actor, origin }: Provisioner,
): Promise<Result<{ readonly changed: boolean }, ProfileRefusal>> {
  const account = (await lockAccounts(tx, [id])).get(id);
  if (!account) return refuse('unknown_account', 'PRO-3P0');
  const login = changes.login === undefined ? ok(account.login) : parseLogin(changes.login);
  if (!login.ok) return login;
  const displayName =
    changes.displayName === undefined
      ? ok(account.displayName)
      : parseDisplayName(changes.displayName);
  if (!displayName.ok) return displayName;
  const avatarUrl =
    changes.avatarUrl === undefined ? ok(account.avatarUrl) : parseAvatarUrl(changes.avatarUrl);
  if (!avatarUrl.ok) return avatarUrl;

  const next: AccountProfile = {
    login: login.value,
    displayName: displayName.value,
    avatarUrl: avatarUrl.value,
    kind: changes.kind ?? account.kind,
  };
  const fields = (Object.keys(next) as (keyof AccountProfile)[]).filter(
    (field) => next[field] !== account[field],
  );
  if (fields.length === 0) return ok({ changed: false });
  if (fields.includes('kind')) {
    if (account.qualification !== 'none' || (await lockBindingsOf(tx, [id])).length > 0)
      return refuse('kind_in_use', 'PRO-3P1');
  }
  if (!(await saveProfile(tx, account, next))) return refuse('login_taken', 'PRO-3P2');
  const detail = { origin, fields };
  await appendAudit(tx, { action: 'account.changed', subject: id, actor, detail });
  return ok({ changed: true });
}
