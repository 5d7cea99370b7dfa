import type Router from '@koa/router';
import { stringify } from 'csv-stringify/sync';
import type { Context } from 'koa';
import type { Board } from '../../board/board.ts';
import { type AskedBoard, viewBoard } from '../../board/view-board.ts';
import { type Refusal, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import type { Pages } from '../core/pages.ts';
import { secure } from '../core/security-headers.ts';
import { requireAccount } from '../core/session.ts';
import { type Section, sectionOf } from './board.views.ts';
import { drawChart } from './board-chart.ts';
import {
  figuresOf,
  formOf,
  isSection,
  packNames,
  queryOf,
  sectionsOf,
} from './board-page.views.ts';

/** The board: how refusals split (R24), as a page, as charts, and as CSV files. */
export function boardPages(router: Router, pages: Pages, deps: WebDeps): void {
  const packs = deps.packs.current;

  router.get(pages.returnTargets.add('/operator/board'), async (ctx) => {
    const found = await readBoard(ctx);
    if (!found) return;
    const t = pages.words(ctx);
    const { asked, board, errorPage } = found;
    const title = t('board.title');
    if (!board) {
      const view = {
        title,
        notice: pages.notice(ctx, errorPage),
        form: formOf(t, packs, asked),
        figures: null,
        sections: [],
      };
      return pages.show(ctx, 'board', view, { status: ERROR_PAGES[errorPage.code].status });
    }
    const query = queryOf(board.range, asked.pack);
    pages.show(
      ctx,
      'board',
      {
        title,
        notice: null,
        form: formOf(t, packs, { ...asked, ...board.range }),
        figures: figuresOf(t, board),
        sections: sectionsOf(t, board, { packs, query }),
      },
      { at: `/operator/board${query}` },
    );
  });

  router.get('/operator/board/:section.svg', async (ctx) => {
    const section = await readSection(ctx);
    if (!section) return;
    if (section.chart === null) return pages.errorPage(ctx, refusal('not_found', 'WEB-7B0'));
    const drawn = drawChart(section.chart, {
      dark: queryValue(ctx, 'dark') === '1',
      narrow: queryValue(ctx, 'narrow') === '1',
    });
    handOut(ctx, { type: 'image/svg+xml', body: drawn, disposition: 'inline' });
  });

  router.get('/operator/board/:section.csv', async (ctx) => {
    const section = await readSection(ctx);
    if (!section) return;
    const body = toCsv(
      section.columns.map(({ label }) => label),
      section.rows,
    );
    const { from, to } = section.range;
    handOut(ctx, {
      type: 'text/csv',
      body,
      disposition: `attachment; filename="bindery-${section.id}-${from}-${to}.csv"`,
    });
  });

  async function readSection(ctx: Context): Promise<(Section & Pick<Board, 'range'>) | undefined> {
    const name = String(ctx.params.section);
    const found = await readBoard(ctx);
    if (!found) return undefined;
    if (found.board && isSection(name)) {
      const t = pages.words(ctx);
      return { ...sectionOf(name, t, found.board, packNames(t, packs)), range: found.board.range };
    }
    pages.errorPage(ctx, found.errorPage ?? refusal('not_found', 'WEB-7B1'), {}, [
      { href: '/operator/board', label: pages.words(ctx)('board.title') },
    ]);
    return undefined;
  }

  /** Undefined where the reader is no operator; the answer is set then. */
  async function readBoard(ctx: Context): Promise<BoardRead | undefined> {
    const operator = await requireAccount(pages, deps.db, ctx);
    if (!operator) return undefined;
    const asked = {
      from: queryValue(ctx, 'from'),
      to: queryValue(ctx, 'to'),
      by: queryValue(ctx, 'by'),
      pack: queryValue(ctx, 'pack'),
    };
    const viewed = await viewBoard({ db: deps.db, packs }, { operator: operator.id, asked });
    if (viewed.ok) return { asked, board: viewed.value, errorPage: undefined };
    const { refusal: errorPage } = viewed;
    if (errorPage.code !== 'not_an_operator') return { asked, board: undefined, errorPage };
    pages.errorPage(ctx, errorPage, {}, [
      { href: '/account', label: pages.words(ctx)('account.title') },
    ]);
    return undefined;
  }
}

type BoardRead =
  | { readonly asked: AskedBoard; readonly board: Board; readonly errorPage: undefined }
  | {
      readonly asked: AskedBoard;
      readonly board: undefined;
      readonly errorPage: Refusal<ErrorPageCode>;
    };

/** Answers with a chart or a CSV. Nothing in it runs, also when it is opened by itself. */
function handOut(
  ctx: Context,
  {
    type,
    body,
    disposition,
  }: { readonly type: string; readonly body: string; readonly disposition: string },
): void {
  secure(ctx);
  ctx.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
  );
  ctx.set('Content-Disposition', disposition);
  ctx.type = `${type}; charset=utf-8`;
  ctx.body = body;
}

/** One parameter of the query; empty when it is missing, repeated or longer than 64 characters. */
function queryValue(ctx: Context, name: string): string {
  const value = ctx.query[name];
  return typeof value === 'string' && value.length <= 64 ? value : '';
}

/**
 * A table for spreadsheets. The byte order mark tells Excel that it is UTF-8. Cells that look like
 * formulas are marked as text (CWE-1236), because operators choose the names in them.
 */
export function toCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return stringify([[...columns], ...rows.map((row) => [...row])], {
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}
