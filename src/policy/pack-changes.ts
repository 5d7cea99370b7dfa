import type { Pack } from './pack.ts';

/** One difference between two packs, by its path. Undefined means that the member is missing. */
export interface PackChange {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * The members of `to` that differ from `from`, except the version. A list is compared as a whole,
 * because its order matters.
 */
export function changesBetween(from: Pack, to: Pack): readonly PackChange[] {
  return differences('', from, to).filter(({ path }) => path !== 'version');
}

function differences(path: string, from: unknown, to: unknown): readonly PackChange[] {
  if (isTree(from) && isTree(to)) {
    const members = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return members.flatMap((member) =>
      differences(path === '' ? member : `${path}.${member}`, from[member], to[member]),
    );
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
