import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const CALLBACK = 'http://localhost:4000/callback';
export const GRANT = 'urn:bindery:grant-type:account-binding';
export const SERVICE = 'https://rp.example';

export type Body = Readonly<Record<string, unknown>>;

/** The answer to a program. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A DPoP key (RFC 9449). */
export interface ProofKey {
  readonly thumbprint: string;
  prove(url: string): Promise<string>;
}

export async function makeProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk: JWK = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: async (url) =>
      await new SignJWT({ htm: 'POST', htu: url, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey),
  };
}

/** The RAR object of docs/protocol.md#authorization-details. */
export function details(more: Body = {}): Body {
  return { type: 'account_binding', role: 'primary', ...more };
}

export interface Started {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
}

/**
 * A registered client of the demo over plain HTTP, so that a test can send what no library sends.
 */
export class App {
  readonly id: string;
  readonly issuer: string;
  readonly #secret: string | undefined;
  readonly #callback: string;

  constructor(issuer: string, id: string, secret?: string, callback = CALLBACK) {
    this.id = id;
    this.issuer = issuer;
    this.#secret = secret;
    this.#callback = callback;
  }

  async post(
    path: string,
    form: Readonly<Record<string, string>>,
    key?: ProofKey,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told> {
    const url = `${this.issuer}${path}`;
    const answer = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(
        this.#secret === undefined ? { client_id: this.id, ...form } : form,
      ),
      headers: {
        accept: 'application/json',
        ...(this.#secret === undefined
          ? {}
          : { authorization: `Basic ${btoa(`${this.id}:${this.#secret}`)}` }),
        ...(key ? { dpop: await key.prove(url) } : {}),
        ...headers,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.includes('json');
    return {
      status: answer.status,
      headers: answer.headers,
      body: json ? (JSON.parse(text) as Body) : { text },
    };
  }

  /** Pushes an authorization request (RFC 9126); returns any answer. */
  async push(
    form: Readonly<Record<string, string>>,
  ): Promise<Told & { readonly verifier: string; readonly state: string }> {
    const verifier = randomBytes(32).toString('base64url');
    const state = randomBytes(8).toString('hex');
    const told = await this.post('/request', {
      client_id: this.id,
      response_type: 'code',
      redirect_uri: this.#callback,
      scope: 'openid',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...form,
    });
    return { ...told, verifier, state };
  }

  /** A pushed request, with a binding in it when `asked` is given: where the browser goes. */
  async start(asked?: Body, more: Readonly<Record<string, string>> = {}): Promise<Started> {
    const pushed = await this.push({
      ...(asked ? { authorization_details: JSON.stringify([asked]) } : {}),
      ...more,
    });
    if (pushed.status !== 201)
      throw new Error(`PAR answered ${pushed.status} ${JSON.stringify(pushed.body)}`);
    const query = new URLSearchParams({
      client_id: this.id,
      request_uri: String(pushed.body.request_uri),
    });
    return { url: `${this.issuer}/auth?${query}`, verifier: pushed.verifier, state: pushed.state };
  }

  /** Exchanges the code that the app was called back with. */
  async exchange(
    callback: URL,
    { verifier }: Pick<Started, 'verifier'>,
    key?: ProofKey,
  ): Promise<Told> {
    const code = callback.searchParams.get('code');
    if (code === null)
      throw new Error(`the app was called back without a code: ${callback.search}`);
    return await this.post(
      '/token',
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: this.#callback,
        code_verifier: verifier,
      },
      key,
    );
  }

  /** Asks for a binding over the back channel (docs/protocol.md#back-channel). */
  async ask(
    asked: Body = details(),
    key?: ProofKey,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Told> {
    return await this.post(
      '/binding-requests',
      { authorization_details: JSON.stringify([asked]), ...more },
      key,
    );
  }

  /** Redeems a binding request (docs/protocol.md#redeeming). */
  async redeem(handle: string, key?: ProofKey): Promise<Told> {
    return await this.post('/token', { grant_type: GRANT, binding_request: handle }, key);
  }

  async introspect(token: string): Promise<Body> {
    return (await this.post('/token/introspection', { token })).body;
  }
}

export const web = (issuer: string): App => new App(issuer, 'demo-web', 'demo-web-secret');
export const phone = (issuer: string): App =>
  new App(issuer, 'demo-phone', undefined, 'http://127.0.0.1/callback');
export const service = (issuer: string): App => new App(issuer, 'demo-rp', 'demo-rp-secret');

/** A text member of an answer. */
export function text(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string')
    throw new Error(`“${name}” is missing in ${JSON.stringify(body).slice(0, 400)}`);
  return value;
}
