import type { Db } from '../store/database.ts';
import { type Pack, type PackProblem, parseStoredPack } from './pack.ts';
import { changesBetween } from './pack-changes.ts';
import {
  findVersion,
  insertVersion,
  type PackVersion,
  type StoredVersion,
} from './pack-versions.store.ts';
import { InvalidPacksError, type PackFile, type Packs } from './registry.ts';

/** Thrown when something refers to a pack version that is not recorded. */
export class UnrecordedPackError extends Error {
  override readonly name = 'UnrecordedPackError';

  constructor({ pack, version }: PackVersion) {
    super(
      `Version ${version} of the policy pack "${pack}" is in use and was never recorded here. Start once with the ${pack}.json of that version, then with the newer one.`,
    );
  }
}

/**
 * Every version of every pack that was in force here. New requests use the {@link current} one. A
 * request or binding keeps the version it began under. A version never changes, so it stays in
 * memory once it is read from the table.
 */
export class PackRegistry {
  /** By id: what the files contain now. */
  readonly current: Packs;
  readonly #read = new Map<string, Pack>();

  private constructor(current: readonly Pack[]) {
    this.current = new Map(current.map((pack) => [pack.id, pack]));
    for (const pack of current)
      this.#read.set(keyOf({ pack: pack.id, version: pack.version }), pack);
  }

  /** Records new versions of the files. Throws if a file differs from its recorded version. */
  static async open(db: Db, files: readonly PackFile[]): Promise<PackRegistry> {
    for (const { pack, fingerprint } of files) await insertVersion(db, pack, fingerprint);
    return new PackRegistry(await recordedOf(db, files));
  }

  /** The pack for new requests; undefined if there is none with this id any more. */
  find(id: string): Pack | undefined {
    return this.current.get(id);
  }

  /**
   * Returns a recorded version. Reads it from `db` if another process recorded it after this one
   * started.
   */
  async get(db: Db, pack: string, version: number): Promise<Pack> {
    const key = keyOf({ pack, version });
    const known = this.#read.get(key);
    if (known) return known;
    const stored = await findVersion(db, { pack, version });
    if (!stored) throw new UnrecordedPackError({ pack, version });
    const kept = read(stored);
    this.#read.set(key, kept);
    return kept;
  }
}

/**
 * The recorded versions of the files; throws with all that differ. Unrecorded versions are left
 * out.
 */
export async function recordedOf(db: Db, files: readonly PackFile[]): Promise<readonly Pack[]> {
  const recorded: Pack[] = [];
  const problems: PackProblem[] = [];
  for (const { pack, fingerprint } of files) {
    const stored = await findVersion(db, { pack: pack.id, version: pack.version });
    if (!stored) continue;
    const kept = read(stored);
    if (stored.fingerprint.equals(fingerprint)) recorded.push(kept);
    else problems.push({ path: `${pack.id}.json version`, problem: changed(kept, pack, stored) });
  }
  if (problems.length > 0) throw new InvalidPacksError(problems);
  return recorded;
}

function keyOf({ pack, version }: PackVersion): string {
  return `${pack} ${version}`;
}

function read({ pack, version, content }: StoredVersion): Pack {
  const parsed = parseStoredPack(content);
  if (parsed.ok) return parsed.value;
  const mistakes = parsed.problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
  throw new Error(
    `Version ${version} of the policy pack "${pack}", as it was recorded, cannot be read: ${mistakes}`,
  );
}

const MOST_TOLD = 4;

function changed(before: Pack, now: Pack, { version, recorded_at }: StoredVersion): string {
  const paths = changesBetween(before, now).map(({ path }) => path);
  const more = paths.length > MOST_TOLD ? ` and ${paths.length - MOST_TOLD} more` : '';
  const what = paths.length > 0 ? ` (${paths.slice(0, MOST_TOLD).join(', ')}${more})` : '';
  return `version ${version} was recorded on ${recorded_at.toISOString().slice(0, 10)} with other content${what}; bindings go by it. Raise the version, or put the file back`;
}
