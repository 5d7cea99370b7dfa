import { z } from 'zod';

/**
 * A JSON pointer (RFC 6901). Of an OpenID provider it points into its claims; of a plain OAuth 2.0
 * provider into `{ token, <name of a request>: … }`, the answers in the order of asking.
 */
const pointer = z
  .string()
  .max(255)
  .regex(/^(\/([^/~]|~[01])*)+$/, 'must be a JSON pointer, such as /sub');
const web = z.url({ protocol: /^https?$/ });
const name = z.string().min(1).max(255);

export const title = z.strictObject({
  zh: z.string().min(1).max(64),
  en: z.string().min(1).max(64),
});

const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);
const secret = z.union([
  z.strictObject({ variable }).describe('The environment variable that holds the secret.'),
  z.strictObject({ file: z.string().min(1) }).describe('The file that holds the secret.'),
]);

const authentication = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('client_secret_basic'), secret }),
  z.strictObject({ method: z.literal('client_secret_post'), secret }),
  z
    .strictObject({ method: z.literal('private_key_jwt'), key: secret })
    .describe('The key is a private JWK with its alg.'),
  z.strictObject({ method: z.literal('none') }),
]);

const kind = z.strictObject({
  from: pointer,
  values: z.record(z.string(), z.enum(['personal', 'enterprise', 'special_industry'])),
});

const claims = z.strictObject({
  externalId: pointer.default('/sub'),
  login: pointer.default('/preferred_username'),
  displayName: pointer.default('/name'),
  avatarUrl: pointer.default('/picture'),
  kind: kind.nullable().default(null).describe('Without it, or of another value: personal.'),
});

const freshness = z
  .strictObject({
    parameters: z
      .record(z.string(), z.string())
      .describe('What makes the provider ask who it is, such as {"prompt": "login"}.')
      .default({}),
    maxAge: z.boolean().default(false).describe('Does it know max_age?'),
    authTime: z.boolean().default(false).describe('Is its auth_time believed?'),
  })
  .prefault({});

const base = {
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  title,
  client: z.strictObject({ id: name, authentication }),
  scopes: z.array(name),
  claims: claims.prefault({}),
  freshness,
  origins: z
    .array(web)
    .default([])
    .describe('Further origins that its sign-in passes through, for the security policy of pages.'),
  ids: z
    .enum(['platform', 'own'])
    .optional()
    .describe(
      'Are its external ids those of the platform, or its own? Needed where there are two.',
    ),
};

const oidc = z.strictObject({
  ...base,
  kind: z.literal('oidc'),
  issuer: web,
  endpoints: z
    .strictObject({ authorization: web, token: web, jwks: web, userinfo: web.optional() })
    .optional()
    .describe('Without them, they are discovered.'),
  userinfo: z.boolean().default(false).describe('Are claims of its userinfo endpoint read too?'),
  acr: z
    .array(name)
    .default([])
    .describe('Which acr values are enough; they are asked for. Empty: any.'),
  amr: z.array(name).default([]).describe('Which amr values are believed, and told to apps.'),
  apps: z
    .array(name)
    .default([])
    .describe('R48: the audiences of ID tokens by which apps hand people over.'),
});

const parameter = z.union([z.string(), z.strictObject({ from: pointer })]);
const oauth2 = z.strictObject({
  ...base,
  kind: z.literal('oauth2'),
  endpoints: z.strictObject({ authorization: web, token: web }),
  /** Names that differ from RFC 6749. */
  parameters: z
    .strictObject({
      tokenBy: z.enum(['post', 'get']).default('post'),
      clientId: name.default('client_id'),
      clientSecret: name.default('client_secret'),
      scopeSeparator: z.string().length(1).default(' '),
    })
    .prefault({}),
  accessToken: pointer.default('/token/access_token'),
  requests: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(?!token$)[a-z][a-zA-Z0-9]{0,31}$/),
        url: web,
        bearer: z.boolean().default(true).describe('Is the access token sent in the header?'),
        parameters: z.record(z.string(), parameter).default({}),
      }),
    )
    .max(4)
    .default([])
    .describe('What is asked with the access token, in order.'),
});

/** Where people of a platform sign in. */
export const provider = z.discriminatedUnion('kind', [oidc, oauth2]);

export type UpstreamProvider = z.infer<typeof provider>;
export type OidcProvider = Extract<UpstreamProvider, { kind: 'oidc' }>;
export type OAuth2Provider = Extract<UpstreamProvider, { kind: 'oauth2' }>;
export type SecretSource = z.infer<typeof secret>;

export const ownerReference = z
  .strictObject({ claim: pointer, believed: z.boolean() })
  .describe('R44: the claim of ID tokens that names the owner, and whether it is believed.');

/** Every URL that Bindery asks, or sends browsers to. */
export function urlsOf(of: UpstreamProvider): readonly string[] {
  const fixed = Object.values(of.endpoints ?? {}).filter((url) => url !== undefined);
  return of.kind === 'oidc'
    ? [of.issuer, ...fixed, ...of.origins]
    : [...fixed, ...of.requests.map(({ url }) => url), ...of.origins];
}

/** The origins that a browser passes through at its sign-in, as far as they are known. */
export function originsOf(of: UpstreamProvider): readonly string[] {
  const first =
    of.kind === 'oidc' ? (of.endpoints?.authorization ?? of.issuer) : of.endpoints.authorization;
  return [...new Set([first, ...of.origins].map((url) => new URL(url).origin))];
}
