import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { isSignedIn, maySignIn } from '../accounts/account.ts';
import { findAccountOnce } from './adapter.ts';
import { richAuthorizationRequests } from './authorization-details.ts';
import type { ProviderDeps } from './deps.ts';
import { callDatabase } from './failure.ts';
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
    introspection:               { enabled: true, allowedPolicy: introspectionPolicy(deps) },
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

/** A token that may be introspected. */
interface Introspected {
  readonly clientId?: string;
  readonly aud?: unknown;
  readonly accountId?: string;
  readonly iat?: number;
}

/** Tokens of an account that is frozen, closed or signed out since are active for nobody. */
function introspectionPolicy({ db }: Pick<ProviderDeps, 'db'>) {
  return async (_ctx: KoaContextWithOIDC, client: Client, token: Introspected) => {
    if (!mayIntrospect(client, token)) return false;
    const { accountId, iat = 0 } = token;
    if (accountId === undefined) return true;
    const account = await callDatabase(async () => await findAccountOnce(db, accountId));
    return account !== undefined && maySignIn(account) && isSignedIn(account, iat);
  };
}

/** A client may ask about its own tokens and about tokens for its own resource (RFC 7662 §4). */
function mayIntrospect(client: Client, token: Introspected): boolean {
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
