import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Hook } from './hook.ts';
import { accountStatus } from './hooks/account-status.ts';
import { address } from './hooks/address.ts';
import { behaviour } from './hooks/behaviour.ts';
import { device } from './hooks/device.ts';
import { graph } from './hooks/graph.ts';
import { limits } from './hooks/limits.ts';
import { money } from './hooks/money.ts';
import { sameOwner } from './hooks/same-owner.ts';
import { type Pack, type PackProblem, parsePack } from './pack.ts';

/** The built-in hooks. An operator's own hooks are added to them (R22). */
export const HOOKS: readonly Hook[] = [
  accountStatus,
  sameOwner,
  graph,
  limits,
  device,
  address,
  behaviour,
  money,
];

export type Packs = ReadonlyMap<string, Pack>;

/** A pack read from its file. The fingerprint changes with every change except of layout. */
export interface PackFile {
  readonly pack: Pack;
  readonly fingerprint: Buffer;
}

const PACKS = new URL('./packs/', import.meta.url);

/**
 * Thrown when a folder holds an invalid pack. The server must not start with some rules missing.
 */
export class InvalidPacksError extends Error {
  override readonly name = 'InvalidPacksError';
  readonly problems: readonly PackProblem[];

  constructor(problems: readonly PackProblem[]) {
    super(problems.map(({ path, problem }) => `${path}: ${problem}`).join('\n'));
    this.problems = problems;
  }
}

/** The built-in packs and those of the operator's folder. Throws with all mistakes of all files. */
export async function loadPackFiles(
  own?: string,
  hooks: readonly Hook[] = HOOKS,
): Promise<readonly PackFile[]> {
  const shipped = await readFolder(PACKS, hooks);
  if (own === undefined) return filesOrThrow(shipped);
  const theirs = await readFolder(pathToFileURL(`${own}/`), hooks);
  const taken = theirs.files.filter(({ pack }) =>
    shipped.files.some((file) => file.pack.id === pack.id),
  );
  const problems = taken.map(({ pack }) => ({
    path: `${pack.id}.json id`,
    problem: 'is one of Bindery’s own; give yours another',
  }));
  return filesOrThrow({
    files: [...shipped.files, ...theirs.files],
    problems: [...shipped.problems, ...theirs.problems, ...problems],
  });
}

/** The packs of the files, by id. {@link PackRegistry} knows which are in force. */
export async function loadPacks(own?: string, hooks?: readonly Hook[]): Promise<Packs> {
  return new Map((await loadPackFiles(own, hooks)).map(({ pack }) => [pack.id, pack]));
}

interface Read {
  readonly files: readonly PackFile[];
  readonly problems: readonly PackProblem[];
}

function filesOrThrow({ files, problems }: Read): readonly PackFile[] {
  if (problems.length > 0) throw new InvalidPacksError(problems);
  return files;
}

/** Reads every `<id>.json`. Each mistake names its file and path. */
async function readFolder(folder: URL, hooks: readonly Hook[]): Promise<Read> {
  const files: PackFile[] = [];
  const problems: PackProblem[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
    const read = readPack(file, await readFile(new URL(file, folder), 'utf8'), hooks);
    if (read.ok) files.push({ pack: read.value, fingerprint: read.fingerprint });
    else
      problems.push(
        ...read.problems.map(({ path, problem }) => ({
          path: `${file} ${path}`.trimEnd(),
          problem,
        })),
      );
  }
  return { files, problems };
}

/** Reads one file as a pack. The file's name is the pack's id. */
export function readPack(
  file: string,
  text: string,
  hooks: readonly Hook[] = HOOKS,
): ReadPack | NoPack {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      problems: [{ path: '', problem: `is not JSON: ${(error as Error).message}` }],
    };
  }
  const parsed = parsePack(
    value,
    hooks.map(({ id }) => id),
  );
  if (!parsed.ok) return parsed;
  if (file === `${parsed.value.id}.json`) return { ...parsed, fingerprint: fingerprintOf(value) };
  return { ok: false, problems: [{ path: 'id', problem: 'must be the file name without .json' }] };
}

/**
 * Hashes the file's content, not the parsed pack. A changed default in Bindery does not change the
 * fingerprint.
 */
function fingerprintOf(value: unknown): Buffer {
  const sorted = (_: string, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  const { $schema: _, ...pack } = value as Readonly<Record<string, unknown>>;
  return createHash('sha256').update(JSON.stringify(pack, sorted)).digest();
}

interface ReadPack {
  readonly ok: true;
  readonly value: Pack;
  readonly fingerprint: Buffer;
}

interface NoPack {
  readonly ok: false;
  readonly problems: readonly PackProblem[];
}
