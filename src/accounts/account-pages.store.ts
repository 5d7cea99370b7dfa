import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Account } from './account.ts';

/** An account as operators list it. */
export interface ListedAccount
  extends Pick<
    Account,
    | 'id'
    | 'platform'
    | 'externalId'
    | 'login'
    | 'displayName'
    | 'kind'
    | 'status'
    | 'qualification'
    | 'roles'
  > {}

/** By id, those after `after`; of all platforms, or of one. */
export async function listAccounts(
  db: Db,
  {
    after,
    most,
    platform,
  }: { readonly after: string; readonly most: number; readonly platform: string | null },
): Promise<ListedAccount[]> {
  return await db.query<ListedAccount>(sql`
    select id, platform, external_id as "externalId", login, display_name as "displayName", kind, status,
           qualification_now(qualification, qualified_until) as qualification, roles
      from accounts
     where id > ${after} and platform = coalesce(${platform}, platform) order by id limit ${most}`);
}
