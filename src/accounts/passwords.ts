import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/** Nobody types more. A longer password is not hashed. */
export const LONGEST_PASSWORD = 256;

/** argon2id, 19 MiB, two passes: OWASP Password Storage Cheat Sheet, first recommendation. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// One hash costs tens of milliseconds of CPU. More at once than cores would only make everybody
// wait.
const limit = pLimit(availableParallelism());

let decoy: Promise<string> | undefined;

export async function hashPassword(password: string): Promise<string> {
  return await limit(() => hash(password, PARAMETERS));
}

/**
 * Checks `password`. Without a stored hash it does the same work and answers false, so that timing
 * does not show whether the account exists.
 */
export async function checkPassword(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const against = stored ?? (await decoy);
  const matches = await limit(() => verify(against, password));
  return stored !== undefined && matches;
}
