import { readFile } from 'node:fs/promises';
import type Router from '@koa/router';
import { DIGITS } from '../../binding/code.ts';
import { refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import type { Titled } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { markdownToHtml } from './markdown.ts';

const PROTOCOL = new URL('../../../docs/protocol.md', import.meta.url);

/** The accounts of the demo that a visitor may use. Their password is public on purpose. */
const DEMO_PASSWORD = 'Bindery-demo-2026';
const DEMO_LOGINS = [
  'linxiao',
  'linxiao-reads',
  'chenwei',
  'zhaomin',
  'sunli',
  'meizhuang',
  'reviewer-a',
] as const;

declare module '../core/page.model.ts' {
  interface Views {
    readonly front: FrontView;
    readonly doc: DocView;
  }
}

interface FrontView extends Titled {
  /** The length of a binding code. */
  readonly digits: number;
  readonly demo: {
    readonly password: string;
    readonly accounts: readonly { readonly login: string; readonly who: string }[];
  } | null;
}

interface DocView extends Titled {
  /** HTML made by `markdown.ts` from a file of this repository. */
  readonly html: string;
}

/** The front page and the documents. */
export function frontPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get('/', (ctx) => {
    const t = pages.words(ctx);
    const accounts = DEMO_LOGINS.map((login) => ({ login, who: t(`demo.${login}`) }));
    pages.show(ctx, 'front', {
      title: t('front.title'),
      digits: DIGITS,
      demo: deps.config.demo ? { password: DEMO_PASSWORD, accounts } : null,
    });
  });

  router.get('/docs', async (ctx) => {
    const source = await readFile(PROTOCOL, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (source === undefined) return pages.errorPage(ctx, refusal('not_found', 'WEB-1D0'));
    pages.show(ctx, 'doc', { title: pages.words(ctx)('docs.title'), html: markdownToHtml(source) });
  });
}
