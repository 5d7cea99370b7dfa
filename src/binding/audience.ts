import { type SectorMetadata, sectorOf } from '../accounts/subjects.ts';
import type { Db } from '../store/database.ts';
import { findResourceClient } from './apps.store.ts';
import type { BindingDetails } from './authorization-details.ts';

/** Whom the binding token is for, and the sector its pairwise subjects are computed over. */
export interface Audience {
  readonly audience: string;
  readonly sector: string;
}

/** The first location, else the client itself (docs/protocol.md#authorization-details). */
export function audienceOf(client: SectorMetadata, details: BindingDetails): Audience {
  const [location] = details.locations;
  if (location !== undefined) return { audience: location, sector: new URL(location).host };
  return { audience: client.client_id, sector: sectorOf(client) };
}

/** The first location that no registered client is the audience of. */
export async function findUnregisteredLocation(
  db: Db,
  details: BindingDetails,
): Promise<string | undefined> {
  for (const location of details.locations) {
    if ((await findResourceClient(db, location)) === undefined) return location;
  }
  return undefined;
}
