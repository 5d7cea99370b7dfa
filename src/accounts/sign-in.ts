import { recordRefusal } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import { type Consumption, consume, type Limiter, reward } from '../store/rate-limits.ts';
import { type AccountSummary, maySignIn, normaliseLogin, summaryOf } from './account.ts';
import { findCredentials } from './accounts.store.ts';
import { checkPassword, LONGEST_PASSWORD } from './passwords.ts';
import { signInRefused, unknownSubject } from './sign-in-refused.ts';

export type SignInRefusal = 'wrong_credentials' | 'too_many_attempts';

export interface SignInLimits {
  /** Attempts by one address on one login. */
  readonly pair: Limiter;
  /** Attempts on one login, from anywhere. */
  readonly login: Limiter;
  /** Attempts by one address, on any login. */
  readonly address: Limiter;
  /**
   * Passkey challenges that one address requests. Each is a row for five minutes, and every sign-in
   * page requests one.
   */
  readonly challenges: Limiter;
}

type FoundCredentials = Awaited<ReturnType<typeof findCredentials>>;

interface Deps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly limits: { readonly signIn: SignInLimits };
  /** The platform whose logins the form asks for (R45). */
  readonly formPlatform: string;
}

const LONGEST_LOGIN = 256;

/**
 * Checks a login and password. Unknown login, wrong password and closed account are one refusal and
 * take the same time, so nothing tells which logins exist. The attempt is counted *before* the
 * password is checked. So a thousand guesses at once cannot pass the limit.
 */
export async function signIn(
  deps: Deps,
  attempt: { readonly login: unknown; readonly password: unknown; readonly address: string },
): Promise<Result<AccountSummary, SignInRefusal>> {
  const { password, address } = attempt;
  if (typeof attempt.login !== 'string' || typeof password !== 'string')
    return refuse('wrong_credentials', 'ACC-1F0');
  if (attempt.login.length > LONGEST_LOGIN || password.length > LONGEST_PASSWORD)
    return refuse('wrong_credentials', 'ACC-1F1');
  const login = normaliseLogin(attempt.login);

  const { signIn: limits } = deps.limits;
  const consumptions: readonly Consumption[] = [
    { limiter: limits.pair, key: `${login}|${address}` },
    { limiter: limits.login, key: login },
    { limiter: limits.address, key: address },
  ];
  const spent = await consume(deps.db, consumptions);
  if (spent) return refuse('too_many_attempts', 'ACC-1F2', { limiter: spent.name });

  const found = await findCredentials(deps.db, login, deps.formPlatform);
  const checked = decide(found, await checkPassword(found?.passwordHash, password));
  if (checked.ok) {
    await reward(deps.db, consumptions);
    return checked;
  }
  // One row in any case, of one length: how long it takes tells nothing either. The budgets above
  // bound how many.
  const subject = found?.account.id ?? unknownSubject(deps.secrets, login);
  await recordRefusal(
    deps.db,
    signInRefused(subject, { by: 'password', site: checked.refusal.site }),
  );
  return checked;
}

function decide(
  found: FoundCredentials,
  matches: boolean,
): Result<AccountSummary, 'wrong_credentials'> {
  if (!found || !matches)
    return refuse('wrong_credentials', 'ACC-1F3', found && { account: found.account.id });
  if (!maySignIn(found.account))
    return refuse('wrong_credentials', 'ACC-1F4', { account: found.account.id });
  return ok(summaryOf(found.account));
}
