import type { JWK } from 'jose';
import type { Database, Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export interface StoredKey {
  readonly kid: string;
  readonly purpose: 'oidc' | 'binding';
  readonly alg: string;
  readonly private_jwk: string;
  readonly public_jwk: JWK;
}

export async function findSigningKeys(db: Db): Promise<StoredKey[]> {
  return await db.query<StoredKey>(sql`
    select kid, purpose, alg, private_jwk, public_jwk from signing_keys
     where retired_at is null order by purpose, created_at desc, kid`);
}

/** Stores the first keys, unless another worker just did. */
export async function insertSigningKeys(db: Database, keys: readonly StoredKey[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(sql`lock table signing_keys in exclusive mode`);
    if ((await findSigningKeys(tx)).length > 0) return;
    for (const key of keys) {
      await tx.query(sql`
        insert into signing_keys (kid, purpose, alg, private_jwk, public_jwk)
        values (${key.kid}, ${key.purpose}, ${key.alg}, ${key.private_jwk}, ${JSON.stringify(key.public_jwk)})`);
    }
  });
}
