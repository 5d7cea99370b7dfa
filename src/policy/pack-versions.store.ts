import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Pack } from './pack.ts';

export interface PackVersion {
  readonly pack: string;
  readonly version: number;
}

/** A recorded version; `content` is the pack as it was parsed then. */
export interface StoredVersion extends PackVersion {
  readonly content: unknown;
  readonly fingerprint: Buffer;
  readonly recorded_at: Date;
}

/** Records a version if it is new. A known version is not changed. */
export async function insertVersion(db: Db, pack: Pack, fingerprint: Buffer): Promise<void> {
  await db.query(sql`
    insert into pack_versions (pack, version, content, fingerprint)
    values (${pack.id}, ${pack.version}, ${JSON.stringify(pack)}, ${fingerprint}) on conflict do nothing`);
}

export async function findVersion(
  db: Db,
  { pack, version }: PackVersion,
): Promise<StoredVersion | undefined> {
  const [row] = await db.query<StoredVersion>(
    sql`select * from pack_versions where pack = ${pack} and version = ${version}`,
  );
  return row;
}

/** All versions that were ever in force here, oldest first. */
export async function findVersions(db: Db): Promise<StoredVersion[]> {
  return await db.query<StoredVersion>(sql`select * from pack_versions order by pack, version`);
}
