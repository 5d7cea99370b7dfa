import type { Configuration } from 'oidc-provider';
import type { Lifetimes } from '../lifetimes.ts';

/** The configured lifetimes under the names of oidc-provider's models. */
// biome-ignore format: a table is read by its columns
export function lifetimesOf(oidc: Lifetimes['oidc']) {
  return {
    AccessToken:       (_ctx, token) => token.resourceServer?.accessTokenTTL ?? oidc.opaqueAccessToken,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? oidc.accessToken,
    AuthorizationCode: () => oidc.authorizationCode,
    IdToken:           () => oidc.idToken,
    RefreshToken:      () => oidc.refreshToken,
    Grant:             () => oidc.grant,
    Interaction:       () => oidc.interaction,
    Session:           () => oidc.session,
  } satisfies Configuration['ttl'];
}
