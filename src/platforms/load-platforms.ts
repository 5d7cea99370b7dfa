import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ParsedPlatform,
  type Platform,
  type PlatformProblem,
  type Platforms,
  parsePlatform,
} from './platform.ts';

/** Thrown with all mistakes of all files: nobody signs in by half a platform. */
class InvalidPlatformsError extends Error {
  override readonly name = 'InvalidPlatformsError';

  constructor(problems: readonly PlatformProblem[]) {
    super(problems.map(({ path, problem }) => `${path}: ${problem}`).join('\n'));
  }
}

/** The platforms of a folder, one `<id>.json` each, and those that are given. */
export async function loadPlatforms(
  folder: string | undefined,
  { production, also }: { readonly production: boolean; readonly also: readonly Platform[] },
): Promise<Platforms> {
  const platforms = new Map(also.map((platform) => [platform.id, platform]));
  if (folder === undefined) return platforms;
  const problems: PlatformProblem[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
    const read = readPlatform(file, await readFile(join(folder, file), 'utf8'), production);
    if (!read.ok)
      problems.push(
        ...read.problems.map(({ path, problem }) => ({
          path: `${file} ${path}`.trimEnd(),
          problem,
        })),
      );
    else if (platforms.has(read.value.id))
      problems.push({ path: `${file} id`, problem: 'is taken by the demo’s own platform' });
    else platforms.set(read.value.id, read.value);
  }
  if (problems.length > 0) throw new InvalidPlatformsError(problems);
  return platforms;
}

/** Reads one file as a platform. The file's name is the platform's id. */
export function readPlatform(file: string, text: string, production: boolean): ParsedPlatform {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = `is not JSON: ${(error as Error).message}`;
    return { ok: false, problems: [{ path: '', problem }] };
  }
  const parsed = parsePlatform(value, { production });
  if (!parsed.ok || file === `${parsed.value.id}.json`) return parsed;
  return { ok: false, problems: [{ path: 'id', problem: 'must be the file name without .json' }] };
}
