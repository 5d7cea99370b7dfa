import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { findAccount } from '../../accounts/accounts.store.ts';
import { holdsRole } from '../../accounts/role.ts';
import { ok, type Refusal, type Result, refuse } from '../../kernel/refusals.ts';
import { BEARER_STATUS, type BearerRefusal, type Caller, challengeOf } from '../../oidc/bearer.ts';
import type { ApiDeps } from '../deps.ts';
import { ACCOUNT_OPERATIONS } from './accounts.routes.ts';
import { BINDING_OPERATIONS } from './bindings.routes.ts';
import { CLIENT_OPERATIONS } from './clients.routes.ts';
import { ADMIN_SCOPE, type Operation } from './operation.ts';
import { ADMIN_PROBLEMS, type AdminRefusal } from './problems.ts';
import { RECORD_OPERATIONS } from './records.routes.ts';

export const ADMIN_OPERATIONS: readonly Operation[] = [
  ...CLIENT_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...BINDING_OPERATIONS,
  ...RECORD_OPERATIONS,
];

export const ADMIN_PATH = '/api/v1/admin';

const parse = bodyParser({ enableTypes: ['json'], jsonLimit: '64kb' });
const nothing = z.object({});

/** What pages and commands do, for programs of the operator (RFC 6750, RFC 9457). */
export function adminRoutes(router: Router, deps: ApiDeps): void {
  for (const one of ADMIN_OPERATIONS) {
    const path = `${ADMIN_PATH}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    router[one.method](path, async (ctx) => {
      ctx.set('Cache-Control', 'no-store');
      const caller = await callerOf(deps, ctx, one);
      if (!caller.ok) return refused(ctx, caller.refusal, one);
      const called = await readCall(ctx, one);
      if (!called.ok) return refused(ctx, called.refusal, one);
      const done = await one.run(deps.admin, { ...called.value, caller: caller.value });
      if (!done.ok) return refused(ctx, done.refusal, one);
      ctx.status = one.answer === null ? 204 : one.created ? 201 : 200;
      if (one.answer !== null) ctx.body = done.value;
    });
  }

  function refused(ctx: Context, why: Refusal<AdminRefusal>, { scope }: Operation): void {
    deps.report(why);
    const { code, detail } = why;
    const { status, title } = ADMIN_PROBLEMS[code];
    if (code in BEARER_STATUS)
      ctx.set('WWW-Authenticate', challengeOf(code as BearerRefusal, `${ADMIN_SCOPE} ${scope}`));
    ctx.status = status;
    ctx.body = { type: 'about:blank', title, status, code, ...told(detail) };
    ctx.type = 'application/problem+json';
  }
}

/** The members of a refusal's detail that help the caller. The rest is for the log. */
function told(detail: Refusal['detail']): object {
  const { field, problem } = detail ?? {};
  return {
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof problem === 'string' ? { detail: problem } : {}),
  };
}

/**
 * The token has the scope of all of this and that of the operation. A person's token works as long
 * as they are operator; an auditor's for what only reads.
 */
async function callerOf(
  { admin }: ApiDeps,
  ctx: Context,
  { scope, method }: Operation,
): Promise<Result<Caller, BearerRefusal | 'not_an_operator'>> {
  const caller = await admin.bearer(ctx, scope);
  if (!caller.ok) return caller;
  const { accountId, scopes } = caller.value;
  if (!scopes.has(ADMIN_SCOPE)) return refuse('insufficient_scope', 'API-2C0');
  // A client that keeps the accounts of one platform has no business beyond them.
  if (caller.value.platform !== null && !scope.startsWith('accounts:'))
    return refuse('insufficient_scope', 'API-2C6', { scope });
  if (accountId === null) return caller;
  const account = await findAccount(admin.db, accountId);
  const may =
    method === 'get' ? holdsRole(account, 'operator', 'auditor') : holdsRole(account, 'operator');
  return may ? caller : refuse('not_an_operator', 'API-2C1');
}

/** The request as the schemas of the operation have it. */
async function readCall(
  ctx: Context,
  { params = nothing, query = nothing, body }: Operation,
): Promise<
  Result<
    Omit<Parameters<Operation['run']>[1], 'caller'>,
    'malformed_request' | 'unknown_media_type' | 'body_too_large'
  >
> {
  const sent = body ? await readBody(ctx) : ok(undefined);
  if (!sent.ok) return sent;
  const parts = { params: ctx.params as unknown, query: { ...ctx.query }, body: sent.value };
  const shape = z.object({ params, query, body: body ?? z.undefined() });
  const parsed = shape.safeParse(parts);
  if (parsed.success) return ok(parsed.data as never);
  const [issue] = parsed.error.issues;
  const field = issue?.path.slice(1).join('.') ?? '';
  return refuse('malformed_request', 'API-2C2', { field, problem: issue?.message });
}

async function readBody(
  ctx: Context,
): Promise<Result<unknown, 'malformed_request' | 'unknown_media_type' | 'body_too_large'>> {
  if (!ctx.is('application/json')) return refuse('unknown_media_type', 'API-2C3');
  try {
    await parse(ctx, async () => {});
    return ok(ctx.request.body);
  } catch (error) {
    const { status } = error as { status?: unknown };
    if (status === 413) return refuse('body_too_large', 'API-2C4');
    if (status === 400) return refuse('malformed_request', 'API-2C5', { field: '' });
    throw error;
  }
}
