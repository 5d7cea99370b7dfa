import type { PackVersion } from '../policy/pack-versions.store.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** The versions that bindings go by, ended ones that are still shown among them; one look into the index for each, however many bindings there are. */
export async function findPinnedVersions(db: Db): Promise<PackVersion[]> {
  return await db.query<PackVersion>(sql`
    with recursive used as (
      (select pack, pack_version from bindings where state <> 'purged' order by pack, pack_version limit 1)
      union all
      select following.pack, following.pack_version
        from used cross join lateral (
             select pack, pack_version from bindings
              where state <> 'purged' and (pack, pack_version) > (used.pack, used.pack_version)
              order by pack, pack_version limit 1) following)
    select pack, pack_version as version from used`);
}
