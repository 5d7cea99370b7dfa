import { createHmac, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import type { AdapterFactory, Client, Configuration } from 'oidc-provider';
import { CLIENTS, REDIRECT_URI } from '../oauth.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The same oidc-provider configuration as Bindery's, as far as the measured operations need it:
 * algorithms, formats, lifetimes, rules for tokens. Clients and people are in memory, so they cost
 * a peer no statement.
 */
export async function peerConfiguration(
  issuer: string,
  adapter: AdapterFactory | undefined,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const pairwiseKey = randomBytes(32);
  const resource = `${issuer}/api/v1`;
  return {
    ...(adapter ? { adapter } : {}),
    jwks: {
      keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'bench' }] as never,
    },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      client(CLIENTS.web, {
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
      }),
      client(CLIENTS.platform, {
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: 'facts:write bindings:read',
      }),
    ],
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      subject_type: 'pairwise',
    },
    enabledJWA: { introspectionSigningAlgValues: ['ES256'] },
    expiresWithSession: async () => false,
    findAccount: async (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
    issueRefreshToken: async (_ctx, { applicationType }) => applicationType === 'web',
    pairwiseIdentifier: async (_ctx, accountId, { clientId }) =>
      createHmac('sha256', pairwiseKey).update(`${clientId} ${accountId}`).digest('hex'),
    pkce: { required: () => true },
    responseTypes: ['code'],
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'facts:write', 'bindings:read'],
    subjectTypes: ['pairwise'],
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: MINUTE,
      IdToken: HOUR,
      RefreshToken: 14 * DAY,
      Grant: 90 * DAY,
      Interaction: HOUR,
      Session: 14 * DAY,
    },
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      // Its pages sign people in once, before anything is measured.
      devInteractions: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      jwtIntrospection: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (ctx) =>
          ctx.oidc.params?.grant_type === 'client_credentials'
            ? resource
            : (undefined as unknown as string),
        useGrantedResource: async () => false,
        getResourceServerInfo: async (_ctx, uri, { scope = '' }: Client) => ({
          scope,
          audience: uri,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 10 * MINUTE,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}

function client(
  { id, secret }: { readonly id: string; readonly secret: string },
  more: NonNullable<Configuration['clients']>[number] | object,
) {
  return { client_id: id, client_secret: secret, ...more };
}
