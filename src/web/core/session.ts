import type { Context, Middleware } from 'koa';
import {
  type Account,
  type AccountSummary,
  isSignedIn,
  maySignIn,
  summaryOf,
} from '../../accounts/account.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import type { Db } from '../../store/database.ts';
import type { AppLink } from './page.model.ts';
import type { Pages } from './pages.ts';

const COOKIE = 'bindery_account';
const PURPOSE = 'web/account';

/**
 * Starts the session of `/account`, `/review` and `/operator`. It is separate from oidc-provider's
 * session, and apps never see it.
 */
export async function startSession(
  pages: Pages,
  ctx: Context,
  account: Pick<AccountSummary, 'id'>,
  authTime = Math.floor(Date.now() / 1000),
): Promise<void> {
  const maxAge = pages.lifetimes.session;
  pages.cookies.write(
    ctx,
    COOKIE,
    await pages.secrets.seal(PURPOSE, { accountId: account.id, authTime }, maxAge),
    { maxAge },
  );
}

const APP_COOKIE = 'bindery_app';
const APP_PURPOSE = 'web/app';

/** The app that handed the person over, for the link back to it (R48). */
export async function rememberApp(
  pages: Pages,
  ctx: Context,
  { account, app }: { readonly account: AccountSummary; readonly app: AppLink },
): Promise<void> {
  const maxAge = pages.lifetimes.session;
  const says = { accountId: account.id, ...app };
  pages.cookies.write(ctx, APP_COOKIE, await pages.secrets.seal(APP_PURPOSE, says, maxAge), {
    maxAge,
  });
}

/** The link back to the app, on every page of the account that it handed over. */
async function recallApp(pages: Pages, ctx: Context, account: Account): Promise<void> {
  const sealed = pages.cookies.read(ctx, APP_COOKIE);
  const says = sealed === undefined ? undefined : await pages.secrets.unseal(APP_PURPOSE, sealed);
  if (!says || says.accountId !== account.id || typeof says.uri !== 'string') return;
  const state = ctx.state as { backToApp?: AppLink };
  state.backToApp = { name: String(says.name), uri: says.uri };
}

/** The account that is signed in; undefined for nobody, or an account that may not sign in. */
async function sessionAccount(pages: Pages, db: Db, ctx: Context): Promise<Account | undefined> {
  const sealed = pages.cookies.read(ctx, COOKIE);
  const payload = sealed === undefined ? undefined : await pages.secrets.unseal(PURPOSE, sealed);
  if (typeof payload?.accountId !== 'string') return undefined;
  const account = await findAccount(db, payload.accountId);
  if (!account || !maySignIn(account)) return undefined;
  if (!isSignedIn(account, Number(payload.authTime))) return undefined;
  await recallApp(pages, ctx, account);
  return account;
}

export function endSession(pages: Pages, ctx: Context): void {
  pages.cookies.clear(ctx, COOKIE);
  pages.cookies.clear(ctx, APP_COOKIE);
}

/** The signed-in account. Undefined where there is none: the answer then leads to the sign-in. */
export async function requireAccount(
  pages: Pages,
  db: Db,
  ctx: Context,
): Promise<AccountSummary | undefined> {
  const account = await sessionAccount(pages, db, ctx);
  if (account) pages.nameSignedIn(ctx, account);
  if (account) return summaryOf(account);
  pages.words(ctx);
  pages.goTo(ctx, `/account/sign-in?to=${encodeURIComponent(ctx.path)}`);
  return undefined;
}

/** Lets only signed-in people pass. It runs before files are read, so that nobody else's are. */
export function accountGuard(pages: Pages, db: Db): Middleware {
  return async (ctx, next) => {
    const account = await requireAccount(pages, db, ctx);
    if (!account) return;
    (ctx.state as { account?: AccountSummary }).account = account;
    await next();
  };
}

/** The account that {@link accountGuard} let pass. */
export function accountOf(ctx: Context): AccountSummary {
  const { account } = ctx.state as { account?: AccountSummary };
  if (!account) throw new Error('a route asks for an account that nothing guards');
  return account;
}
