import { type Client, type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { sectorOf, subjectFor } from '../accounts/subjects.ts';
import { pathOf } from '../kernel/issuer.ts';
import { adapterOver } from './adapter.ts';
import { withoutHandle } from './authorization-details.ts';
import { accountsOver, CLAIMS } from './claims.ts';
import { extraClientMetadata } from './client-metadata.ts';
import { ClientRegistry } from './client-registry.ts';
import type { ProviderDeps } from './deps.ts';
import { callDatabase } from './failure.ts';
import { features } from './features.ts';
import { issuesRefreshToken, loadExistingGrant, restoreSessionGrant } from './grants.ts';
import { addClientAuthenticatedRoute, letStructuredTokensThrough, takeHints } from './internals.ts';
import { lifetimesOf } from './lifetimes.ts';
import { showPendingForm } from './pending-form.ts';
import { pinIssuer } from './pin-issuer.ts';
import { promptPolicy } from './prompts.ts';
import { refineAnswers } from './refine-answers.ts';
import { reportErrors } from './refusals.ts';
import { openUnit } from './unit.ts';
import { unitOfWork } from './unit-of-work.ts';

const ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'] as const;
// biome-ignore format: a table is read by its columns
const ROUTES = {
  authorization:                '/auth',
  pushed_authorization_request: '/request',
  token:                        '/token',
  introspection:                '/token/introspection',
  revocation:                   '/token/revocation',
  userinfo:                     '/me',
  jwks:                         '/jwks',
  registration:                 '/reg',
  end_session:                  '/session/end',
} as const;

/**
 * How a client may authenticate. oidc-provider drops a method without an error if no enabled
 * algorithm serves it. `client_secret_jwt` is such a method: it needs HMAC, which is off (see
 * `enabledJWA`).
 */
export const CLIENT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;

const DISCOVERY = '/.well-known/openid-configuration';
const PUBLISHED = { [ROUTES.jwks]: 'jwks', [DISCOVERY]: 'discovery' } as const;

const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  ROUTES.pushed_authorization_request,
  ROUTES.token,
  ROUTES.introspection,
  ROUTES.revocation,
  ROUTES.userinfo,
  ROUTES.jwks,
  DISCOVERY,
]);

/** Paths without pages. They skip the other routers, because they are the busiest. */
export function isForPrograms(path: string): boolean {
  return FOR_PROGRAMS.has(path);
}

/**
 * The OAuth 2.0 / OpenID Connect provider over Bindery's database, configured to RFC 9700. It is a
 * Koa app, mounted at `/`.
 */
export function makeProvider(deps: ProviderDeps): Provider {
  const clients = new ClientRegistry(deps.db);
  const provider = new Provider(deps.issuer, configuration(deps, clients));
  provider.proxy = deps.config.trustProxy;
  provider.Client.prototype.compareClientSecret = async function (this: Client, presented: string) {
    return await callDatabase(async () => await clients.hasSecret(this.clientId, presented));
  };
  keepBuiltClients(provider, clients);
  finishInteractionsInTheOpen(provider);
  provider.use(pinIssuer(deps.issuer));
  provider.use(unitOfWork(deps.db, { renderError: deps.renderError, report: deps.report }));
  provider.use(refineAnswers(deps.publicJwks, PUBLISHED));
  if (deps.renderPendingForm) provider.use(showPendingForm(deps.renderPendingForm));
  provider.on('authorization.success', restoreSessionGrant);
  reportErrors(provider, deps.report);
  for (const { name, params, handler } of deps.extraGrants) {
    provider.registerGrantType(
      name,
      async (ctx) => await callDatabase(async () => await handler(ctx)),
      [...params],
    );
  }
  for (const route of deps.extraRoutes) {
    addClientAuthenticatedRoute(
      provider,
      route,
      async (ctx) => await callDatabase(async () => await route.handler(ctx)),
    );
  }
  if (deps.startByHint) takeHints(provider, deps.startByHint);
  if (deps.bindingTokens) letStructuredTokensThrough(provider, deps.bindingTokens);
  return provider;
}

function configuration(deps: ProviderDeps, clients: ClientRegistry): Configuration {
  const { issuer, secrets } = deps;
  const findAccount = deps.findAccount ?? accountsOver(deps.db);
  return {
    adapter: adapterOver(deps.db, clients),
    claims: CLAIMS,
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    clientBasedCORS: isOwnOrigin,
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      subject_type: 'pairwise',
    },
    cookies: {
      keys: [...deps.cookieKeys],
      names: cookieNames(issuer),
      long: { httpOnly: true, sameSite: 'lax', path: pathOf(issuer) || '/' },
      short: { httpOnly: true, sameSite: 'lax' },
    },
    discovery: {
      binding_request_endpoint: `${issuer}/binding-requests`,
      binding_verification_uri: `${issuer}/bind`,
      binding_packs_supported: [...deps.discovery.packs],
      binding_token_signing_alg_values_supported: [...deps.discovery.bindingTokenAlgs],
      status_list_aggregation_endpoint: `${issuer}/status`,
      ui_locales_supported: [...deps.discovery.uiLocales],
    },
    // Without HMAC algorithms: only hashes of secrets are stored, so there is no key for it.
    enabledJWA: {
      clientAuthSigningAlgValues: [...ALGORITHMS],
      idTokenSigningAlgValues: [...ALGORITHMS],
      introspectionSigningAlgValues: [...ALGORITHMS],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519'],
    },
    expiresWithSession: async () => false,
    extraClientMetadata: extraClientMetadata({
      demo: deps.config.demo,
      resourceScopes: deps.resourceScopes,
      bindingTokenAlgs: deps.discovery.bindingTokenAlgs,
    }),
    features: features(deps),
    // R48: a start of the pages, by a pushed `id_token_hint` or token exchange.
    extraParams: ['start'],
    findAccount: async (ctx, id, token) =>
      await callDatabase(async () => await findAccount(ctx, id, token)),
    formats: { customizers: { jwt: (_ctx, _token, jwt) => hideHandles(jwt) } },
    interactions: {
      policy: promptPolicy(deps.freshSignInSeconds),
      // Whole, because the path of a cookie is made of it too.
      url: (_ctx, { uid }) => `${issuer}/interaction/${uid}`,
    },
    issueRefreshToken: issuesRefreshToken,
    jwks: { keys: [...deps.jwks] },
    loadExistingGrant,
    pairwiseIdentifier: async (_ctx, accountId, client) =>
      subjectFor(secrets, sectorOfClient(client), accountId),
    pkce: { required: () => true },
    renderError: async (ctx, out, error) => await deps.renderError(ctx, out, error),
    responseTypes: ['code'],
    revokeGrantPolicy: (ctx) => !(ctx.oidc.route === 'revocation' && ctx.oidc.entities.AccessToken),
    rotateRefreshToken: true,
    routes: ROUTES,
    scopes: ['openid', 'offline_access', ...deps.resourceScopes],
    // Checked when a client registers itself. Metadata stored by an operator is not fetched again
    // at every lookup.
    sectorIdentifierUriValidate: () => Provider.ctx?.oidc.route === 'registration',
    subjectTypes: ['pairwise', 'public'],
    ttl: lifetimesOf(deps.lifetimes),
  };
}

const sectors = new WeakMap<Client, string>();

function sectorOfClient(client: Client): string {
  let sector = sectors.get(client);
  if (sector === undefined) {
    // oidc-provider renames every member for this, at every call.
    sector = sectorOf(client.metadata());
    sectors.set(client, sector);
  }
  return sector;
}

/**
 * oidc-provider hashes a client's metadata at every lookup. While a row is unchanged, its built
 * client is reused.
 */
function keepBuiltClients(provider: Provider, clients: ClientRegistry): void {
  const build = provider.Client.find.bind(provider.Client);
  const built = new WeakMap<object, Client>();
  provider.Client.find = async (id: string) => {
    const row =
      typeof id === 'string' && id !== ''
        ? await callDatabase(async () => await clients.find(id))
        : undefined;
    if (!row) return undefined;
    const known = built.get(row);
    if (known) return known;
    const client = await build(id);
    if (client) built.set(row, client);
    return client;
  };
}

/**
 * Over https, the prefixes prevent a sibling host or plain http from setting the cookie (RFC
 * 6265bis §4.1.3). `__Host-` is for cookies of a whole host only.
 */
function cookieNames(issuer: string): NonNullable<NonNullable<Configuration['cookies']>['names']> {
  if (!issuer.startsWith('https:'))
    return { session: 'session', interaction: 'interaction', resume: 'resume' };
  const session = pathOf(issuer) === '' ? '__Host-session' : '__Secure-session';
  return { session, interaction: '__Secure-interaction', resume: '__Secure-resume' };
}

function isOwnOrigin(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  return (
    client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin && origin !== 'null') ??
    false
  );
}

function hideHandles(jwt: { payload: Record<string, unknown> }): void {
  const { authorization_details: details } = jwt.payload;
  if (Array.isArray(details)) jwt.payload.authorization_details = details.map(withoutHandle);
}

/**
 * oidc-provider's `interactionFinished` ends the response itself. That would be before the writes
 * are committed, so it is replaced.
 */
function finishInteractionsInTheOpen(provider: Provider): void {
  const finish = provider.interactionFinished.bind(provider);
  provider.interactionFinished = async (...args) => {
    if (openUnit())
      throw new Error(
        'inside a unit of work: take interactionResult() and redirect to what it gives',
      );
    await finish(...args);
  };
}
