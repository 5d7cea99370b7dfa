import type { Context } from 'koa';
import type { Pages } from './pages.ts';

const COOKIE = 'bindery_code';
const LIFETIME = 900; // R7

export interface ShownCode {
  readonly code: string;
  readonly link: string;
}

/**
 * The server keeps only a hash of the DET, so that the page that shows it can be reloaded the browser carries it,
 * sealed, to that one page, for as long as the code lives (R7).
 */
export async function rememberCode(pages: Pages, ctx: Context, sittingId: string, { code, link }: ShownCode): Promise<void> {
  const sealed = await pages.secrets.seal(purpose(sittingId), { code, link }, LIFETIME);
  pages.cookies.write(ctx, COOKIE, sealed, { path: pathOf(sittingId), maxAge: LIFETIME });
}

export async function recallCode(pages: Pages, ctx: Context, sittingId: string): Promise<ShownCode | undefined> {
  const sealed = pages.cookies.read(ctx, COOKIE, pathOf(sittingId));
  if (sealed === undefined) return undefined;
  const payload = await pages.secrets.unseal(purpose(sittingId), sealed);
  const { code, link } = payload ?? {};
  return typeof code === 'string' && typeof link === 'string' ? { code, link } : undefined;
}

export function forgetCode(pages: Pages, ctx: Context, sittingId: string): void {
  pages.cookies.clear(ctx, COOKIE, pathOf(sittingId));
}

function pathOf(sittingId: string): string {
  return `/bind/s/${sittingId}`;
}

function purpose(sittingId: string): string {
  return `web/code/${sittingId}`;
}
