import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Db } from '../store/database.ts';
import { consume, type Limiter, reward } from '../store/rate-limits.ts';
import { findPasswordHash } from './accounts.store.ts';
import { checkPassword, LONGEST_PASSWORD } from './passwords.ts';

export type PasswordRefusal = 'wrong_password' | 'too_many_attempts';

/**
 * Asks who is signed in for the password again, before what a session left open must not be enough for. Attempts are counted
 * before the password is looked at, so that a thousand guesses sent at once are still a few.
 */
export async function confirmPassword(
  { db, limiter }: { readonly db: Db; readonly limiter: Limiter },
  { account, password }: { readonly account: AccountId; readonly password: string },
): Promise<Result<void, PasswordRefusal>> {
  if (password.length > LONGEST_PASSWORD) return refuse('wrong_password', 'ACC-2C0');
  const consumption = { limiter, key: account };
  if (await consume(db, [consumption]))
    return refuse('too_many_attempts', 'ACC-2C1', { limiter: limiter.name });
  if (!(await checkPassword(await findPasswordHash(db, account), password)))
    return refuse('wrong_password', 'ACC-2C2');
  await reward(db, [consumption]);
  return ok(undefined);
}
