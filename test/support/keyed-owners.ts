import { randomBytes } from 'node:crypto';
import { newId } from '../../src/kernel/ids.ts';
import type { OwnerDeps } from '../../src/owners/deps.ts';
import { sql } from '../../src/store/sql.ts';

/** Many owners at once, each with a wrapped data key and no other data. */
export async function addKeyedOwners(
  { db, custody }: Pick<OwnerDeps, 'db' | 'custody'>,
  count: number,
): Promise<void> {
  const made = await Promise.all(
    Array.from({ length: count }, async () => {
      const id = newId('own');
      return { id, index: randomBytes(32), ...(await custody.wrap(randomBytes(32), id)) };
    }),
  );
  await db.query(sql`
    with made as (
      select * from unnest(${made.map(({ id }) => id)}::text[], ${made.map(({ index }) => index)}::bytea[],
                           ${made.map(({ keyId }) => keyId)}::text[], ${made.map(({ wrapped }) => wrapped)}::bytea[])
                      as m (id, index, kek_id, wrapped_key)
    ), people as (
      insert into owners (id, kind, identity_index) select id, 'person', index from made
    )
    insert into owner_keys (owner_id, kek_id, wrapped_key) select id, kek_id, wrapped_key from made`);
}
