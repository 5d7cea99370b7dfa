import type { ClientMetadata } from 'oidc-provider';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export interface ClientRow {
  /** RFC 7591 names; never the secret. */
  readonly metadata: ClientMetadata;
  readonly secretHash: string | null;
}

export async function findClient(db: Db, clientId: string): Promise<ClientRow | undefined> {
  const [row] = await db.query<{ metadata: ClientMetadata; secret_hash: string | null }>(sql`
    select metadata, secret_hash from clients where client_id = ${clientId}`);
  return row && { metadata: row.metadata, secretHash: row.secret_hash };
}

export async function saveClient(db: Db, { metadata, secretHash }: ClientRow): Promise<void> {
  await db.query(sql`
    insert into clients (client_id, metadata, secret_hash)
    values (${metadata.client_id}, ${JSON.stringify(metadata)}::jsonb, ${secretHash})
    on conflict (client_id) do update
       set metadata = excluded.metadata, secret_hash = coalesce(excluded.secret_hash, clients.secret_hash), updated_at = now()`);
}

export async function deleteClient(db: Db, clientId: string): Promise<void> {
  await db.query(sql`delete from clients where client_id = ${clientId}`);
}
