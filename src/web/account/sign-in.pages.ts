import type Router from '@koa/router';
import type { Context } from 'koa';
import {
  type Authenticated,
  type AuthenticationRefusal,
  authenticate,
  type Credentials,
} from '../../accounts/authenticate.ts';
import { beginPasskeySignIn } from '../../accounts/sign-in-by-passkey.ts';
import type { Result } from '../../kernel/refusals.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { json } from './security.pages.ts';

/** What passkeys.js asks for on every page that signs in: options as JSON, or a notice to show. */
export function signInPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.post('/sign-in/passkey', formGuard(pages), async (ctx) => {
    json(pages, ctx, await beginPasskeySignIn(deps, pages.visitor(ctx)));
  });
}

/** What the form on sign-in.eta brings, whichever of its two halves was sent. */
export function credentialsOf(ctx: Context): Credentials {
  return {
    login: field(ctx, 'login'),
    password: field(ctx, 'password'),
    passkey: field(ctx, 'passkey'),
  };
}

/** Signs in by that form, and notes the visit. */
export async function enterByForm(
  pages: Pages,
  deps: WebDeps,
  ctx: Context,
): Promise<Result<Authenticated, AuthenticationRefusal>> {
  const { browser, address, device } = pages.visitor(ctx);
  const entered = await authenticate(deps, { ...credentialsOf(ctx), browser, address });
  if (entered.ok) await noteVisit(deps.db, entered.value.account.id, device);
  return entered;
}
