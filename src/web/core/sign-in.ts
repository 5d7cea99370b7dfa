import type { Context } from 'koa';
import {
  type Authenticated,
  type AuthenticationRefusal,
  authenticate,
  type Credentials,
} from '../../accounts/authenticate.ts';
import type { Result } from '../../kernel/refusals.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from './deps.ts';
import { field } from './forms.ts';
import type { Pages } from './pages.ts';

/** The fields of sign-in.eta: those of the password form, or those of the passkey form. */
export function credentialsOf(ctx: Context): Credentials {
  return {
    login: field(ctx, 'login'),
    password: field(ctx, 'password'),
    passkey: field(ctx, 'passkey'),
  };
}

/** Signs in with these credentials, and records the visit. */
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
