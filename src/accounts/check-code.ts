import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type InstallationSecret, sameBytes } from '../kernel/secrets.ts';
import type { Tx } from '../store/database.ts';
import { MOST_TRIES, parseContactCode } from './contact.ts';
import { type CodePurpose, type TriedCode, tryCode } from './contacts.store.ts';
import { codeHash, tokenHash } from './send-code.ts';

export interface TypedCode {
  readonly purpose: CodePurpose;
  /** What this browser's cookie has. */
  readonly token: string;
  readonly code: string;
}

/**
 * Counts a try and compares. A code that is wrong, old, used up or was never sent is one refusal.
 * The caller deletes the code once what it is for is done; until then it counts again.
 */
export async function checkCode(
  tx: Tx,
  secrets: InstallationSecret,
  { purpose, token, code }: TypedCode,
): Promise<Result<Omit<TriedCode, 'code'>, 'wrong_contact_code'>> {
  const digits = parseContactCode(code);
  const tried = await tryCode(tx, { token: tokenHash(secrets, token), purpose, most: MOST_TRIES });
  if (!tried) return refuse('wrong_contact_code', 'ACC-EK0');
  const { code: right, ...rest } = tried;
  const typed = codeHash(secrets, { token, code: digits ?? '' });
  return right !== null && sameBytes(right, typed)
    ? ok(rest)
    : refuse('wrong_contact_code', 'ACC-EK1');
}
