import { randomBytes } from 'node:crypto';
import bowser from 'bowser';
import ipaddr from 'ipaddr.js';
import type { Context } from 'koa';
import type { InstallationSecret } from '../../kernel/secrets.ts';
import type { Lifetimes } from '../../lifetimes.ts';
import type { AddressBook } from '../../risk/address-book.ts';
import type { Visitor } from '../../risk/device.ts';
import type { PageCookies } from './cookies.ts';
import { provenKey } from './device-key.ts';
import { deviceAppearanceOf } from './traits.ts';

const COOKIE = 'bindery_browser';
const FOUR_HUNDRED_DAYS = 400 * 86_400; // the longest a browser keeps a cookie (RFC 6265bis §5.5)

/** The random name of this browser, 256 bits, in a cookie. Only hashes of it are stored. */
export function browserName(ctx: Context, cookies: PageCookies): string {
  const state = ctx.state as { browser?: string };
  state.browser ??= wellFormed(cookies.read(ctx, COOKIE));
  if (state.browser === undefined) {
    state.browser = randomBytes(32).toString('base64url');
    cookies.write(ctx, COOKIE, state.browser, { maxAge: FOUR_HUNDRED_DAYS });
  }
  return state.browser;
}

/** False where the form came without the cookie: the browser blocks it, or the form is forged. */
export function sentBrowserName(ctx: Context, cookies: PageCookies): boolean {
  return wellFormed(cookies.read(ctx, COOKIE)) !== undefined;
}

interface Means {
  readonly cookies: PageCookies;
  readonly secrets: InstallationSecret;
  readonly addresses: AddressBook;
  readonly lifetimes: Lifetimes['web'];
}

export function visitorOf(ctx: Context, means: Means): Visitor {
  const { cookies, secrets, addresses } = means;
  const browser = browserName(ctx, cookies);
  const network = networkOf(ctx.ip); // Koa reads X-Forwarded-For behind a trusted proxy only
  return {
    browser: secrets.hash('browser', browser),
    address: ctx.ip,
    device: {
      device: secrets.hash('device', browser).toString('base64url'),
      label: deviceLabel(ctx.get('User-Agent')),
      network,
      place: secrets.hash('network', network).toString('base64url'),
      local: isLoopback(ctx.ip),
      proof: provenKey(ctx, means, browser),
      location: addresses.find(ctx.ip),
      ...deviceAppearanceOf(ctx, cookies, secrets),
    },
  };
}

/** For example "Chrome · Android". People recognise their device by it; it is no fingerprint. */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '') return '?';
  const { browser, os } = bowser.parse(userAgent.slice(0, 512));
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '');
  return known.length === 0 ? '?' : known.join(' · ');
}

/**
 * The network of an address: IPv4 /24 or IPv6 /48. It is enough for clustering and hides the
 * address.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return '?';
  const parsed = ipaddr.process(address); // ::ffff:a.b.c.d is IPv4
  const bits = parsed.kind() === 'ipv4' ? 24 : 48;
  const whole = parsed.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${whole.networkAddressFromCIDR(`${parsed.toString()}/${bits}`).toString()}/${bits}`;
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

function wellFormed(name: string | undefined): string | undefined {
  return name !== undefined && /^[\w-]{43}$/.test(name) ? name : undefined;
}
