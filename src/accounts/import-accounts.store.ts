import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Account, AccountStatus, Kind } from './account.ts';

/** An account of a platform as a file brings it. */
export interface BroughtAccount {
  readonly id: AccountId;
  readonly externalId: string;
  readonly login: string;
  readonly displayName: string;
  readonly avatarUrl: string | null;
  readonly kind: Kind;
  readonly status: AccountStatus;
  readonly passwordHash: string | null;
}

/**
 * Adds many accounts with one statement; returns the ids of those that are new. The others have an
 * external id or a login that is taken.
 */
export async function insertAccounts(
  tx: Tx,
  platform: string,
  brought: readonly BroughtAccount[],
): Promise<ReadonlySet<AccountId>> {
  const rows = await tx.query<{ id: AccountId }>(sql`
    insert into accounts (id, platform, external_id, login, display_name, avatar_url, kind, status, password_hash)
    select id, ${platform}, "externalId", login, "displayName", "avatarUrl", kind, status, "passwordHash"
      from json_to_recordset(${JSON.stringify(brought)}::json)
        as r (id text, "externalId" text, login text, "displayName" text, "avatarUrl" text, kind text, status text, "passwordHash" text)
    on conflict do nothing returning id`);
  return new Set(rows.map(({ id }) => id));
}

export interface PresentAccount
  extends Pick<
    Account,
    'id' | 'login' | 'displayName' | 'avatarUrl' | 'kind' | 'status' | 'ownerId'
  > {
  readonly externalId: string;
  readonly hasPassword: boolean;
}

/** The accounts of a platform that it calls so. */
export async function findByExternalIds(
  db: Db,
  platform: string,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, PresentAccount>> {
  const rows = await db.query<PresentAccount>(sql`
    select id, external_id as "externalId", login, display_name as "displayName", avatar_url as "avatarUrl", kind, status,
           owner_id as "ownerId", password_hash is not null as "hasPassword"
      from accounts where platform = ${platform} and external_id = any(${externalIds}::text[])`);
  return new Map(rows.map((row) => [row.externalId, row]));
}

/** Sets names and pictures of many accounts, under their locks. */
export async function saveDisplays(
  tx: Tx,
  displays: readonly Pick<Account, 'id' | 'displayName' | 'avatarUrl'>[],
): Promise<void> {
  await tx.query(sql`
    update accounts a
       set display_name = r."displayName", avatar_url = r."avatarUrl", version = version + 1, updated_at = bindery_now()
      from json_to_recordset(${JSON.stringify(displays)}::json) as r (id text, "displayName" text, "avatarUrl" text)
     where a.id = r.id`);
}

/** Sets password hashes where there is none, under the accounts' locks; returns whose. */
export async function saveFirstPasswords(
  tx: Tx,
  passwords: readonly { readonly id: AccountId; readonly passwordHash: string }[],
): Promise<AccountId[]> {
  const saved = await tx.query<{ id: AccountId }>(sql`
    update accounts a set password_hash = r."passwordHash"
      from json_to_recordset(${JSON.stringify(passwords)}::json) as r (id text, "passwordHash" text)
     where a.id = r.id and a.password_hash is null returning a.id`);
  return saved.map(({ id }) => id);
}

/**
 * A page of all accounts of a platform, in the order of their logins. Where Bindery is the platform,
 * an account's id is its name there.
 */
export async function findExported(
  db: Db,
  { platform, after, most }: { platform: string; after: string; most: number },
): Promise<(PresentAccount & { readonly passwordHash: string | null })[]> {
  return await db.query(sql`
    select id, coalesce(external_id, id) as "externalId", login, display_name as "displayName", avatar_url as "avatarUrl", kind, status,
           owner_id as "ownerId", password_hash is not null as "hasPassword", password_hash as "passwordHash"
      from accounts where platform = ${platform} and login > ${after} order by login limit ${most}`);
}
