import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Account } from './account.ts';

/** Somebody with a role, or somebody who may become operator. */
export interface RoleHolder
  extends Pick<Account, 'id' | 'platform' | 'login' | 'displayName' | 'status' | 'roles'> {}

/** Everybody with a role, by login. */
export async function findRoleHolders(db: Db, most: number): Promise<RoleHolder[]> {
  return await db.query<RoleHolder>(sql`
    select id, platform, login, display_name as "displayName", status, roles
      from accounts where roles <> '{}' order by login limit ${most}`);
}

export async function findOperatorIds(db: Db): Promise<AccountId[]> {
  const rows = await db.query<{ id: AccountId }>(
    sql`select id from accounts where 'operator' = any (roles) order by id`,
  );
  return rows.map(({ id }) => id);
}

/** Those of the accounts that have a way in: a password, a passkey, or their platform. */
export async function findAbleToSignIn(
  db: Db,
  ids: readonly AccountId[],
): Promise<ReadonlySet<AccountId>> {
  const rows = await db.query<{ id: AccountId }>(sql`
    select id from accounts a
     where id = any(${ids}::text[]) and status not in ('frozen', 'closed')
       and (password_hash is not null or external_id is not null
            or (select count(*) from second_factors where account_id = a.id and kind = 'passkey') > 0)`);
  return new Set(rows.map(({ id }) => id));
}

/** Under the account's lock. */
export async function saveRoles(tx: Tx, id: AccountId, roles: readonly string[]): Promise<void> {
  await tx.query(sql`update accounts set roles = ${roles} where id = ${id}`);
}

/** An account that shall become operator. */
export interface AskedOperator extends RoleHolder {
  readonly askedBy: string;
  /** The name of who asked; null for a command. */
  readonly askedByName: string | null;
  readonly expiresAt: Date;
}

/** Who asked that the account becomes operator, where it can still be confirmed. */
export async function findAskedBy(db: Db, account: AccountId): Promise<string | undefined> {
  const [row] = await db.query<{ asked_by: string }>(sql`
    select asked_by from role_grants where account_id = ${account} and expires_at > bindery_clock()`);
  return row?.asked_by;
}

export async function findAskedOperators(db: Db): Promise<AskedOperator[]> {
  return await db.query<AskedOperator>(sql`
    select a.id, a.platform, a.login, a.display_name as "displayName", a.status, a.roles,
           g.asked_by as "askedBy", b.display_name as "askedByName", g.expires_at as "expiresAt"
      from role_grants g join accounts a on a.id = g.account_id
      left join accounts b on b.id = g.asked_by
     where g.expires_at > bindery_now() order by g.asked_at`);
}

/** One that is too old is replaced. */
export async function putAsked(
  tx: Tx,
  account: AccountId,
  { by, seconds }: { readonly by: string; readonly seconds: number },
): Promise<void> {
  await tx.query(sql`
    insert into role_grants (account_id, asked_by, expires_at)
    values (${account}, ${by}, bindery_now() + make_interval(secs => ${seconds}))
    on conflict (account_id) do update
       set asked_by = excluded.asked_by, asked_at = excluded.asked_at, expires_at = excluded.expires_at`);
}

export async function dropAsked(tx: Tx, account: AccountId): Promise<void> {
  await tx.query(sql`delete from role_grants where account_id = ${account}`);
}

/** What somebody asked for counts no longer, once they are no operator. */
export async function dropAskedBy(tx: Tx, operator: AccountId): Promise<void> {
  await tx.query(sql`delete from role_grants where asked_by = ${operator}`);
}
