import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { richAuthorizationRequests } from './authorization-details.ts';
import type { ProviderDeps } from './deps.ts';
import { renderLoggedOut, renderLogout } from './pages.ts';
import { resourceIndicators } from './resources.ts';

/**
 * The enabled parts of OAuth and OpenID Connect (RFC 9700). Parts that are off by default and not
 * named here stay off.
 */
export function features(deps: ProviderDeps): NonNullable<Configuration['features']> {
  // biome-ignore format: a table is read by its columns
  return {
    backchannelLogout:           { enabled: true },
    ciba:                        { enabled: false },
    clientCredentials:           { enabled: true },
    deviceFlow:                  { enabled: false },
    devInteractions:             { enabled: false },
    dPoP:                        { enabled: true, nonceSecret: deps.secrets.derive('dpop-nonce'), requireNonce: () => false },
    introspection:               { enabled: true, allowedPolicy: mayIntrospect },
    jwtIntrospection:            { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    registration:                { enabled: deps.config.registrationEnabled, initialAccessToken: false, issueRegistrationAccessToken: true },
    resourceIndicators:          resourceIndicators(deps),
    revocation:                  { enabled: true, allowedPolicy: mayRevoke },
    richAuthorizationRequests:   richAuthorizationRequests(deps),
    userinfo:                    { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => await (deps.renderLogout ?? renderLogout)(ctx, form),
      postLogoutSuccessSource: async (ctx) => await (deps.renderLoggedOut ?? renderLoggedOut)(ctx),
    },
  };
}

/** A client may ask about its own tokens and about tokens for its own resource (RFC 7662 §4). */
async function mayIntrospect(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string; aud?: unknown },
): Promise<boolean> {
  if (token.clientId === client.clientId) return true;
  if (client.clientAuthMethod === 'none') return false;
  const resources = client.account_binding_resources;
  return (
    Array.isArray(resources) && [token.aud].flat().some((audience) => resources.includes(audience))
  );
}

/**
 * RFC 7009 §2.1. For another client's token, nothing happens, and the answer does not show if it
 * exists.
 */
async function mayRevoke(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string },
): Promise<boolean> {
  return token.clientId === client.clientId;
}
