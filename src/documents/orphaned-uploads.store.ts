import type { DocumentId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Before it is put into the storage: whatever happens then, it is known that it may be there. */
export async function insertOrphanedUpload(db: Db, id: DocumentId): Promise<void> {
  await db.query(sql`insert into orphaned_uploads (id) values (${id})`);
}

/** How many were still there to be referred to. */
export async function deleteOrphanedUploads(
  db: Db | Tx,
  ids: readonly DocumentId[],
): Promise<number> {
  const rows = await db.query(
    sql`delete from orphaned_uploads where id = any(${ids}::text[]) returning 1`,
  );
  return rows.length;
}

/** Those that nobody referred to in an hour, by the clock on the wall. */
export async function findOldOrphanedUploads(db: Db, batch: number): Promise<DocumentId[]> {
  const rows = await db.query<{ id: DocumentId }>(sql`
    select id from orphaned_uploads where put_at < now() - interval '1 hour' order by put_at limit ${batch}`);
  return rows.map(({ id }) => id);
}
