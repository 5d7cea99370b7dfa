import { pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { hash, verify } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import pLimit from 'p-limit';
import { OUR_COST, type PasswordHash, parsePasswordHash } from './password-hash.ts';

/** Nobody types more. A longer password is not hashed. */
export const LONGEST_PASSWORD = 256;

// One hash costs tens of milliseconds of CPU. More at once than cores would only make everybody
// wait.
const limit = pLimit(availableParallelism());
const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

let decoy: Promise<string> | undefined;

export async function hashPassword(password: string): Promise<string> {
  return await limit(() => hash(password, OUR_COST));
}

/**
 * Checks `password`. Without a stored hash it does the same work and answers false, so that timing
 * does not show whether the account exists. Exactly one hash is verified in any case; `sign-in.ts`
 * hides that those of other systems take longer (docs/decisions/0032-data-from-elsewhere.md).
 */
export async function checkPassword(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const read = parsePasswordHash(stored);
  if (!read.ok) {
    const against = await decoy;
    await limit(() => verify(against, password));
    return false;
  }
  return await limit(() => matches(read.value, password));
}

/** Whether the hash came from another system, or was made at another cost. */
export function needsRenewal(stored: string): boolean {
  const read = parsePasswordHash(stored);
  return read.ok && !(read.value.kind === 'argon2' && read.value.ours);
}

async function matches(stored: PasswordHash, password: string): Promise<boolean> {
  switch (stored.kind) {
    case 'argon2':
      return await verify(stored.text, password);
    case 'bcrypt':
      return await verifyBcrypt(password, stored.text);
    case 'scrypt': {
      const { cost, salt, key } = stored;
      const maxmem = 2 * 128 * cost.N * cost.r + 128 * cost.r * cost.p;
      return timingSafeEqual(
        await deriveScrypt(password, salt, key.length, { ...cost, maxmem }),
        key,
      );
    }
    case 'pbkdf2': {
      const { digest, rounds, salt, key } = stored;
      return timingSafeEqual(await derivePbkdf2(password, salt, rounds, key.length, digest), key);
    }
  }
}
