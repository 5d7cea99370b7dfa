import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from './browser.ts';
import { json, send, Unexpected } from './http.ts';
import type { Server } from './server.ts';

/** The demo's clients (the same on every server). */
// biome-ignore format: a table is read by its columns
export const CLIENTS = {
  web:      { id: 'demo-web',      secret: 'demo-web-secret'      },
  platform: { id: 'demo-platform', secret: 'demo-platform-secret' },
} as const;
export const REDIRECT_URI = 'http://localhost:4000/callback';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

/** client_secret_basic (RFC 6749 §2.3.1). */
export function basic({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}

/** Requests a code with PKCE (S256), as demo-web. */
export function authorizationRequest({ endpoints }: Server): {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
} {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(12).toString('base64url');
  const url = new URL(endpoints.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: CLIENTS.web.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: REDIRECT_URI,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return { url, verifier, state };
}

/** Checks a redirect to the app and returns its code. */
export function codeIn(
  back: URL,
  { state, server }: { readonly state: string; readonly server: Server },
): string {
  const { searchParams } = back;
  const code = searchParams.get('code');
  const home = back.href.startsWith(REDIRECT_URI);
  if (
    !code ||
    !home ||
    searchParams.get('state') !== state ||
    searchParams.get('iss') !== server.issuer
  ) {
    throw new Error(`${server.name}: not the answer of a successful authorization: ${back.href}`);
  }
  return code;
}

/** With a live session and an existing grant, one request returns the code, without a page. */
export async function authorizeSilently(
  server: Server,
  browser: Browser,
): Promise<{ readonly code: string; readonly verifier: string }> {
  const { url, verifier, state } = authorizationRequest(server);
  const answer = await browser.request(url);
  const { location } = answer.headers;
  if (answer.status !== 303 || !location)
    throw new Unexpected('a live session should have been enough', answer);
  return { code: codeIn(new URL(location, url), { state, server }), verifier };
}

export async function exchange(
  server: Server,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<Tokens> {
  return await tokens(server, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
}

export async function refresh(server: Server, token: string): Promise<Tokens> {
  const fresh = await tokens(server, { grant_type: 'refresh_token', refresh_token: token });
  if (fresh.refresh_token === token)
    throw new Error(`${server.name}: the refresh token was not rotated`);
  return fresh;
}

async function tokens(
  { endpoints }: Server,
  form: Readonly<Record<string, string>>,
): Promise<Tokens> {
  const answer = await send(new URL(endpoints.token_endpoint), {
    form,
    headers: { authorization: basic(CLIENTS.web) },
  });
  const got = json(answer, 200) as unknown as Tokens;
  if (!got.access_token || !got.refresh_token || !got.id_token)
    throw new Unexpected('tokens are missing', answer);
  return got;
}
