import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** A file, and to which platform it goes. */
export interface ImportKey {
  readonly platform: string;
  /** SHA-256 of the file and of what was asked for. */
  readonly fingerprint: Buffer;
}

/** How far an import came, and what became of its rows. */
export interface ImportProgress {
  /** The line of the file up to which everything is done. */
  readonly line: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Length of the file of rejects that is committed. */
  readonly rejectBytes: number;
  readonly finishedAt: Date | null;
}

/** The import of this file; makes it if it is new. */
export async function openImport(db: Db, { platform, fingerprint }: ImportKey): Promise<void> {
  await db.query(sql`
    insert into account_imports (platform, fingerprint) values (${platform}, ${fingerprint})
    on conflict do nothing`);
}

/** Starts the import of a file anew. */
export async function forgetImport(db: Db, { platform, fingerprint }: ImportKey): Promise<void> {
  await db.query(
    sql`delete from account_imports where platform = ${platform} and fingerprint = ${fingerprint}`,
  );
}

/** Locks it, so that two runs over one file do not both take its next rows. */
export async function lockImport(
  tx: Tx,
  { platform, fingerprint }: ImportKey,
): Promise<ImportProgress | undefined> {
  const [row] = await tx.query<ImportProgress>(sql`
    select line, created, changed, unchanged, rejected, reject_bytes as "rejectBytes", finished_at as "finishedAt"
      from account_imports where platform = ${platform} and fingerprint = ${fingerprint} for update`);
  return row;
}

export async function findImport(
  db: Db,
  { platform, fingerprint }: ImportKey,
): Promise<ImportProgress | undefined> {
  const [row] = await db.query<ImportProgress>(sql`
    select line, created, changed, unchanged, rejected, reject_bytes as "rejectBytes", finished_at as "finishedAt"
      from account_imports where platform = ${platform} and fingerprint = ${fingerprint}`);
  return row;
}

/** Under its lock. */
export async function saveImport(
  tx: Tx,
  { platform, fingerprint }: ImportKey,
  next: Omit<ImportProgress, 'finishedAt'> & { readonly finished: boolean },
): Promise<void> {
  await tx.query(sql`
    update account_imports
       set line = ${next.line}, created = ${next.created}, changed = ${next.changed}, unchanged = ${next.unchanged},
           rejected = ${next.rejected}, reject_bytes = ${next.rejectBytes},
           finished_at = case when ${next.finished} then bindery_now() end
     where platform = ${platform} and fingerprint = ${fingerprint}`);
}
