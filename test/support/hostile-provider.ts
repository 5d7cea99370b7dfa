import { createServer, type IncomingMessage } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { atEnd } from './cleanup.ts';

type Claims = Readonly<Record<string, unknown>>;

/** An OpenID and OAuth 2.0 provider that answers what a test tells it. */
export interface HostileProvider {
  readonly issuer: string;
  /** What it says at the next redemption of a code. `nonce` is that of the last request. */
  says: {
    claims?: Claims;
    userinfo?: Claims;
    token?: unknown;
    user?: unknown;
    status?: number;
    /** The error of the token endpoint (RFC 6749 §5.2). */
    error?: string;
    location?: string;
  };
  /** Every request that it got. */
  readonly got: {
    readonly path: string;
    readonly query: URLSearchParams;
    readonly form: URLSearchParams;
  }[];
  /** Signs with another key, and publishes it or not. */
  changeKey(how: { readonly published: boolean }): Promise<void>;
}

export async function startHostile(port: number): Promise<HostileProvider> {
  const issuer = `http://localhost:${port}`;
  let { privateKey, jwk } = await makeKey('first');
  let published = jwk;
  const provider: HostileProvider = {
    issuer,
    says: {},
    got: [],
    async changeKey(how) {
      ({ privateKey, jwk } = await makeKey(`key-${Math.random()}`));
      if (how.published) published = jwk;
    },
  };
  const idToken = async (): Promise<string> => {
    const now = Math.floor(Date.now() / 1_000);
    const usual = { iss: issuer, aud: 'bindery', iat: now, exp: now + 300 };
    return await new SignJWT({ ...usual, ...provider.says.claims })
      .setProtectedHeader({ alg: 'ES256', kid: String(jwk.kid) })
      .sign(privateKey);
  };
  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    '/.well-known/openid-configuration': async () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/me`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
    }),
    '/jwks': async () => ({ keys: [published] }),
    '/token': async () =>
      provider.says.error === undefined
        ? { access_token: 'at', token_type: 'Bearer', id_token: await idToken() }
        : { error: provider.says.error },
    '/me': async () => provider.says.userinfo,
    '/oauth/token': async () => provider.says.token,
    '/oauth/me': async () => provider.says.user,
  };
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    void textOf(request).then(async (form) => {
      provider.got.push({
        path: url.pathname,
        query: url.searchParams,
        form: new URLSearchParams(form),
      });
      response.statusCode = provider.says.status ?? 200;
      if (provider.says.location) response.setHeader('location', provider.says.location);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify((await answers[url.pathname]?.()) ?? {}));
    });
  });
  await new Promise<void>((resolve) => http.listen(port, resolve));
  atEnd(async () => {
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  });
  return provider;
}

async function makeKey(kid: string): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
