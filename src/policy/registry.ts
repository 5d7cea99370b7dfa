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

/** The hooks that Bindery brings along. An operator's own are put beside them (R22). */
export const HOOKS: readonly Hook[] = [accountStatus, sameOwner, graph, limits, device, address, behaviour, money];

export type Packs = ReadonlyMap<string, Pack>;

const PACKS = new URL('./packs/', import.meta.url);

/** Thrown when a folder holds a pack that does not parse: nothing may start on half of its rules. */
export class InvalidPacksError extends Error {
  override readonly name = 'InvalidPacksError';
  readonly problems: readonly PackProblem[];

  constructor(problems: readonly PackProblem[]) {
    super(problems.map(({ path, problem }) => `${path}: ${problem}`).join('\n'));
    this.problems = problems;
  }
}

/** Bindery's own packs and, beside them, those of the operator's folder; or throws with all mistakes of all files. */
export async function loadPacks(own?: string, hooks: readonly Hook[] = HOOKS): Promise<Packs> {
  const shipped = await readFolder(PACKS, hooks);
  if (own === undefined) return told(shipped);
  const theirs = await readFolder(pathToFileURL(`${own}/`), hooks);
  const taken = [...theirs.packs.keys()].filter((id) => shipped.packs.has(id));
  const problems = taken.map((id) => ({ path: `${id}.json id`, problem: 'is one of Bindery’s own; give yours another' }));
  return told({ packs: new Map([...shipped.packs, ...theirs.packs]), problems: [...shipped.problems, ...theirs.problems, ...problems] });
}

interface Read {
  readonly packs: Packs;
  readonly problems: readonly PackProblem[];
}

function told({ packs, problems }: Read): Packs {
  if (problems.length > 0) throw new InvalidPacksError(problems);
  return packs;
}

/** Reads every `<id>.json`; each mistake is told by its file and path. */
async function readFolder(folder: URL, hooks: readonly Hook[]): Promise<Read> {
  const packs = new Map<string, Pack>();
  const problems: PackProblem[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
    const read = readPack(file, await readFile(new URL(file, folder), 'utf8'), hooks);
    if (read.ok) packs.set(read.value.id, read.value);
    else problems.push(...read.problems.map(({ path, problem }) => ({ path: `${file} ${path}`.trimEnd(), problem })));
  }
  return { packs, problems };
}

/** Reads a file as one pack, which goes by the file's name. */
export function readPack(file: string, text: string, hooks: readonly Hook[] = HOOKS): { readonly ok: true; readonly value: Pack } | NoPack {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [{ path: '', problem: `is not JSON: ${(error as Error).message}` }] };
  }
  const parsed = parsePack(
    value,
    hooks.map(({ id }) => id),
  );
  if (!parsed.ok || file === `${parsed.value.id}.json`) return parsed;
  return { ok: false, problems: [{ path: 'id', problem: 'must be the file name without .json' }] };
}

interface NoPack {
  readonly ok: false;
  readonly problems: readonly PackProblem[];
}
