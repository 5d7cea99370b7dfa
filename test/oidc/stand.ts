import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Koa, { type Context } from 'koa';
import mount from 'koa-mount';
import type {
  AuthorizationDetail,
  ClientMetadata,
  InteractionResults,
  Provider,
} from 'oidc-provider';
import { newId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { hashClientSecret } from '../../src/oidc/client-registry.ts';
import { saveClient } from '../../src/oidc/clients.store.ts';
import type { ProviderDeps } from '../../src/oidc/deps.ts';
import { makeProvider } from '../../src/oidc/provider.ts';
import { unitOfWork } from '../../src/oidc/unit-of-work.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

export const REDIRECT = 'https://app.example/callback';
export const SECRET = 'a-secret-of-the-test-client';
export const API = 'https://api.example';
export const BASIC_CLIENT_GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'];

export interface Stand {
  readonly db: Database;
  readonly base: string;
  readonly provider: Provider;
  readonly accountId: string;
}

async function signingKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `test-${alg}` };
}

const keys = await Promise.all(['ES256', 'EdDSA', 'RS256'].map(signingKey));

/**
 * A provider on a real port over a database of its own. Whoever arrives at an interaction is signed in as the one account
 * and consents to everything, unless `visit` does something else.
 */
export async function startStand(
  options: Partial<ProviderDeps> & {
    readonly visit?: (stand: Stand, ctx: Context) => Promise<InteractionResults>;
    /** Another way to the same database, for the provider alone. */
    readonly connect?: (url: string) => Database;
  } = {},
): Promise<Stand> {
  const { visit, connect, ...given } = options;
  const { db, url } = await freshDatabase({ max: 20 });
  const serving = connect?.(url) ?? db;
  const accountId = newId('acc');
  await db.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind) values (${accountId}, 'tester', '-', 'Tester', 'personal')`);

  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = makeProvider({
    issuer: base,
    db: serving,
    secrets: new InstallationSecret(Buffer.alloc(32, 7)),
    jwks: keys as ProviderDeps['jwks'],
    publicJwks: [],
    cookieKeys: ['test-cookie-key'],
    config: { demo: true, trustProxy: false, registrationEnabled: true },
    lifetimes: LIFETIMES.oidc,
    freshSignInSeconds: 300,
    getResource: (uri) => (uri === API ? { scope: 'facts:write bindings:read' } : undefined),
    defaultResource: API,
    resourceScopes: ['facts:write', 'bindings:read'],
    bindingRar: {
      validate: () => {},
      enrich: (_ctx, detail) => ({ ...detail, binding_request: 'a-handle' }),
    },
    extraGrants: [],
    extraRoutes: [],
    discovery: { packs: ['douyin'], bindingTokenAlgs: ['ES256'], uiLocales: ['zh-CN', 'en'] },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = `<h1>${out.error}</h1>`;
    },
    report: () => {},
    ...given,
  });
  const stand: Stand = { db, base, provider, accountId };
  const app = new Koa();
  app.keys = provider.keys as string[];
  app.use(unitOfWork(serving));
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return await next();
    const result = await (visit ?? consentToAll)(stand, ctx);
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  });
  app.use(mount(provider));
  app.silent = true;
  server.on('request', app.callback());
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  await addClient(db, {});
  return stand;
}

/** Signs in, or grants what is missing: what the pages do. */
export async function consentToAll(
  { provider, accountId }: Stand,
  ctx: Context,
): Promise<InteractionResults> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login') return { login: { accountId } };
  const details =
    typeof params.authorization_details === 'string'
      ? (JSON.parse(params.authorization_details) as AuthorizationDetail[])
      : [];
  const earlier = grantId && details.length === 0 ? await provider.Grant.find(grantId) : undefined;
  const grant =
    earlier ??
    new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope ?? ''));
  const { missingResourceScopes } = prompt.details as {
    missingResourceScopes?: Record<string, string[]>;
  };
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes);
  for (const detail of details) grant.addRar(detail);
  return { consent: { grantId: await grant.save() } };
}

/** A confidential web client `web`, or whatever `metadata` makes of it. */
export async function addClient(
  db: Database,
  metadata: Partial<ClientMetadata>,
  secret: string | null = SECRET,
): Promise<void> {
  await saveClient(db, {
    secretHash: secret === null ? null : hashClientSecret(secret),
    metadata: {
      client_id: 'web',
      redirect_uris: [REDIRECT],
      grant_types: BASIC_CLIENT_GRANTS,
      response_types: ['code'],
      authorization_details_types: ['account_binding'],
      ...metadata,
    },
  });
}
