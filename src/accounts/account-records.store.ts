import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Account, AccountStatus, Kind } from './account.ts';

/** An account as operators see it: no hash, no owner. */
export interface AccountRecord {
  readonly id: AccountId;
  readonly platform: string;
  readonly externalId: string | null;
  readonly login: string;
  readonly displayName: string;
  readonly avatarUrl: string | null;
  readonly kind: Kind;
  readonly status: AccountStatus;
  readonly qualification: Account['qualification'];
  readonly roles: readonly string[];
  readonly hasPassword: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Which accounts of a platform, in the order of their logins, after one of them. */
export interface AccountPage {
  readonly platform: string;
  /** Null: of any status. */
  readonly status: AccountStatus | null;
  /** A login; empty: from the first. */
  readonly after: string;
  readonly most: number;
}

export async function findRecord(db: Db, id: AccountId): Promise<AccountRecord | undefined> {
  const [row] = await db.query<AccountRecord>(sql`
    select id, platform, external_id as "externalId", login, display_name as "displayName", avatar_url as "avatarUrl", kind, status,
           qualification_now(qualification, qualified_until) as qualification, roles, password_hash is not null as "hasPassword",
           created_at as "createdAt", updated_at as "updatedAt"
      from accounts where id = ${id}`);
  return row;
}

export async function findRecords(db: Db, page: AccountPage): Promise<AccountRecord[]> {
  return await db.query<AccountRecord>(sql`
    select id, platform, external_id as "externalId", login, display_name as "displayName", avatar_url as "avatarUrl", kind, status,
           qualification_now(qualification, qualified_until) as qualification, roles, password_hash is not null as "hasPassword",
           created_at as "createdAt", updated_at as "updatedAt"
      from accounts
     where platform = ${page.platform} and login > ${page.after} and (${page.status}::text is null or status = ${page.status})
     order by login limit ${page.most}`);
}

/** Under the account's lock. Its sessions and tokens are over. */
export async function savePassword(tx: Tx, id: AccountId, passwordHash: string): Promise<void> {
  await tx.query(
    sql`update accounts set password_hash = ${passwordHash}, signed_out_at = clock_timestamp() where id = ${id}`,
  );
}
