import { recordRefusal } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Db } from '../store/database.ts';
import { consume, type Limiter, reward } from '../store/rate-limits.ts';
import { findPasswordHash } from './accounts.store.ts';
import { checkPassword, LONGEST_PASSWORD } from './passwords.ts';

export type PasswordRefusal = 'wrong_password' | 'too_many_attempts';

/**
 * Asks a signed-in person for the password again, where an open session is not enough. The attempt
 * is counted before the password is checked. So a thousand guesses at once
 * cannot pass the limit.
 */
export async function confirmPassword(
  { db, limiter }: { readonly db: Db; readonly limiter: Limiter },
  { account, password }: { readonly account: AccountId; readonly password: string },
): Promise<Result<void, PasswordRefusal>> {
  if (password.length > LONGEST_PASSWORD) return refuse('wrong_password', 'ACC-2C0');
  const consumption = { limiter, key: account };
  if (await consume(db, [consumption]))
    return refuse('too_many_attempts', 'ACC-2C1', { limiter: limiter.name });
  if (!(await checkPassword(await findPasswordHash(db, account), password))) {
    const wrong = refuse('wrong_password', 'ACC-2C2', { account });
    const detail = { site: wrong.refusal.site };
    await recordRefusal(db, {
      action: 'password.not_proved',
      subject: account,
      actor: account,
      detail,
    });
    return wrong;
  }
  await reward(db, [consumption]);
  return ok(undefined);
}
