import { readdir, readFile } from 'node:fs/promises';
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

/** Reads every `<id>.json` of a folder, or throws with all mistakes of all files. */
export async function loadPacks(folder: URL = PACKS, hooks: readonly Hook[] = HOOKS): Promise<Packs> {
  const hookIds = hooks.map((hook) => hook.id);
  const packs = new Map<string, Pack>();
  const problems: PackProblem[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
    const read = readPack(await readFile(new URL(file, folder), 'utf8'), hookIds);
    if (!read.ok) problems.push(...read.problems.map(({ path, problem }) => ({ path: `${file} ${path}`.trimEnd(), problem })));
    else if (file !== `${read.value.id}.json`) problems.push({ path: `${file} id`, problem: 'must be the file name without .json' });
    else packs.set(read.value.id, read.value);
  }
  if (problems.length > 0) throw new InvalidPacksError(problems);
  return packs;
}

function readPack(text: string, hookIds: readonly string[]) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false as const, problems: [{ path: '', problem: String(error) }] };
  }
  return parsePack(value, hookIds);
}
