import type { Context } from 'koa';
import { type InstallationSecret, sameBytes } from '../../kernel/secrets.ts';

const PURPOSE = 'web/csrf';

/** The hidden field of every form: an HMAC over the browser's own cookie, so that no other browser's value fits. */
export function csrfToken(secrets: InstallationSecret, browser: string): string {
  return secrets.hash(PURPOSE, browser).toString('base64url');
}

export function isCsrfToken(secrets: InstallationSecret, browser: string, token: string): boolean {
  return sameBytes(Buffer.from(token, 'base64url'), secrets.hash(PURPOSE, browser));
}

/**
 * What the browser itself says about where a form came from. Programs that send neither header are held by the token
 * alone; a browser always sends one of the two (Fetch §3.2, Fetch Metadata §2.2).
 */
export function isSameOrigin(ctx: Context, issuer: string): boolean {
  const origin = ctx.get('Origin');
  const site = ctx.get('Sec-Fetch-Site');
  return (
    (origin === '' || origin === new URL(issuer).origin) && (site === '' || site === 'same-origin')
  );
}
