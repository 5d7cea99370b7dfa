import type { DocumentId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Called before the file is stored, so that a file left by a crash is known. */
export async function insertOrphanedUpload(db: Db, id: DocumentId): Promise<void> {
  await db.query(sql`insert into orphaned_uploads (id) values (${id})`);
}

/** Returns how many of them were still orphans. */
export async function deleteOrphanedUploads(
  db: Db | Tx,
  ids: readonly DocumentId[],
): Promise<number> {
  const rows = await db.query(
    sql`delete from orphaned_uploads where id = any(${ids}::text[]) returning 1`,
  );
  return rows.length;
}

/** Those that no row referred to in `seconds` of real time. */
export async function findOldOrphanedUploads(
  db: Db,
  { seconds, batch }: { readonly seconds: number; readonly batch: number },
): Promise<DocumentId[]> {
  const rows = await db.query<{ id: DocumentId }>(sql`
    select id from orphaned_uploads where put_at < now() - make_interval(secs => ${seconds}) order by put_at limit ${batch}`);
  return rows.map(({ id }) => id);
}
