import type { Context } from 'koa';

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><main><h1>${title}</h1>${body}</main></html>`;

/** Plain sign-out pages, used if the web room provides none. */
export function renderLogout(ctx: Context, form: string): void {
  ctx.body = page(
    '退出登录 · Sign out',
    `${form}<button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">退出 · Sign out</button>
     <button type="submit" form="op.logoutForm">取消 · Stay signed in</button>`,
  );
}

export function renderLoggedOut(ctx: Context): void {
  ctx.body = page('已退出 · Signed out', '');
}
