import Koa from 'koa';
import mount from 'koa-mount';
import type { Logger } from 'pino';
import type { FactorDeps } from './accounts/deps.ts';
import { makeApi } from './api/api.ts';
import { type ManagementDeps, managementApp } from './api/management.ts';
import { API_SCOPES } from './api/scopes.ts';
import { findResourceClient } from './binding/apps.store.ts';
import { handleReviewDecision } from './binding/handle-review-decision.ts';
import { openPacks } from './binding/request-pack.ts';
import { lockRequest } from './binding/requests.store.ts';
import { composeEvidence } from './compose-evidence.ts';
import { composeSenders } from './compose-messages.ts';
import type { Config } from './config.ts';
import { decisionPointHook } from './decision-points/decision-point.ts';
import { loadDecisionPoints } from './decision-points/load-decision-points.ts';
import { correctionOutcome } from './evidence/corrections/handle-correction-decision.ts';
import { evidenceOutcome } from './evidence/pieces/review-evidence.ts';
import { tellAccount } from './evidence/pieces/tell-account.ts';
import { tellSides } from './evidence/pieces/tell-sides.ts';
import type { Count } from './kernel/counters.ts';
import type { BindingRequestId } from './kernel/ids.ts';
import type { InstallationSecret } from './kernel/secrets.ts';
import { LIMITS } from './limits.ts';
import { mountAt } from './mount.ts';
import { bearerOf } from './oidc/bearer.ts';
import { bindingRar } from './oidc/binding-rar.ts';
import { bindingRequestsRoute } from './oidc/binding-requests.ts';
import { ACCOUNT_BINDING_GRANT, accountBindingGrant } from './oidc/grants/account-binding.ts';
import { startByHint, tokenExchangeGrant } from './oidc/grants/token-exchange.ts';
import { isForPrograms, makeProvider } from './oidc/provider.ts';
import { unitOfWork } from './oidc/unit-of-work.ts';
import type { KeyCustody } from './owners/custody.ts';
import { demoPlatform } from './platforms/demo-platform.ts';
import { loadPlatforms } from './platforms/load-platforms.ts';
import { HOOKS, loadPackFiles, type Packs } from './policy/registry.ts';
import { refusalReporter } from './refusals.ts';
import { openRequest, withinRequestOf } from './requests.ts';
import type { ReviewTimes } from './review/deadline.ts';
import type { ReviewDeps } from './review/deps.ts';
import { openAddressBook } from './risk/address-book.ts';
import { makeScim } from './scim/scim.ts';
import { Database } from './store/database.ts';
import { BINDING_TOKEN_ALGS, BindingTokenSigner } from './tokens/binding-token.ts';
import {
  introspectBindingToken,
  looksLikeBindingToken,
} from './tokens/introspect-binding-token.ts';
import { loadSigningKeys } from './tokens/signing-keys.ts';
import { StatusLists } from './tokens/status-list.ts';
import { makeProviderPages } from './web/approval/provider.pages.ts';
import { LANGUAGES } from './web/core/i18n.ts';
import { loadBrands } from './web/core/load-brands.ts';
import { makeWeb } from './web/web.ts';

export type Bindery = Awaited<ReturnType<typeof composeDeps>>;

export interface Server {
  readonly bindery: Bindery;
  readonly app: Koa;
  close(): Promise<void>;
}

export interface ComposeInput {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
  readonly log: Logger;
  readonly count: Count;
}

/** Builds what every room needs. Only `main.ts`, the commands and tests call it. */
async function composeDeps({ config, secrets, custody, log, count }: ComposeInput, db: Database) {
  const report = refusalReporter(log, count);
  const decisionPoints = await loadDecisionPoints(config.decisionPoints);
  const hooks = [...HOOKS, ...decisionPoints.map(decisionPointHook)];
  const packs = await openPacks(db, await loadPackFiles(config.packsDir, hooks));
  const review = reviewOf(config, packs.current);
  const brands = loadBrands(config.brandFile);
  const platforms = await loadPlatforms(config.platformsDir, {
    production: config.production,
    also: config.demoPlatform ? [demoPlatform(config.demoPlatform.issuer)] : [],
  });
  const addresses = await openAddressBook(config.addressBook);
  const keys = await loadSigningKeys(db, secrets);
  const { issuer, defaultPack, lifetimes } = config;
  const signer = new BindingTokenSigner(issuer, keys);
  const limits = LIMITS;
  const factors: FactorDeps = {
    db,
    secrets,
    issuer,
    lifetimes,
    limits: limits.factors,
    serviceName: brands.everywhere.name.zh,
    tell: tellAccount,
  };
  const binding = {
    db,
    secrets,
    packs,
    hooks,
    decisionPoints,
    rehearsals: config.demo,
    passwordPlatforms: config.passwordPlatforms,
    lifetimes,
    limits,
    issuer,
    signer,
    defaultPack,
  };
  const outcomes: ReviewDeps['outcomes'] = {
    binding_request: {
      lock: async (tx, id) => void (await lockRequest(tx, id as BindingRequestId)),
      handleDecision: async (tx, decided) =>
        await handleReviewDecision(tx, { ...binding, tellSides }, decided),
    },
    evidence: evidenceOutcome({ lifetimes }),
    correction: correctionOutcome({ lifetimes }),
  };
  const upstream = {
    db,
    secrets,
    custody,
    issuer,
    lifetimes,
    platforms,
    platformSecret: config.platformSecret,
    limits,
  };
  const exchange = tokenExchangeGrant({ upstream, issuer, report });
  const redeem = accountBindingGrant({ ...binding, report, count });
  const apiResource = `${issuer}/api/v1`;
  const provider = makeProvider({
    issuer,
    db,
    secrets,
    jwks: keys
      .filter(({ purpose }) => purpose === 'oidc')
      .map(({ privateJwk }) => privateJwk as never),
    publicJwks: keys
      .filter(({ purpose }) => purpose === 'binding')
      .map(({ publicJwk }) => publicJwk as never),
    cookieKeys: [secrets.derive('cookies').toString('base64url')],
    config: {
      demo: config.demo,
      trustProxy: config.trustProxy > 0,
      registrationEnabled: config.registration,
    },
    lifetimes: lifetimes.oidc,
    freshSignInSeconds: Math.min(
      ...[...packs.current.values()].map((pack) => pack.freshSignInSeconds),
    ),
    getResource: async (uri) => {
      if (uri === apiResource) return { scope: API_SCOPES.join(' ') };
      return (await findResourceClient(db, uri)) === undefined ? undefined : { scope: '' };
    },
    defaultResource: apiResource,
    resourceScopes: API_SCOPES,
    bindingRar: bindingRar(binding),
    startByHint: startByHint({ upstream, report }),
    bindingTokens: {
      isOurs: (token) => looksLikeBindingToken(token),
      answer: async (ctx, token) => {
        const { client } = ctx.oidc;
        const resources = Array.isArray(client.account_binding_resources)
          ? (client.account_binding_resources as string[])
          : [];
        return await introspectBindingToken(binding, {
          token,
          audiences: [client.clientId, ...resources],
        });
      },
    },
    extraGrants: [
      {
        name: ACCOUNT_BINDING_GRANT,
        params: redeem.params,
        handler: async (ctx) => await redeem.handler(ctx.oidc.provider, ctx),
      },
      exchange,
    ],
    extraRoutes: [bindingRequestsRoute(binding)],
    discovery: {
      packs: [...packs.current.keys()],
      bindingTokenAlgs: BINDING_TOKEN_ALGS,
      uiLocales: LANGUAGES,
    },
    report,
    ...makeProviderPages({ config, secrets, addresses, platforms, report, brands }),
  });
  const statusLists = new StatusLists({ db, signer, issuer, lifetimes });
  const evidence = await composeEvidence(config, { db, secrets, custody, review, policy: binding });
  const messages = {
    db,
    secrets,
    senders: composeSenders(config, db),
    limits: limits.contacts,
  };
  return {
    ...binding,
    messages,
    addresses,
    brands,
    platforms,
    upstream,
    factors,
    custody,
    evidence,
    config,
    log,
    count,
    report,
    keys,
    provider,
    bearer: bearerOf({ db, issuer, provider, keys }),
    appRules: {
      production: config.production,
      scopes: API_SCOPES,
      packs: [...packs.current.keys()],
    },
    statusLists,
    outcomes,
  };
}

/** How long reviewers have and how many must agree: the default pack decides. */
export function reviewOf({ defaultPack }: Config, packs: Packs): ReviewTimes {
  const review = packs.get(defaultPack)?.review;
  if (!review)
    throw new Error(`PACK=${defaultPack} is not one of the packs: ${[...packs.keys()].join(', ')}`);
  return review;
}

/**
 * Builds the whole server over a migrated database. Throws with a readable message if a part of the
 * configuration is wrong.
 */
export async function compose(input: ComposeInput): Promise<Server> {
  const db = new Database(input.databaseUrl, { max: input.config.databasePool });
  const bindery = await composeDeps(input, db).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  const { config, log, provider } = bindery;
  // Each proxy appends the address it saw. The client invented anything before those in
  // X-Forwarded-For.
  const app = new Koa({ proxy: config.trustProxy > 0, maxIpsCount: config.trustProxy });
  app.keys = provider.keys as string[]; // without keys, interactions fail with 400
  app.on('error', (error: Error & { status?: number; expose?: boolean }, ctx?: Koa.Context) => {
    if (error.expose && (error.status ?? 500) < 500) return;
    withinRequestOf(ctx, () => log.error({ err: error }, 'a request failed'));
  });
  provider.on('server_error', (_ctx, error) => log.error({ err: error }, 'the provider failed'));
  app.use(openRequest({ trustProxy: config.trustProxy > 0 }));
  app.use(mountAt(config.issuer));
  app.use(unitOfWork(db, { ...makeProviderPages(bindery), report: bindery.report }));
  const api = makeApi({ ...bindery, admin: bindery });
  const scim = makeScim(bindery);
  const web = makeWeb(bindery);
  app.use(async (ctx, next) =>
    isForPrograms(ctx.path)
      ? await next()
      : await api(ctx, async () => void (await scim(ctx, async () => void (await web(ctx, next))))),
  );
  app.use(mount(provider as unknown as Koa));
  return {
    bindery,
    app,
    close: async () => {
      await bindery.evidence.sandbox?.stop();
      await Promise.all(
        bindery.decisionPoints.map(async (decisionPoint) => await decisionPoint.close()),
      );
      await db.close();
    },
  };
}

/** Builds the app of the management port. No proxy is in front of it. */
export function composeManagement({
  log,
  count,
  ...deps
}: Pick<ComposeInput, 'log' | 'count'> &
  Pick<ManagementDeps, 'db' | 'controllableClock' | 'demo' | 'metrics'>): Koa {
  return managementApp({
    ...deps,
    openRequest: openRequest({ trustProxy: false }),
    report: refusalReporter(log, count),
  });
}
