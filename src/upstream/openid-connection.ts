import { importJWK, type JWK } from 'jose';
import * as client from 'openid-client';
import type { OidcProvider } from '../platforms/provider.ts';
import type { ReadSecret } from '../platforms/read-secret.ts';
import { boundedFetch } from './bounded-fetch.ts';

interface Kept {
  readonly connection: Promise<client.Configuration>;
  readonly until: number;
}

const kept = new WeakMap<OidcProvider, Kept>();
const KEPT_MILLISECONDS = 600_000;
/** Seconds that two clocks may differ by. */
const SKEW = 30;
/** Where nothing is discovered. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/**
 * An OpenID provider as openid-client knows it: its metadata, discovered or from the file, and how
 * Bindery authenticates there. It is kept for ten minutes; one that failed is not kept.
 */
export async function connect(
  provider: OidcProvider,
  readSecret: ReadSecret,
): Promise<client.Configuration> {
  const known = kept.get(provider);
  if (known && known.until > Date.now()) return await known.connection;
  const connection = open(provider, readSecret);
  kept.set(provider, { connection, until: Date.now() + KEPT_MILLISECONDS });
  connection.catch(() => kept.delete(provider));
  return await connection;
}

/** The provider changed its keys or its metadata: the next sign-in reads them again. */
export function forget(provider: OidcProvider): void {
  kept.delete(provider);
}

async function open(provider: OidcProvider, readSecret: ReadSecret): Promise<client.Configuration> {
  const { issuer, endpoints } = provider;
  const { id } = provider.client;
  const authentication = await authenticationOf(provider, readSecret);
  const metadata = { [client.clockTolerance]: SKEW };
  // The file says http only outside production (src/platforms/platform.ts).
  const insecure = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  if (endpoints === undefined) {
    const connection = await client.discovery(new URL(issuer), id, metadata, authentication, {
      execute: [client.enableNonRepudiationChecks, ...insecure],
      [client.customFetch]: boundedFetch,
    });
    return connection;
  }
  const server = {
    issuer,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    jwks_uri: endpoints.jwks,
    id_token_signing_alg_values_supported: ALGORITHMS,
    ...(endpoints.userinfo === undefined ? {} : { userinfo_endpoint: endpoints.userinfo }),
  };
  const connection = new client.Configuration(server, id, metadata, authentication);
  connection[client.customFetch] = boundedFetch;
  // The signature counts, not only where the token came from.
  client.enableNonRepudiationChecks(connection);
  for (const allow of insecure) allow(connection);
  return connection;
}

async function authenticationOf(
  { client: { authentication } }: OidcProvider,
  readSecret: ReadSecret,
): Promise<client.ClientAuth> {
  switch (authentication.method) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(readSecret(authentication.secret));
    case 'client_secret_post':
      return client.ClientSecretPost(readSecret(authentication.secret));
    case 'private_key_jwt': {
      const jwk = JSON.parse(readSecret(authentication.key)) as JWK;
      const key = (await importJWK(jwk)) as CryptoKey;
      return client.PrivateKeyJwt(jwk.kid === undefined ? key : { key, kid: jwk.kid });
    }
    case 'none':
      return client.None();
  }
}
