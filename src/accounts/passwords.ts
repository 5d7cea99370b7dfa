import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/** Nobody types more; what is longer is not hashed. */
export const LONGEST_PASSWORD = 256;

/** argon2id, 19 MiB, two passes: OWASP Password Storage Cheat Sheet, first recommendation. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// One hash costs tens of milliseconds of CPU: more at once than there are cores only makes everybody wait.
const limit = pLimit(availableParallelism());

let decoy: Promise<string> | undefined;

export async function hashPassword(password: string): Promise<string> {
  return await limit(() => hash(password, PARAMETERS));
}

/** Checks `password`; with no stored hash it does the same work and says no, so that timing names no account. */
export async function checkPassword(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const against = stored ?? (await decoy);
  const matches = await limit(() => verify(against, password));
  return stored !== undefined && matches;
}
