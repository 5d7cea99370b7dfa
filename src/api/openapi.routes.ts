import {
  extendZodWithOpenApi,
  OpenAPIRegistry,
  OpenApiGeneratorV31,
} from '@asteasolutions/zod-to-openapi';
import type Router from '@koa/router';
import { z } from 'zod';
import { REFUSAL_CODES } from '../kernel/refusals.ts';
import { ADMIN_OPERATIONS, ADMIN_PATH } from './admin/admin.routes.ts';
import { ADMIN_SCOPE, type Operation } from './admin/operation.ts';
import type { ApiDeps } from './deps.ts';

extendZodWithOpenApi(z);

const detailsObject = z
  .strictObject({
    type: z.literal('account_binding'),
    role: z.enum(['primary', 'sub']).optional(),
    pack: z.string().optional(),
    actions: z.array(z.string()).optional(),
    privileges: z.array(z.string()).optional(),
    datatypes: z.array(z.string()).optional(),
    locations: z.array(z.url()).max(1).optional(),
  })
  .openapi('AccountBinding');

const bindingRequest = z
  .object({
    binding_request: z.string(),
    start_uri: z.url(),
    verification_uri: z.url(),
    expires_in: z.int(),
    interval: z.int(),
  })
  .openapi('BindingRequest');

const bound = z
  .object({
    issued_token_type: z.literal('urn:bindery:token-type:account-binding'),
    binding_token: z.string(),
    token_type: z.literal('N_A'),
    expires_in: z.int(),
    binding_id: z.string(),
    authorization_details: z.array(detailsObject),
  })
  .openapi('BoundAnswer');

const oauthError = z
  .object({
    error: z.string(),
    error_description: z.string().optional(),
    refusal: z.enum(REFUSAL_CODES).optional(),
    appeal_uri: z.url().optional(),
    review_due: z.iso.datetime().optional(),
    interval: z.int().optional(),
  })
  .openapi('OAuthError');

const problem = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string().optional() })
  .openapi('Problem');
const form = (schema: z.ZodType) => ({
  body: { content: { 'application/x-www-form-urlencoded': { schema } } },
});
const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});

/**
 * The OpenAPI document of our own routes. The discovery document describes those of OAuth 2.0 and
 * OpenID Connect.
 */
function openapiDocument(issuer: string) {
  const registry = new OpenAPIRegistry();
  const client = registry.registerComponent('securitySchemes', 'client', {
    type: 'http',
    scheme: 'basic',
  });
  const security = [{ [client.name]: [] }];

  registry.registerPath({
    method: 'post',
    path: '/binding-requests',
    summary: 'Ask for a binding from an app with screens of its own',
    security,
    request: form(
      z.object({
        authorization_details: z.string().describe('a JSON array with one AccountBinding'),
        login_hint: z.string().optional(),
        ui_locales: z.string().optional(),
      }),
    ),
    responses: {
      200: json('The handle, and where the initiator goes', bindingRequest),
      400: json('Refused', oauthError),
      401: json('Unknown client', oauthError),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/token',
    summary: 'Redeem a binding request',
    security,
    request: form(
      z.object({
        grant_type: z.literal('urn:bindery:grant-type:account-binding'),
        binding_request: z.string(),
      }),
    ),
    responses: {
      200: json('Bound', bound),
      400: json('Pending, in review, refused, expired or unknown', oauthError),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/status',
    summary: 'The addresses of all status lists',
    responses: { 200: json('Addresses', z.object({ status_lists: z.array(z.url()) })) },
  });
  registry.registerPath({
    method: 'get',
    path: '/status/{id}',
    summary: 'A status list of binding tokens, as a signed JWT',
    request: { params: z.object({ id: z.string().regex(/^\d{1,9}$/) }) },
    responses: {
      200: {
        description: 'statuslist+jwt',
        content: { 'application/statuslist+jwt': { schema: z.string() } },
      },
      404: {
        description: 'No such list',
        content: { 'application/problem+json': { schema: problem } },
      },
    },
  });

  registry.registerPath({
    method: 'get',
    path: '/scim/v2/Schemas',
    summary: 'What a platform can say of its accounts by SCIM 2.0 (RFC 7643, RFC 7644)',
    responses: {
      200: {
        description: 'A ListResponse of schemas',
        content: {
          'application/scim+json': { schema: z.object({ Resources: z.array(z.object({})) }) },
        },
      },
    },
  });
  const token = registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  });
  for (const one of ADMIN_OPERATIONS) describeAdmin(registry, token.name, one);

  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Bindery',
      version: '1',
      description: 'Account binding: what is ours beside OAuth 2.0 and OpenID Connect.',
    },
    servers: [{ url: issuer }],
  });
}

function describeAdmin(registry: OpenAPIRegistry, token: string, one: Operation): void {
  registry.registerPath({
    method: one.method,
    path: `${ADMIN_PATH}${one.path}`,
    summary: one.summary,
    description: `Scopes: ${ADMIN_SCOPE} ${one.scope}`,
    tags: ['admin'],
    security: [{ [token]: [ADMIN_SCOPE, one.scope] }],
    request: {
      ...(one.params ? { params: one.params } : {}),
      ...(one.query ? { query: one.query } : {}),
      ...(one.body ? { body: { content: { 'application/json': { schema: one.body } } } } : {}),
    },
    responses: {
      ...(one.answer === null
        ? { 204: { description: 'Done' } }
        : { [one.created ? 201 : 200]: json('Done', one.answer) }),
      default: {
        description: 'Refused (RFC 9457)',
        content: { 'application/problem+json': { schema: problem } },
      },
    },
  });
}

/** `GET /openapi.json`: OpenAPI 3.1, made from the schemas of the answers. */
export function openapiRoutes(router: Router, { issuer }: ApiDeps): void {
  const document = openapiDocument(issuer);
  router.get('/openapi.json', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = document;
  });
}
