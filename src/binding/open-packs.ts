import { PackRegistry } from '../policy/pack-registry.ts';
import type { PackFile } from '../policy/registry.ts';
import type { Database } from '../store/database.ts';
import { findPinnedVersions } from './pinned.store.ts';

/**
 * The packs of this installation: those of the files, recorded, and every version that a binding goes by, read. Throws in
 * words where one is missing or unreadable: nobody is served by rules that are not known.
 */
export async function openPacks(db: Database, files: readonly PackFile[]): Promise<PackRegistry> {
  const packs = await PackRegistry.open(db, files);
  for (const { pack, version } of await findPinnedVersions(db)) await packs.get(db, pack, version);
  return packs;
}
