import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { allBrands, type Brands, OWN_BRANDS, parseBrands } from './brand.ts';

const LARGEST_MARK = 200_000;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The brands and their marks, by the name of the file. */
export interface LoadedBrands extends Brands {
  readonly marks: ReadonlyMap<string, Buffer>;
}

/** Reads `BRAND_FILE` and the marks beside it. Throws with every mistake. */
export function loadBrands(path: string | undefined): LoadedBrands {
  if (path === undefined) return { ...OWN_BRANDS, marks: new Map() };
  const read = parseBrands(readJson(path));
  if ('problems' in read) throw new Error(explained(path, read.problems));
  const names = new Set([...allBrands(read)].flatMap(({ mark }) => (mark === null ? [] : [mark])));
  const marks = new Map<string, Buffer>();
  const problems: string[] = [];
  for (const name of names) {
    try {
      const bytes = readFileSync(join(dirname(path), name));
      const problem = problemOf(name, bytes);
      if (problem === undefined) marks.set(name, bytes);
      else problems.push(`${name}: ${problem}`);
    } catch (error) {
      problems.push(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  if (problems.length > 0) throw new Error(explained(path, problems));
  return { ...read, marks };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(explained(path, [(error as Error).message]));
  }
}

function problemOf(name: string, bytes: Buffer): string | undefined {
  if (bytes.length > LARGEST_MARK) return `is larger than ${LARGEST_MARK} bytes`;
  if (name.endsWith('.png'))
    return bytes.subarray(0, PNG.length).equals(PNG) ? undefined : 'is no PNG';
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(bytes.toString('utf8'))
    ? undefined
    : 'is no SVG';
}

function explained(path: string, problems: readonly string[]): string {
  return `BRAND_FILE ${basename(path)}:\n${problems.map((one) => `  - ${one}`).join('\n')}`;
}
