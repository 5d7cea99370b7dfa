import { appendAudit } from '../audit/audit-log.store.ts';
import type { Database } from '../store/database.ts';
import type { Account } from './account.ts';
import { replacePasswordHash } from './accounts.store.ts';
import { hashPassword, needsRenewal } from './passwords.ts';

/**
 * Hashes a password anew that was just right, if another system hashed it (docs/accounts.md).
 * Of two sign-ins at once, or where the password changes meanwhile, the later writes nothing.
 */
export async function renewPasswordHash(
  db: Database,
  { id }: Pick<Account, 'id'>,
  { stored, password }: { readonly stored: string; readonly password: string },
): Promise<void> {
  if (!needsRenewal(stored)) return;
  const renewed = await hashPassword(password);
  await db.transaction(async (tx) => {
    if (!(await replacePasswordHash(tx, id, { from: stored, to: renewed }))) return;
    await appendAudit(tx, { action: 'account.password_hash_renewed', subject: id, actor: id });
  });
}
