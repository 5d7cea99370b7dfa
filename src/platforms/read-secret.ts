import { readFileSync } from 'node:fs';
import type { SecretSource } from './provider.ts';

/** Reads the secrets that platforms' files name. compose.ts gives the environment. */
export type ReadSecret = (source: SecretSource) => string;

/** Throws with the name of what is missing, never with a value. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): ReadSecret {
  return (source) => {
    if ('file' in source) return readFileSync(source.file, 'utf8').trim();
    const value = env[source.variable];
    if (value !== undefined && value !== '') return value;
    const file = env[`${source.variable}_FILE`];
    if (file === undefined || file === '')
      throw new Error(`a platform needs the variable ${source.variable}, and it is not set`);
    return readFileSync(file, 'utf8').trim();
  };
}
