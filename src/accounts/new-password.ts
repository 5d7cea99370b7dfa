import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { normaliseLogin } from './account.ts';
import { LONGEST_PASSWORD } from './passwords.ts';

/** Length counts most (NIST SP 800-63B §3.1.1). */
export const SHORTEST_PASSWORD = 10;
const FEWEST_SIGNS = 5;

/** A password that may be set: long enough, not the login, and not one sign again and again. */
export function parseNewPassword(
  typed: string,
  { login }: { readonly login: string },
): Result<string, 'weak_password'> {
  const signs = [...typed];
  if (signs.length < SHORTEST_PASSWORD || typed.length > LONGEST_PASSWORD)
    return refuse('weak_password', 'ACC-EP0');
  if (new Set(signs).size < FEWEST_SIGNS) return refuse('weak_password', 'ACC-EP1');
  return normaliseLogin(typed) === normaliseLogin(login)
    ? refuse('weak_password', 'ACC-EP2')
    : ok(typed);
}
