import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { type Fetch, wire } from './wire.ts';

export const ACCOUNT_BINDING_GRANT = 'urn:bindery:grant-type:account-binding';

/** A registered client and its way to authenticate. */
export interface App {
  readonly id: string;
  readonly config: oidc.Configuration;
  readonly fetch: Fetch;
  readonly authenticate: oidc.ClientAuth;
}

/** Reads the server's metadata as this client. openid-client checks the issuer. */
export async function makeApp(
  issuer: URL,
  id: string,
  authenticate: oidc.ClientAuth,
): Promise<App> {
  const fetch = wire(id, issuer);
  const config = await oidc.discovery(issuer, id, undefined, authenticate, {
    [oidc.customFetch]: (url, { body, headers, method }) =>
      fetch(url, { body: (body ?? null) as BodyInit | null, headers, method }),
    // Plain http only if there is no network between: the demo server on this machine.
    ...(issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {}),
  });
  return { id, config, fetch, authenticate };
}

/** A DPoP key (RFC 9449). A token bound to it is useless without the key. */
export class DpopKey {
  readonly thumbprint: string;
  readonly #privateKey: CryptoKey;
  readonly #publicJwk: JWK;

  private constructor(thumbprint: string, privateKey: CryptoKey, publicJwk: JWK) {
    this.thumbprint = thumbprint;
    this.#privateKey = privateKey;
    this.#publicJwk = publicJwk;
  }

  static async make(): Promise<DpopKey> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const publicJwk = await exportJWK(publicKey);
    return new DpopKey(await calculateJwkThumbprint(publicJwk), privateKey, publicJwk);
  }

  async prove(htm: string, htu: string): Promise<string> {
    return await new SignJWT({ htm, htu, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.#publicJwk })
      .setIssuedAt()
      .sign(this.#privateKey);
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Posts a form to an endpoint that openid-client has no function for: the back channel, or the
 * account-binding grant. That grant's answer has a `binding_token` instead of an access token.
 * openid-client does the client authentication.
 */
export async function post(
  app: App,
  url: string,
  form: Readonly<Record<string, string>>,
  key?: DpopKey,
): Promise<Answer> {
  const body = new URLSearchParams(form);
  const headers = new Headers({ accept: 'application/json' });
  app.authenticate(app.config.serverMetadata(), app.config.clientMetadata(), body, headers);
  if (key) headers.set('dpop', await key.prove('POST', url));
  const answer = await app.fetch(url, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

/** Asks the token endpoint to redeem a binding request (docs/protocol.md#redeeming). */
export async function redeem(app: App, handle: string, key?: DpopKey): Promise<Answer> {
  return await post(
    app,
    endpoint(app, 'token_endpoint'),
    { grant_type: ACCOUNT_BINDING_GRANT, binding_request: handle },
    key,
  );
}

/** An endpoint from the server's metadata. */
export function endpoint(app: App, name: string): string {
  return textMember(
    app.config.serverMetadata() as unknown as Readonly<Record<string, unknown>>,
    name,
  );
}

export function textMember(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string')
    throw new Error(`“${name}” is missing in ${JSON.stringify(body).slice(0, 300)}`);
  return value;
}
