import type { Context } from 'koa';

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Sets the security headers of a page. `formTarget` is the origin that a form's answer finally
 * leads to. Chromium checks redirects after a form against `form-action` too, so a page that
 * returns to an app must name the app's origin.
 */
export function secure(ctx: Context, formTarget?: string): void {
  ctx.set({
    'Content-Security-Policy': `${POLICY}; form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    // `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch §3.2).
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'Cache-Control': 'no-store',
    Vary: 'Accept-Language, Cookie',
  });
  if (ctx.secure) ctx.set('Strict-Transport-Security', 'max-age=31536000');
}

const HINTS = [
  'Sec-CH-UA-Platform-Version',
  'Sec-CH-UA-Model',
  'Sec-CH-UA-Arch',
  'Sec-CH-UA-Bitness',
].join(', ');

/**
 * Asks for client hints. Browsers send them from the next request on, over secure connections only.
 */
export function askForHints(ctx: Context, issuer: string): void {
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'https:' || hostname === 'localhost') ctx.set('Accept-CH', HINTS);
}

/**
 * The CSP source for a redirect URI: its origin. For private-use schemes (RFC 8252 §7.1) and IPv6
 * hosts it is the scheme.
 */
export function formTargetOf(redirectUri: unknown): string | undefined {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return undefined;
  const url = new URL(redirectUri);
  const web =
    (url.protocol === 'https:' || url.protocol === 'http:') && !url.hostname.startsWith('[');
  return web ? url.origin : url.protocol; // CSP sources cannot be IPv6 hosts (CSP3 §2.3.1)
}
