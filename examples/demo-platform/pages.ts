import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';

/** Gives the account's id, or undefined where login and password do not fit. */
export type CheckPassword = (login: string, password: string) => string | undefined;

const LONGEST_FORM = 4_096;

/** The platform's sign-in: a page with `login` and `password`, which works without JavaScript. */
export function signInPage(provider: Provider, check: CheckPassword): Middleware {
  return async (ctx, next) => {
    const uid = /^\/sign-in\/([\w-]+)$/.exec(ctx.path)?.[1];
    if (uid === undefined) {
      if (ctx.path === '/') return show(ctx, 200, '<p>演示平台 · Demo platform</p>');
      return await next();
    }
    const details = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
    if (details?.uid !== uid)
      return show(ctx, 410, '<p>这次登录已经结束。· This sign-in is over.</p>');
    if (ctx.method !== 'POST') return show(ctx, 200, form(''));
    const origin = ctx.get('Origin');
    if (origin !== '' && origin !== new URL(provider.issuer).origin)
      return show(ctx, 403, '<p>…</p>');
    const sent = new URLSearchParams(await textOf(ctx.req));
    const accountId = check(sent.get('login') ?? '', sent.get('password') ?? '');
    if (accountId === undefined)
      return show(ctx, 422, form('<p>账号或密码不对。· Wrong account or password.</p>'));
    // One account at a time: whoever signs in to another is signed out of the first.
    if (details.session && details.session.accountId !== accountId) {
      await (await provider.Session.findByUid(details.session.uid))?.destroy();
      details.session = undefined;
    }
    details.result = { login: { accountId, amr: ['pwd'] } };
    await details.persist();
    ctx.status = 303;
    ctx.redirect(details.returnTo);
    ctx.status = 303;
  };
}

function form(notice: string): string {
  return `${notice}<form method="post">
  <p><label>账号 · Account <input name="login" autocomplete="username" required></label></p>
  <p><label>密码 · Password <input type="password" name="password" autocomplete="current-password" required></label></p>
  <p><button>登录 · Sign in</button></p>
</form>`;
}

function show(ctx: Context, status: number, main: string): void {
  ctx.status = status;
  ctx.type = 'text/html; charset=utf-8';
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  ctx.body = `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>演示平台 · Demo platform</title><main><h1>演示平台 · Demo platform</h1>${main}</main></html>`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LONGEST_FORM) return '';
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
