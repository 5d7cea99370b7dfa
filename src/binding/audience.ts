import { sectorOf } from '../accounts/subjects.ts';
import type { Db } from '../store/database.ts';
import { findResourceClient, findSectorMetadata } from './apps.store.ts';
import type { BindingDetails } from './authorization-details.ts';

/** Whom the binding token is for, and the sector its pairwise subjects are computed over. */
export interface Audience {
  readonly audience: string;
  readonly sector: string;
}

/** The first location, else the client itself (protocol §1). */
export async function audienceOf(db: Db, clientId: string, details: BindingDetails): Promise<Audience> {
  const [location] = details.locations;
  if (location !== undefined) return { audience: location, sector: new URL(location).host };
  return { audience: clientId, sector: sectorOf(await findSectorMetadata(db, clientId)) };
}

/** The first location that no registered client is the audience of. */
export async function findUnregisteredLocation(db: Db, details: BindingDetails): Promise<string | undefined> {
  for (const location of details.locations) {
    if ((await findResourceClient(db, location)) === undefined) return location;
  }
  return undefined;
}
