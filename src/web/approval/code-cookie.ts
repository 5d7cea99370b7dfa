import type { Context } from 'koa';
import type { Pages } from '../core/pages.ts';

const COOKIE = 'bindery_code';

export interface ShownCode {
  readonly code: string;
  readonly link: string;
}

/**
 * The server stores only a hash of the DET. A sealed cookie for this one page holds the code, so
 * that the page can be reloaded while the code lives (R7).
 */
export async function rememberCode(
  pages: Pages,
  ctx: Context,
  approvalSessionId: string,
  { code, link, lifetimeSeconds }: ShownCode & { readonly lifetimeSeconds: number },
): Promise<void> {
  const sealed = await pages.secrets.seal(
    purpose(approvalSessionId),
    { code, link },
    lifetimeSeconds,
  );
  pages.cookies.write(ctx, COOKIE, sealed, {
    path: pathOf(approvalSessionId),
    maxAge: lifetimeSeconds,
  });
}

export async function recallCode(
  pages: Pages,
  ctx: Context,
  approvalSessionId: string,
): Promise<ShownCode | undefined> {
  const sealed = pages.cookies.read(ctx, COOKIE, pathOf(approvalSessionId));
  if (sealed === undefined) return undefined;
  const payload = await pages.secrets.unseal(purpose(approvalSessionId), sealed);
  const { code, link } = payload ?? {};
  return typeof code === 'string' && typeof link === 'string' ? { code, link } : undefined;
}

export function forgetCode(pages: Pages, ctx: Context, approvalSessionId: string): void {
  pages.cookies.clear(ctx, COOKIE, pathOf(approvalSessionId));
}

function pathOf(approvalSessionId: string): string {
  return `/bind/s/${approvalSessionId}`;
}

function purpose(approvalSessionId: string): string {
  return `web/code/${approvalSessionId}`;
}
