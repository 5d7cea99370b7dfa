import type Router from '@koa/router';
import type { ApiDeps } from './deps.ts';
import { openapiDocument } from './openapi.ts';

/** `GET /openapi.json`: OpenAPI 3.1, from the schemas that describe the answers. */
export function openapiRoutes(router: Router, { issuer }: ApiDeps): void {
  const document = openapiDocument(issuer);
  router.get('/openapi.json', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = document;
  });
}
