import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Owner } from '../owners/owner.ts';
import { type OwnerRow, ownersById } from '../owners/owners.store.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Query, query, runQuery } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import { type Account, LOCAL_PLATFORM } from './account.ts';

interface AccountRow {
  readonly id: Account['id'];
  readonly platform: string;
  readonly external_id: string | null;
  readonly avatar_url: string | null;
  readonly login: string;
  readonly display_name: string;
  readonly kind: Account['kind'];
  readonly status: Account['status'];
  readonly owner_id: Account['ownerId'];
  readonly qualification: Account['qualification'];
  readonly administrator_id: Account['administratorId'];
  readonly roles: string[];
  readonly signed_out_at: number | null;
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    platform: row.platform,
    externalId: row.external_id,
    avatarUrl: row.avatar_url,
    login: row.login,
    displayName: row.display_name,
    kind: row.kind,
    status: row.status,
    ownerId: row.owner_id,
    qualification: row.qualification,
    administratorId: row.administrator_id,
    roles: row.roles,
    signedOutAt: row.signed_out_at,
  };
}

export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  const [row] = await db.query<AccountRow>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at
      from accounts where id = ${id}`);
  return row && toAccount(row);
}

/** Logins are unique in their platform; without one, it is Bindery's own. */
export async function findAccountByLogin(
  db: Db,
  login: string,
  platform = LOCAL_PLATFORM,
): Promise<Account | undefined> {
  const [row] = await db.query<AccountRow>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at
      from accounts where platform = ${platform} and login = ${login}`);
  return row && toAccount(row);
}

/** The logins of an owner's accounts. */
export async function findLoginsOf(db: Db, owner: OwnerId): Promise<string[]> {
  const rows = await db.query<{ login: string }>(
    sql`select login from accounts where owner_id = ${owner} order by login`,
  );
  return rows.map(({ login }) => login);
}

/** The account that its platform calls so (R45). */
export async function findAccountByExternalId(
  db: Db,
  platform: string,
  externalId: string,
): Promise<Account | undefined> {
  const [row] = await db.query<AccountRow>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at
      from accounts where platform = ${platform} and external_id = ${externalId}`);
  return row && toAccount(row);
}

/**
 * The account and its password hash, if it has one. Only for sign-in. Of several platforms that have
 * the login, the first counts.
 */
export async function findCredentials(
  db: Db,
  login: string,
  platforms: readonly string[] = [LOCAL_PLATFORM],
): Promise<{ account: Account; passwordHash: string | undefined } | undefined> {
  const [row] = await db.query<AccountRow & { password_hash: string | null }>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at, password_hash
      from accounts where platform = any(${platforms}::text[]) and login = ${login}
     order by array_position(${platforms}::text[], platform) limit 1`);
  return row && { account: toAccount(row), passwordHash: row.password_hash ?? undefined };
}

/** Sets a password hash, unless it is another one by now. */
export async function replacePasswordHash(
  tx: Tx,
  id: AccountId,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const replaced = await tx.query(sql`
    update accounts set password_hash = ${to} where id = ${id} and password_hash = ${from} returning id`);
  return replaced.length > 0;
}

/**
 * Whether any account still has a hash that another system made, or that costs something else. The
 * pattern is that of our own (`OUR_COST`).
 */
export async function hasForeignHashes(db: Db): Promise<boolean> {
  const [row] = await db.query<{ any: boolean }>(sql`
    select exists (select from accounts
                    where password_hash like '$%' and password_hash not like '$argon2id$v=19$m=19456,t=2,p=1$%') as any`);
  return row?.any ?? false;
}

/** The hash of an account that may sign in; undefined where it has no password, or may not. */
export async function findPasswordHash(db: Db, id: AccountId): Promise<string | undefined> {
  const [row] = await db.query<{ password_hash: string | null }>(
    sql`select password_hash from accounts where id = ${id} and status not in ('closed', 'frozen')`,
  );
  return row?.password_hash ?? undefined;
}

export async function findAccounts(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<AccountId, Account>> {
  const rows = await db.query<AccountRow>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at
      from accounts where id = any(${ids}::text[])`);
  return byId(rows);
}

/** Locks the accounts by id. Everywhere the order is: requests, owners, accounts. */
export function lockingAccounts(ids: readonly AccountId[]): Query<ReadonlyMap<AccountId, Account>> {
  return query(
    sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, owner_id,
           qualification_now(qualification, qualified_until) as qualification, administrator_id, roles,
           floor(extract(epoch from signed_out_at))::float8 as signed_out_at
      from accounts where id = any(${ids}::text[]) order by id for update`,
    byId,
  );
}

/**
 * Locks the owners of the accounts, like `lockOwners` of the owners room. The accounts must be
 * locked after.
 */
export function lockingOwnersOf(
  accounts: readonly AccountId[],
): Query<ReadonlyMap<OwnerId, Owner>> {
  return query(
    sql`
    select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
      from present_owners where id = any(array(select owner_id from accounts where id = any(${accounts}::text[])))
     order by id for update`,
    (rows: readonly OwnerRow[]) => ownersById(rows),
  );
}

/**
 * Locks the owners of the accounts with their whole company groups, whose slots count together
 * (R2). A group may have grown meanwhile, so who counts checks it again.
 */
export function lockingGroupsOf(
  accounts: readonly AccountId[],
): Query<ReadonlyMap<OwnerId, Owner>> {
  return query(
    sql`
    select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
      from present_owners
     where id = any(array(select owner_group(array(select owner_id from accounts where id = any(${accounts}::text[])))))
     order by id for update`,
    (rows: readonly OwnerRow[]) => ownersById(rows),
  );
}

/** Runs {@link lockingAccounts} by itself. */
export async function lockAccounts(
  tx: Tx,
  ids: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, Account>> {
  return await runQuery(tx, lockingAccounts(ids));
}

function byId(rows: readonly AccountRow[]): ReadonlyMap<AccountId, Account> {
  return new Map(rows.map((row) => [row.id, toAccount(row)]));
}

/** An account as it is opened. */
export interface NewAccount
  extends Pick<
    Account,
    'id' | 'login' | 'displayName' | 'kind' | 'ownerId' | 'qualification' | 'roles'
  > {
  /** Null: nobody signs in by password. */
  readonly passwordHash: string | null;
  /** Without one, Bindery is the platform. */
  readonly at?: { readonly platform: string; readonly externalId: string };
  readonly avatarUrl?: string | null;
}

/** Adds the account, or says which of its names another one has. */
export async function insertAccount(
  tx: Tx,
  added: NewAccount,
): Promise<'added' | 'login_taken' | 'external_id_taken'> {
  const { platform, externalId } = added.at ?? { platform: LOCAL_PLATFORM, externalId: null };
  const inserted = await tx.query(sql`
    insert into accounts (id, platform, external_id, login, password_hash, display_name, avatar_url,
                          kind, owner_id, qualification, roles)
    values (${added.id}, ${platform}, ${externalId},
            ${added.login}, ${added.passwordHash}, ${added.displayName}, ${added.avatarUrl ?? null},
            ${added.kind}, ${added.ownerId}, ${added.qualification}, ${added.roles})
    on conflict do nothing returning id`);
  if (inserted.length > 0) return 'added';
  const same =
    externalId !== null && (await findAccountByExternalId(tx, platform, externalId)) !== undefined;
  return same ? 'external_id_taken' : 'login_taken';
}

/** What may change of an account, beside its status. */
export type AccountProfile = Pick<Account, 'login' | 'displayName' | 'avatarUrl' | 'kind'>;

/** Under the account's lock. False: another account of the platform has this login. */
export async function saveProfile(
  tx: Tx,
  { id, platform }: Pick<Account, 'id' | 'platform'>,
  { login, displayName, avatarUrl, kind }: AccountProfile,
): Promise<boolean> {
  const saved = await tx.query(sql`
    update accounts set login = ${login}, display_name = ${displayName}, avatar_url = ${avatarUrl}, kind = ${kind},
           version = version + 1, updated_at = bindery_now()
     where id = ${id}
       and not exists (select from accounts other where other.platform = ${platform} and other.login = ${login} and other.id <> ${id})
    returning id`);
  return saved.length > 0;
}

/** Under the account's lock. `signOut`: its sessions and tokens are over. */
export async function saveStatus(
  tx: Tx,
  id: AccountId,
  { status, signOut }: { readonly status: Account['status']; readonly signOut: boolean },
): Promise<void> {
  await tx.query(sql`
    update accounts set status = ${status}, version = version + 1, updated_at = bindery_now(),
           signed_out_at = case when ${signOut} then clock_timestamp() else signed_out_at end
     where id = ${id}`);
}

/** The dedicated administrator of an enterprise primary (R32). */
export async function saveAdministrator(
  tx: Tx,
  account: AccountId,
  administrator: AccountId,
): Promise<void> {
  await tx.query(
    sql`update accounts set administrator_id = ${administrator} where id = ${account}`,
  );
}

/** Under the account's lock, once: until then its own id stands there. */
export async function saveExternalId(
  tx: Tx,
  id: AccountId,
  externalId: string,
): Promise<'saved' | 'set' | 'taken'> {
  const [before] = await tx.query<{ unset: boolean; taken: boolean }>(sql`
    select account.external_id = account.id as unset,
           exists (select from accounts other
                    where other.platform = account.platform and other.external_id = ${externalId}) as taken
      from accounts account where account.id = ${id}`);
  if (before?.unset !== true) return 'set';
  if (before.taken) return 'taken';
  await tx.query(sql`
    update accounts set external_id = ${externalId}, version = version + 1, updated_at = bindery_now()
     where id = ${id}`);
  return 'saved';
}
