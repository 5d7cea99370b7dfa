// Types of oidc-provider's own files (pinned to 9.13) that internals.ts uses. No other file uses
// them.
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  import type { Middleware } from 'koa';
  import type Provider from 'oidc-provider';

  interface Router {
    post(name: string, path: string, ...middleware: Middleware[]): this;
  }
  export default function instance(provider: Provider): { readonly router: Router };
}
declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks';

  const als: AsyncLocalStorage<unknown>;
  export default als;
}
declare module 'oidc-provider/lib/shared/no_cache.js' {
  import type { Middleware } from 'koa';

  const noCache: Middleware;
  export default noCache;
}
declare module 'oidc-provider/lib/shared/selective_body.js' {
  import type { Middleware } from 'koa';
  export const urlencoded: Middleware;
}
declare module 'oidc-provider/lib/shared/assemble_params.js' {
  import type { Context, Next } from 'koa';
  export default function assembleParams(
    allowed: ReadonlySet<string>,
    ctx: Context,
    next: Next,
  ): Promise<void>;
}
declare module 'oidc-provider/lib/shared/client_auth.js' {
  import type { Context, Middleware } from 'koa';

  const clientAuth: readonly Middleware[];
  export default clientAuth;
  export function getClientAuthParams(ctx: Context): Set<string>;
}
declare module 'oidc-provider/lib/shared/reject_dupes.js' {
  import type { Context, Next } from 'koa';
  export default function rejectDupes(
    options: { except?: Set<string>; only?: Set<string> },
    ctx: Context,
    next: Next,
  ): Promise<void>;
}
declare module 'oidc-provider/lib/shared/check_rar.js' {
  import type { Middleware } from 'koa';

  const checkRar: Middleware;
  export default checkRar;
}
declare module 'oidc-provider/lib/shared/error_handler.js' {
  import type { Middleware } from 'koa';
  export default function getErrorHandler(eventName?: string): Middleware;
}
declare module 'oidc-provider/lib/shared/authorization_error_handler.js' {
  import type { Middleware } from 'koa';

  const authorizationErrorHandler: Middleware;
  export default authorizationErrorHandler;
}
declare module 'oidc-provider/lib/shared/set_www_authenticate_header.js' {
  import type { Middleware } from 'koa';
  export default function getSetWWWAuthenticateHeader(): Middleware;
}
declare module 'oidc-provider/lib/shared/reject_structured_tokens.js' {
  import type { Middleware } from 'koa';

  const rejectStructuredTokens: Middleware;
  export default rejectStructuredTokens;
}
declare module 'oidc-provider/lib/actions/introspection.js' {
  import type { Middleware } from 'koa';

  const introspection: Middleware[];
  export default introspection;
}
declare module 'oidc-provider/lib/actions/token.js' {
  import type { Middleware } from 'koa';

  const token: Middleware[];
  export default token;
}
declare module 'oidc-provider/lib/actions/authorization/index.js' {
  import type { Middleware } from 'koa';

  /** The steps of an endpoint. Every call returns the same array. */
  export default function authorizationAction(
    endpoint: 'authorization' | 'pushed_authorization_request',
  ): Middleware[];
}
declare module 'oidc-provider/lib/actions/authorization/claims.js' {
  import type { Middleware } from 'koa';

  export const checkIdTokenHint: Middleware;
}
