import { type Configuration, errors } from 'oidc-provider';
import type { ProviderDeps } from './deps.ts';
import { reaching } from './failure.ts';

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/**
 * The resource of a binding authorization that names none (RFC 9396 §6: details are always for some
 * resource).
 */
function bindingResource(issuer: string): string {
  return `${issuer}/binding-requests`;
}

/**
 * Resource indicators (RFC 8707): access tokens for a registered resource are JWTs (RFC 9068) with
 * it as audience.
 */
export function resourceIndicators(deps: ProviderDeps): ResourceIndicators {
  const ofBinding = bindingResource(deps.issuer);
  return {
    enabled: true,
    defaultResource: async (ctx, _client, oneOf) => {
      if (oneOf) return oneOf as string[];
      if (ctx.oidc.params?.authorization_details !== undefined) return ofBinding;
      return ctx.oidc.params?.grant_type === 'client_credentials'
        ? deps.defaultResource
        : (undefined as unknown as string);
    },
    useGrantedResource: async () => false,
    getResourceServerInfo: async (_ctx, uri, client) => {
      if (uri === ofBinding) return { scope: '', audience: uri, accessTokenFormat: 'opaque' };
      const resource = await reaching(async () => await deps.getResource(uri, client));
      if (!resource) throw new errors.InvalidTarget();
      // Only what the client was registered for: a resource's scopes are nobody's by default.
      const registered = new Set(client.scope?.split(' '));
      return {
        scope: resource.scope
          .split(' ')
          .filter((scope) => registered.has(scope))
          .join(' '),
        audience: resource.audience ?? uri,
        accessTokenFormat: 'jwt',
        accessTokenTTL: resource.accessTokenTTL ?? deps.lifetimes.accessToken,
        jwt: { sign: { alg: 'ES256' } },
      };
    },
  };
}
