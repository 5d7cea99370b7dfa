import type { z } from 'zod';
import type { Result } from '../../kernel/refusals.ts';
import type { Caller, CheckBearer } from '../../oidc/bearer.ts';
import type { AppDeps } from '../../oidc/manage-apps.ts';
import type { Packs } from '../../policy/registry.ts';
import type { AdminRefusal } from './problems.ts';

/** What the operations of the admin API use. */
export interface AdminDeps extends AppDeps {
  readonly bearer: CheckBearer;
  readonly packs: { readonly current: Packs };
}

/** The scope of everything under /api/v1/admin, beside the one of the operation. */
export const ADMIN_SCOPE = 'admin';

export type AdminScope =
  | 'clients:read'
  | 'clients:write'
  | 'accounts:read'
  | 'accounts:write'
  | 'bindings:read'
  | 'bindings:write'
  | 'packs:read'
  | 'audit:read';

export interface Called<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
}

/** One operation: its route is made from it, and its part of /openapi.json. */
export interface Operation<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Below /api/v1/admin, with the names of `params` in braces. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Null: 204, without a body. */
  readonly answer: z.ZodType | null;
  readonly created?: boolean;
  /** For programs that act by themselves too; others are operators, or auditors where it reads. */
  run(
    deps: AdminDeps,
    called: Called<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<Result<unknown, AdminRefusal>>;
}

/** Types the operation by its schemas, and forgets them for the list of all. */
export function operation<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
>(one: Operation<Params, Query, Body>): Operation {
  return one as unknown as Operation;
}
