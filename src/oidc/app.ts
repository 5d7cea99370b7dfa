import type { ClientMetadata } from 'oidc-provider';
import { z } from 'zod';
import { parseDisplayName } from '../accounts/account-fields.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { ACCOUNT_BINDING_GRANT } from './grants/account-binding.ts';
import { TOKEN_EXCHANGE_GRANT } from './grants/token-exchange.ts';

/** The grants that an operator may give, by a short name. */
// biome-ignore format: a table is read by its columns
export const APP_GRANTS = {
  authorization_code: 'authorization_code',
  refresh_token:      'refresh_token',
  client_credentials: 'client_credentials',
  account_binding:    ACCOUNT_BINDING_GRANT,
  token_exchange:     TOKEN_EXCHANGE_GRANT,
} as const;

export const APP_AUTHENTICATION = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;

const uri = z.string().max(2_048);
const optionalUri = uri.nullable();

/** An app as an operator registers it. PKCE is always asked of it. */
export const appShape = z.strictObject({
  name: z.string().max(1_024),
  uri: optionalUri.default(null),
  logoUri: optionalUri.default(null),
  /** `native`: an app on a device, which may use loopback addresses and schemes of its own. */
  native: z.boolean().default(false),
  redirectUris: z.array(uri).max(50).default([]),
  postLogoutRedirectUris: z.array(uri).max(50).default([]),
  /** Where redirect URIs of several hosts are one sector (OIDC Core §8.1). */
  sectorUri: optionalUri.default(null),
  authentication: z.enum(APP_AUTHENTICATION).default('client_secret_basic'),
  jwks: z
    .looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(20) })
    .nullable()
    .default(null),
  jwksUri: optionalUri.default(null),
  grants: z
    .array(z.enum(Object.keys(APP_GRANTS) as [keyof typeof APP_GRANTS]))
    .min(1)
    .default(['authorization_code', 'refresh_token', 'account_binding']),
  scopes: z.array(z.string().max(64)).max(50).default([]),
  resources: z.array(uri).max(50).default([]),
  backChannel: z.boolean().default(false),
  /** The packs that it may ask for; null: all. */
  packs: z.array(z.string().max(64)).max(100).nullable().default(null),
  /** The platform whose accounts it keeps. */
  platform: z.string().max(32).nullable().default(null),
  /** What it says of the owners of these accounts is believed. */
  ownerReferences: z.boolean().default(false),
  /** The platforms whose people it hands over, with the grant token_exchange or a hint. */
  handOver: z.array(z.string().max(32)).max(50).default([]),
  subjects: z.enum(['pairwise', 'public']).default('pairwise'),
  dpop: z.boolean().default(false),
});

export type AskedApp = z.output<typeof appShape>;

/** `detail.field` and `detail.problem` say what is wrong. What was sent is not repeated. */
export type AppFieldRefusal = 'invalid_app';

export interface AppRules {
  readonly production: boolean;
  readonly scopes: readonly string[];
  readonly packs: readonly string[];
}

export function parseApp(sent: unknown): Result<AskedApp, AppFieldRefusal> {
  const parsed = appShape.safeParse(sent);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return invalid('OIDC-4P0', issue?.path.join('.') ?? '', issue?.message ?? '');
}

/**
 * The metadata of the app by RFC 7591 names. This checks what oidc-provider does not; its own
 * schema is asked after that.
 */
export function metadataOf(
  asked: AskedApp,
  {
    clientId,
    rules,
    before,
  }: {
    readonly clientId: string;
    readonly rules: AppRules;
    /** What is stored: it keeps what has no place in {@link AskedApp}. */
    readonly before?: ClientMetadata | undefined;
  },
): Result<ClientMetadata, AppFieldRefusal> {
  const name = parseDisplayName(asked.name);
  if (!name.ok)
    return invalid('OIDC-4P1', 'name', 'empty, too long, or with characters that cannot be seen');
  const uris = [...asked.redirectUris, ...asked.postLogoutRedirectUris];
  const wrong = uris.map((each) => problemOf(each, asked, rules)).find((each) => each !== null);
  if (wrong) return invalid('OIDC-4P2', 'redirectUris', wrong);
  if (asked.redirectUris.length === 0 && asked.grants.includes('authorization_code'))
    return invalid('OIDC-4P3', 'redirectUris', 'the authorization code needs one at least');
  const scope = asked.scopes.find((each) => !rules.scopes.includes(each));
  if (scope !== undefined)
    return invalid('OIDC-4P4', 'scopes', `not one of ${rules.scopes.join(', ')}`);
  const pack = asked.packs?.find((each) => !rules.packs.includes(each));
  if (pack !== undefined)
    return invalid('OIDC-4P5', 'packs', `not one of ${rules.packs.join(', ')}`);
  if (asked.authentication === 'private_key_jwt' && !asked.jwks && !asked.jwksUri)
    return invalid('OIDC-4P6', 'jwks', 'private_key_jwt needs jwks or jwksUri');
  if (asked.authentication === 'none' && asked.grants.includes('client_credentials'))
    return invalid('OIDC-4P7', 'grants', 'client_credentials needs authentication');
  return ok(namesOf({ ...asked, name: name.value }, before ?? { client_id: clientId }));
}

function namesOf(asked: AskedApp, before: ClientMetadata): ClientMetadata {
  const code = asked.grants.includes('authorization_code');
  const keys = asked.authentication === 'private_key_jwt';
  const scopes = [
    ...(code ? ['openid', 'profile'] : []),
    ...(asked.grants.includes('refresh_token') ? ['offline_access'] : []),
    ...asked.scopes,
  ];
  const members = {
    client_name: asked.name,
    client_uri: asked.uri,
    logo_uri: asked.logoUri,
    application_type: asked.native ? 'native' : 'web',
    redirect_uris: asked.redirectUris,
    post_logout_redirect_uris: asked.postLogoutRedirectUris,
    sector_identifier_uri: asked.sectorUri,
    token_endpoint_auth_method: asked.authentication,
    jwks: keys ? asked.jwks : null,
    jwks_uri: keys ? asked.jwksUri : null,
    grant_types: [...asked.grants.map((grant) => APP_GRANTS[grant]), ...otherGrants(before)],
    response_types: code ? ['code'] : [],
    scope: scopes.length > 0 ? scopes.join(' ') : null,
    // Without redirect URIs there is no sector to be pairwise in.
    subject_type: code ? asked.subjects : 'public',
    dpop_bound_access_tokens: asked.dpop || null,
    authorization_details_types: asked.grants.includes('account_binding')
      ? ['account_binding']
      : null,
    account_binding_resources: asked.resources.length > 0 ? asked.resources : null,
    account_binding_back_channel: asked.backChannel || null,
    account_binding_packs: asked.packs,
    account_binding_platform: asked.platform,
    account_binding_owner_references: asked.ownerReferences || null,
    account_binding_platforms: asked.handOver.length > 0 ? asked.handOver : null,
  };
  return Object.fromEntries(
    Object.entries({ ...before, ...members }).filter(([, value]) => value !== null),
  ) as unknown as ClientMetadata;
}

function otherGrants({ grant_types: grants = [] }: ClientMetadata): readonly string[] {
  const known: readonly string[] = Object.values(APP_GRANTS);
  return grants.filter((grant) => !known.includes(grant));
}

/** The reverse of {@link metadataOf}, for forms and partial changes. */
export function askedOf(metadata: ClientMetadata): AskedApp {
  const grants = Object.entries(APP_GRANTS).flatMap(([name, grant]) =>
    (metadata.grant_types ?? ['authorization_code']).includes(grant)
      ? [name as keyof typeof APP_GRANTS]
      : [],
  );
  const scopes = (metadata.scope ?? '')
    .split(' ')
    .filter((scope) => !['', 'openid', 'profile', 'offline_access'].includes(scope));
  const parsed = appShape.safeParse({
    name: metadata.client_name ?? metadata.client_id,
    uri: metadata.client_uri ?? null,
    logoUri: metadata.logo_uri ?? null,
    native: metadata.application_type === 'native',
    redirectUris: metadata.redirect_uris ?? [],
    postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
    sectorUri: metadata.sector_identifier_uri ?? null,
    authentication: metadata.token_endpoint_auth_method ?? 'client_secret_basic',
    jwks: metadata.jwks ?? null,
    jwksUri: metadata.jwks_uri ?? null,
    grants,
    scopes,
    resources: metadata.account_binding_resources ?? [],
    backChannel: metadata.account_binding_back_channel ?? false,
    packs: metadata.account_binding_packs ?? null,
    platform: metadata.account_binding_platform ?? null,
    ownerReferences: metadata.account_binding_owner_references ?? false,
    handOver: metadata.account_binding_platforms ?? [],
    subjects: metadata.subject_type ?? 'pairwise',
    dpop: metadata.dpop_bound_access_tokens ?? false,
  });
  // What registered itself may have what this form does not know; the rest of it shows.
  return parsed.success
    ? parsed.data
    : appShape.parse({ name: metadata.client_name ?? metadata.client_id });
}

export function needsSecret({ authentication }: AskedApp): boolean {
  return authentication === 'client_secret_basic' || authentication === 'client_secret_post';
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function problemOf(text: string, { native }: AskedApp, { production }: AppRules): string | null {
  const url = URL.parse(text);
  // A parser drops or turns these, so the address would not be the one that is read here.
  if (!url || /[\s\\\p{Cc}]/u.test(text)) return 'not an absolute URI';
  if (text.includes('#')) return 'a redirect URI has no fragment (RFC 6749 §3.1.2)';
  if (text.includes('*')) return 'a redirect URI has no wildcard; it is compared as it is';
  if (url.username !== '' || url.password !== '') return 'a redirect URI has no user name';
  if (url.protocol === 'http:') {
    if (!LOOPBACK.has(url.hostname)) return 'http is for loopback addresses only';
    if (production && !native) return 'http is not for web apps in production';
  }
  return null;
}

function invalid(site: string, field: string, problem: string) {
  return refuse('invalid_app', site, { field, problem });
}
