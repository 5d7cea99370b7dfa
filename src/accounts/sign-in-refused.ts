import type { AuditEntry } from '../audit/audit-log.store.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';

/**
 * The audit row of a sign-in that was refused. The actor is nobody: whoever tried has not proved to be anyone. What was
 * typed is not in it, because people type passwords where the login goes.
 */
export function signInRefused(
  subject: string,
  detail: { readonly by: 'password' | 'passkey'; readonly site: string },
): AuditEntry {
  return { action: 'sign-in.refused', subject, actor: null, detail };
}

/** Stands for a login or passkey that no account has: attempts on the same one can be counted, and it cannot be read. */
export function unknownSubject(secrets: InstallationSecret, shown: string): string {
  return `unknown:${secrets.hash('audit/sign-in', shown).toString('base64url').slice(0, 22)}`;
}
