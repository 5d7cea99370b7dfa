import type { Pack } from '../policy/pack.ts';
import { PackRegistry } from '../policy/pack-registry.ts';
import type { PackFile } from '../policy/registry.ts';
import type { Database, Db } from '../store/database.ts';
import type { BindingDeps } from './deps.ts';
import { findPinnedVersions } from './pinned.store.ts';

/** A request or a binding, as a noun or as a row of its table. */
type Pinned = { readonly pack: string } & (
  | { readonly packVersion: number }
  | { readonly pack_version: number }
);

/** The version of the pack that a request or a binding began under, which it keeps (R41). */
export async function packOf(
  { packs }: Pick<BindingDeps, 'packs'>,
  of: Pinned,
  db: Db,
): Promise<Pack> {
  return await packs.get(db, of.pack, 'packVersion' in of ? of.packVersion : of.pack_version);
}

/** The version that a new request begins under. The caller has checked that the pack exists. */
export function currentPack({ packs }: Pick<BindingDeps, 'packs'>, id: string): Pack {
  const pack = packs.find(id);
  if (!pack) throw new Error(`policy pack ${id} is not installed`);
  return pack;
}

/**
 * The packs of this installation: the files, recorded, and every version that a binding goes by.
 * Throws when one is missing or unreadable: nobody is served by unknown rules.
 */
export async function openPacks(db: Database, files: readonly PackFile[]): Promise<PackRegistry> {
  const packs = await PackRegistry.open(db, files);
  for (const { pack, version } of await findPinnedVersions(db)) await packs.get(db, pack, version);
  return packs;
}
