import { type Configuration, errors } from 'oidc-provider';
import type { ProviderDeps } from './deps.ts';
import { callDatabase } from './failure.ts';
import { refusedAt } from './refusals.ts';

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/**
 * The resource of a binding authorization that names none. Details always apply to some resource
 * (RFC 9396 §6).
 */
function bindingResource(issuer: string): string {
  return `${issuer}/binding-requests`;
}

/**
 * Resource indicators (RFC 8707). Access tokens for a registered resource are JWTs (RFC 9068) with
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
      const resource = await callDatabase(async () => await deps.getResource(uri, client));
      if (!resource) throw refusedAt('OIDC-1S0', new errors.InvalidTarget());
      // Only the registered scopes: no client has a resource's scopes by default.
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
