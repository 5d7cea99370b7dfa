import type { AuditEntry } from '../audit/audit-log.store.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';

/**
 * The audit row of a refused sign-in. It has no actor, because nobody proved who they are. It does
 * not have what was typed, because people type passwords into the field for the login.
 */
export function signInRefused(
  subject: string,
  detail: { readonly by: 'password' | 'passkey' | 'upstream'; readonly site: string },
): AuditEntry {
  return { action: 'sign-in.refused', subject, actor: null, detail };
}

/** Stands for a login or passkey that no account has: it can be counted, but not read. */
export function unknownSubject(secrets: InstallationSecret, shown: string): string {
  return `unknown:${secrets.hash('audit/sign-in', shown).toString('base64url').slice(0, 22)}`;
}
