import type { Context } from 'koa';
import type { Refusal } from '../kernel/refusals.ts';
import type { Keeper, ScimDeps } from './deps.ts';
import type { ScimCode } from './scim-errors.ts';
import type { Resource } from './user.ts';

/** What the routes have to answer with. */
export interface Routing {
  readonly deps: ScimDeps;
  /** The address of the service, which locations begin with. */
  readonly base: string;
  /** Who calls; undefined: the refusal is answered. */
  admit(ctx: Context): Promise<Keeper | undefined>;
  answer(ctx: Context, resource: Resource): void;
  refused(ctx: Context, refused: Refusal<ScimCode>): void;
}
