import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { BindingRow } from './bindings.store.ts';

export interface AskedBindings {
  readonly after: string;
  readonly most: number;
  readonly pack: string | null;
  readonly state: BindingRow['state'] | null;
}

/** By id, those after `after`. */
export async function listBindings(
  db: Db,
  { after, most, pack, state }: AskedBindings,
): Promise<BindingRow[]> {
  return await db.query<BindingRow>(sql`
    select *, bindery_now() as now from bindings
     where id > ${after} and pack = coalesce(${pack}, pack) and state = coalesce(${state}, state)
     order by id limit ${most}`);
}
