import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose';
import { REDIRECT, SECRET, type Stand } from './stand.ts';

/** A browser: keeps cookies by path, and follows redirects until one leaves the server. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  async get(url: string | URL): Promise<Response> {
    return await this.send(url, {});
  }

  async send(url: string | URL, init: RequestInit): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies]
      .filter(
        ([, { path }]) => path === '/' || pathname === path || pathname.startsWith(`${path}/`),
      )
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...init.headers, cookie },
    });
    this.take(answer);
    return answer;
  }

  take(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const path = attributes.find((attribute) => attribute.startsWith('path='))?.slice(5) ?? '/';
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path });
    }
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  clone(): Browser {
    const twin = new Browser(this.#base);
    for (const [name, cookie] of this.#cookies) twin.#cookies.set(name, cookie);
    return twin;
  }

  /** Follows redirects of the server; gives where it sends the browser away to, or the page it ends on. */
  async follow(url: string | URL): Promise<{ readonly left?: URL; readonly page: Response }> {
    let next = new URL(url);
    for (let hops = 0; hops < 12; hops += 1) {
      const page = await this.get(next);
      const to = page.headers.get('location');
      if (!to) return { page };
      next = new URL(to, this.#base);
      if (next.origin !== this.#base) return { left: next, page };
    }
    throw new Error('too many redirects');
  }
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function authorizationParams(
  challenge: string,
  more: Readonly<Record<string, string>> = {},
): URLSearchParams {
  return new URLSearchParams({
    client_id: 'web',
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid profile',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'the-state',
    ...more,
  });
}

/** Walks an authorization request to its end; the code, and what redeems it. */
export async function getCode(
  stand: Stand,
  browser = new Browser(stand.base),
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: string; readonly verifier: string; readonly answer: URL }> {
  const { verifier, challenge } = pkce();
  const { left, page } = await browser.follow(
    `${stand.base}/auth?${authorizationParams(challenge, more)}`,
  );
  const code = left?.searchParams.get('code');
  if (!left || !code) throw new Error(`no code: ${left ?? `${page.status} ${await page.text()}`}`);
  return { code, verifier, answer: left };
}

export const BASIC = `Basic ${btoa(`web:${SECRET}`)}`;

export async function post(
  stand: Stand,
  path: string,
  params: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = { authorization: BASIC },
): Promise<Response> {
  return await fetch(`${stand.base}${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(params),
  });
}

export async function exchange(
  stand: Stand,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  headers?: Readonly<Record<string, string>>,
): Promise<Response> {
  return await post(
    stand,
    '/token',
    { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: REDIRECT },
    headers,
  );
}

export async function refresh(stand: Stand, token: string): Promise<Response> {
  return await post(stand, '/token', { grant_type: 'refresh_token', refresh_token: token });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

export async function getTokens(stand: Stand, browser?: Browser): Promise<Tokens> {
  const answer = await exchange(stand, await getCode(stand, browser));
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as Tokens;
}

export async function isActive(stand: Stand, token: string): Promise<boolean> {
  const answer = await post(stand, '/token/introspection', { token });
  return ((await answer.json()) as { active: boolean }).active;
}

export interface ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function makeProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

export async function dpopProof(
  key: ProofKey,
  url: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new SignJWT({ htm: 'POST', htu: url, jti: randomUUID(), ...more })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk })
    .setIssuedAt()
    .sign(key.privateKey);
}
