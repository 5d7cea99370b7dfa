import type { Context } from 'koa';
import { pathOf } from '../../kernel/issuer.ts';

export interface CookieScope {
  readonly path?: string;
  /** In seconds; without it the cookie lasts for the browser's session. */
  readonly maxAge?: number;
}

/**
 * The cookies of pages. Over https their names have the prefix `__Host-` (whole host) or
 * `__Secure-` (one path), so that no sibling host and no plain http can set one (RFC 6265bis
 * §4.1.3). `secure` follows the issuer, because TLS ends at the proxy.
 */
export class PageCookies {
  readonly #secure: boolean;
  readonly #prefix: string;

  constructor(issuer: string) {
    this.#secure = issuer.startsWith('https:');
    this.#prefix = pathOf(issuer);
  }

  read(ctx: Context, name: string, path = '/'): string | undefined {
    return ctx.cookies.get(this.#named(name, path), { signed: false });
  }

  write(ctx: Context, name: string, value: string, scope: CookieScope = {}): void {
    const path = scope.path ?? '/';
    ctx.cookies.secure = this.#secure;
    ctx.cookies.set(this.#named(name, path), value, {
      path: path === '/' ? this.#prefix || '/' : `${this.#prefix}${path}`,
      maxAge: scope.maxAge === undefined ? undefined : scope.maxAge * 1000,
      httpOnly: true,
      // Strict would lose the cookie after a scanned QR code or the return from an app.
      sameSite: 'lax',
      secure: this.#secure,
      signed: false,
      overwrite: true,
    });
  }

  clear(ctx: Context, name: string, path = '/'): void {
    if (this.read(ctx, name, path) !== undefined) this.write(ctx, name, '', { path, maxAge: 0 });
  }

  #named(name: string, path: string): string {
    if (!this.#secure) return name;
    return path === '/' && this.#prefix === '' ? `__Host-${name}` : `__Secure-${name}`;
  }
}
