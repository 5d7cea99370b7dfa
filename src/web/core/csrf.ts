import type { Context } from 'koa';
import { type InstallationSecret, sameBytes } from '../../kernel/secrets.ts';

const PURPOSE = 'web/csrf';

/**
 * The value of the hidden field in each form: an HMAC over the browser's cookie. A value of another
 * browser does not fit.
 */
export function csrfToken(secrets: InstallationSecret, browser: string): string {
  return secrets.hash(PURPOSE, browser).toString('base64url');
}

export function isCsrfToken(secrets: InstallationSecret, browser: string, token: string): boolean {
  return sameBytes(Buffer.from(token, 'base64url'), secrets.hash(PURPOSE, browser));
}

/**
 * Checks the headers in which a browser says where a form came from. Browsers send at least one of
 * the two (Fetch §3.2, Fetch Metadata §2.2). Programs that send neither need the token only.
 */
export function isSameOrigin(ctx: Context, issuer: string): boolean {
  const origin = ctx.get('Origin');
  const site = ctx.get('Sec-Fetch-Site');
  return (
    (origin === '' || origin === new URL(issuer).origin) && (site === '' || site === 'same-origin')
  );
}
