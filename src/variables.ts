import { readFileSync } from 'node:fs';

export const blank = (value: string | undefined): string | undefined =>
  value === '' ? undefined : value;

/** `NAME_FILE` is the path of a file with the value of `NAME`, as platforms mount secrets. */
export function withFiles(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
  problems: string[],
): Record<string, string | undefined> {
  const read: Record<string, string | undefined> = {};
  for (const name of names) {
    read[name] = blank(env[name]);
    const path = blank(env[`${name}_FILE`]);
    if (!path) continue;
    if (read[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set; keep one`);
    try {
      read[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      problems.push(`${name}_FILE: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return read;
}
