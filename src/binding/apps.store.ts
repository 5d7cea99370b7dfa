import type { SectorMetadata } from '../accounts/subjects.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** The app that asks, as its registration describes it to people. */
export interface App {
  readonly clientId: string;
  readonly name: string;
  readonly uri: string | null;
  readonly logoUri: string | null;
  /** It registered itself, and no operator knows who runs it. */
  readonly unverified: boolean;
  /** An operator switched it off, or removed it. */
  readonly disabled: boolean;
}

export async function findApp(db: Db, clientId: string): Promise<App> {
  const [row] = await db.query<{
    name: string | null;
    uri: string | null;
    logo_uri: string | null;
    unverified: boolean;
    disabled: boolean;
  }>(sql`
    select name, uri, logo_uri, unverified, disabled from app_cards where client_id = ${clientId}`);
  return {
    clientId,
    name: row?.name ?? clientId,
    uri: row?.uri ?? null,
    logoUri: row?.logo_uri ?? null,
    unverified: row?.unverified ?? false,
    disabled: row?.disabled ?? false,
  };
}

/** The client whose `account_binding_resources` name this resource, if one does. */
export async function findResourceClient(db: Db, uri: string): Promise<string | undefined> {
  const [row] = await db.query<{ client_id: string }>(sql`
    select client_id from app_cards where resources @> to_jsonb(${uri}::text) limit 1`);
  return row?.client_id;
}

export async function findSectorMetadata(db: Db, clientId: string): Promise<SectorMetadata> {
  const [row] = await db.query<{ metadata: SectorMetadata }>(
    sql`select metadata from app_cards where client_id = ${clientId}`,
  );
  return { ...row?.metadata, client_id: clientId };
}
