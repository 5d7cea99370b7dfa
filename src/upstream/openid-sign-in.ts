import * as client from 'openid-client';
import type { OidcProvider } from '../platforms/provider.ts';
import type { ReadSecret } from '../platforms/read-secret.ts';
import type { Asked, Journey, Returned } from './journey.ts';
import { connect } from './openid-connection.ts';

/** Where the browser is sent: an authorization request with PKCE, state and nonce. */
export async function openIdRequest(
  provider: OidcProvider,
  readSecret: ReadSecret,
  { redirectUri, state, nonce, verifier, maxAge, uiLocales }: Asked,
): Promise<URL> {
  const connection = await connect(provider, readSecret);
  const { freshness } = provider;
  return client.buildAuthorizationUrl(connection, {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ui_locales: uiLocales,
    ...(provider.acr.length > 0 ? { acr_values: provider.acr.join(' ') } : {}),
    ...(maxAge === null ? {} : freshness.parameters),
    ...(maxAge !== null && freshness.maxAge ? { max_age: String(maxAge) } : {}),
  });
}

/**
 * Redeems the code. openid-client checks `state`, `iss` (RFC 9207), the ID token's signature, `iss`,
 * `aud`, `nonce` and times; here are what it cannot know. Throws what openid-client throws.
 */
export async function openIdAnswer(
  provider: OidcProvider,
  readSecret: ReadSecret,
  { url, state, nonce, verifier }: Journey,
): Promise<Returned | 'acr_not_enough'> {
  const connection = await connect(provider, readSecret);
  const tokens = await client.authorizationCodeGrant(connection, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('openid-client gave no claims of an ID token');
  if (provider.acr.length > 0 && !provider.acr.includes(String(claims.acr)))
    return 'acr_not_enough';
  // It is refused if its `sub` is another than that of the ID token (OIDC Core §5.3.2).
  const userinfo = provider.userinfo
    ? await client.fetchUserInfo(connection, tokens.access_token, claims.sub)
    : {};
  const { freshness } = provider;
  const amr: readonly unknown[] = Array.isArray(claims.amr) ? claims.amr : [];
  return {
    answers: { all: { ...userinfo, ...claims }, signed: claims },
    authTime: freshness.authTime ? claims.auth_time : undefined,
    amr: provider.amr.filter((value) => amr.includes(value)),
  };
}
