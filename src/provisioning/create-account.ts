import type { Kind } from '../accounts/account.ts';
import {
  type FieldRefusal,
  parseAvatarUrl,
  parseDisplayName,
  parseExternalId,
  parseLogin,
} from '../accounts/account-fields.ts';
import { insertAccount } from '../accounts/accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import { type AccountId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';

/** An account as somebody asks for it; its fields are not checked yet. */
export interface AskedAccount {
  /** Where something names the account before there is one; otherwise a new one. */
  readonly id?: AccountId;
  /** Null: it is Bindery's own. A platform that gives no external id has the account's own id. */
  readonly at: { readonly platform: string; readonly externalId: string | null } | null;
  readonly login: string;
  readonly displayName: string;
  readonly avatarUrl: string | null;
  readonly kind: Kind;
  readonly passwordHash: string | null;
}

/** What made it: for the audit log. */
export type Origin =
  | 'upstream'
  | 'scim'
  | 'import'
  | 'command'
  | 'admin_api'
  | 'sign_up'
  | 'own_page';

export interface Provisioner {
  /** Account id, client id, or 'system'. */
  readonly actor: string;
  readonly origin: Origin;
}

export type CreateRefusal = FieldRefusal | 'login_taken' | 'external_id_taken';

/** Creates an account without owner, qualification and roles (R45, R47). */
export async function createAccount(
  tx: Tx,
  asked: AskedAccount,
  { actor, origin }: Provisioner,
): Promise<Result<AccountId, CreateRefusal>> {
  const login = parseLogin(asked.login);
  if (!login.ok) return login;
  const displayName = parseDisplayName(asked.displayName);
  if (!displayName.ok) return displayName;
  const avatarUrl = parseAvatarUrl(asked.avatarUrl);
  if (!avatarUrl.ok) return avatarUrl;
  const id = asked.id ?? newId('acc');
  const externalId = parseExternalId(asked.at?.externalId ?? id);
  if (!externalId.ok) return externalId;

  const inserted = await insertAccount(tx, {
    id,
    ...(asked.at ? { at: { platform: asked.at.platform, externalId: externalId.value } } : {}),
    login: login.value,
    displayName: displayName.value,
    avatarUrl: avatarUrl.value,
    kind: asked.kind,
    passwordHash: asked.passwordHash,
    ownerId: null,
    qualification: 'none',
    roles: [],
  });
  if (inserted === 'login_taken') return refuse(inserted, 'PRO-1C0');
  if (inserted === 'external_id_taken') return refuse(inserted, 'PRO-1C1');
  const detail = { origin, platform: asked.at?.platform ?? null, kind: asked.kind };
  await appendAudit(tx, { action: 'account.created', subject: id, actor, detail });
  return ok(id);
}
