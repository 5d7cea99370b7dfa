import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export interface ServerFacts {
  readonly version: string;
  readonly major: number;
  readonly now: Date;
  readonly migrated: boolean;
}

export async function findServerFacts(db: Db): Promise<ServerFacts> {
  const [row] = await db.query<ServerFacts>(sql`
    select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
           clock_timestamp() as now, to_regclass('clock_offset') is not null as migrated`);
  if (!row) throw new Error('the query about the database returned no row');
  return row;
}
