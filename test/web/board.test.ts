import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { sql } from '../../src/store/sql.ts';
import { toCsv } from '../../src/web/operator/board.pages.ts';
import { drawChart } from '../../src/web/operator/board-chart.ts';
import { signInReviewer } from '../fixtures/review-pages.ts';
import { fillBoardHistory } from '../support/board-history.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
await fillBoardHistory(db, { days: 10, perDay: 200 });
const operator = await signInReviewer(issuer, 'operator', '/operator');

const PARTS = ['split', 'packs', 'hooks', 'refusals', 'steps', 'shadow', 'times', 'parts'] as const;

describe('the operator’s board over HTTP', () => {
  test('the board has a table for each chart and a file for each table [R24]', async () => {
    const page = await operator.open('/operator/board');
    expect(page.text).toMatch(/200 refusals/);
    for (const shown of [
      '70%',
      '140',
      '25%',
      '50',
      '5%',
      '76.8 % / 20.3 % / 2.9 %',
      'Devices',
      'wary',
    ])
      expect(page.text).toContain(shown);
    const { html } = await operator.go('/operator/board');
    const charts = [...html.matchAll(/<img src="([^"]+)" alt="([^"]+)"/g)];
    expect(charts.length).toBe(PARTS.length - 1);
    for (const [, src = '', alt] of charts) {
      expect(alt ?? '').toMatch(/^Chart: .+ table below\.$/);
      for (const paper of ['', '&narrow=1', '&dark=1', '&narrow=1&dark=1']) {
        const {
          status,
          headers,
          html: svg,
        } = await operator.go(`${src.replaceAll('&amp;', '&')}${paper}`);
        expect([status, headers.get('content-type')]).toStrictEqual([
          200,
          'image/svg+xml; charset=utf-8',
        ]);
        expect(headers.get('content-security-policy') ?? '').toMatch(/default-src 'none'.*sandbox/);
        // throws if the SVG is malformed
        const { format, width } = await sharp(Buffer.from(svg)).metadata();
        expect([format, width]).toStrictEqual(['svg', paper.includes('narrow') ? 328 : 900]);
        expect(svg).not.toMatch(/<script|NaN|undefined/);
      }
    }
    expect(page.links(/\.csv$/).length).toBe(PARTS.length);
    expect([...html.matchAll(/<table>/g)].length).toBe(PARTS.length);
  });

  test('the board and the operator’s console link to each other [R24]', async () => {
    expect((await operator.open('/operator')).links(/^\/operator\/board$/).length).toBe(1);
    expect((await operator.open('/operator/board')).links(/^\/operator$/).length).toBeGreaterThan(
      0,
    );
    const stranger = new HttpBrowser(issuer);
    const { location } = await stranger.send('/operator/board');
    expect(location?.search).toBe('?to=%2Foperator%2Fboard');
    expect(
      (
        await signInReviewer(issuer, 'operator', '/operator/board').then(
          async (browser) => await browser.go('/operator/board'),
        )
      ).status,
    ).toBe(200);
  });

  test('the board exports its tables as CSV for spreadsheets [R24]', async () => {
    const { status, headers, body } = await fetched('/operator/board/split.csv');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition') ?? '').toMatch(
      /^attachment; filename="bindery-split-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"$/,
    );
    expect(
      body.startsWith(
        '\uFEFFDate,Decisions,Stopped automatically,Refused by a person,Found wrong later\r\n',
      ),
    ).toBe(true);
    const rows = body.trimEnd().split('\r\n');
    expect(rows.length).toBe(31);
    expect(rows.at(-2) ?? '').toMatch(/^\d{4}-\d\d-\d\d,200,14,5,1$/);
    for (const part of PARTS)
      expect([part, (await fetched(`/operator/board/${part}.csv`)).status]).toStrictEqual([
        part,
        200,
      ]);
  });

  test('the board shows nothing to anyone but an operator [R24]', async () => {
    for (const login of ['linxiao', 'reviewer-a', 'mz-analyst']) {
      const browser = await signInReviewer(issuer, login, '/account');
      for (const path of [
        '/operator/board',
        '/operator/board/split.svg',
        '/operator/board/split.csv?from=x',
      ]) {
        const { status, html } = await browser.go(path);
        expect([`${login} ${path}`, status]).toStrictEqual([`${login} ${path}`, 403]);
        expect(html).not.toMatch(/<svg xmlns|Stopped automatically/);
      }
    }
  });

  // biome-ignore format: a table is read by its columns
  const BAD: readonly (readonly [string, RegExp])[] = [
    ['from=2026-02-30',                  /That is no date/],
    ['to=%27%3B+drop+table+decisions',   /That is no date/],
    ['from=2026-11-22&to=2026-11-01',    /wrong way round/],
    ['from=2000-01-01&to=2026-11-01',    /Too long a time/],
    ['from=2025-11-22&to=2026-11-01&by=day', /Too long a time/],
    ['by=fortnight',                     /no such step/],
    ['pack=__proto__',                   /no such rules/],
    ['pack=%3Cscript%3Ealert(1)%3C%2Fscript%3E', /no such rules/],
  ];
  for (const [query, says] of BAD) {
    test(`the board shows an error for ${decodeURIComponent(query)} [R24]`, async () => {
      const page = await operator.send(`/operator/board?${query}`);
      expect(page.status).toBe(422);
      expect(page.page.text).toMatch(says);
      expect(page.html).not.toMatch(/<script>alert/);
      for (const form of ['split.svg', 'split.csv'])
        expect((await operator.send(`/operator/board/${form}?${query}`)).status).toBe(422);
    });
  }

  test('the board ignores a parameter that is repeated or too long [R24]', async () => {
    for (const query of [
      'from=2026-11-01&from=2026-11-02',
      `pack=${'x'.repeat(4000)}`,
      'by[]=day',
      'dark=1&dark=2',
    ])
      expect([query, (await operator.go(`/operator/board?${query}`)).status]).toStrictEqual([
        query,
        200,
      ]);
    for (const name of [
      'nothing.svg',
      'nothing.csv',
      'constructor.svg',
      'parts.svg',
      'split.pdf',
      '..%2Fsplit.svg',
    ])
      expect([name, (await operator.go(`/operator/board/${name}`)).status]).toStrictEqual([
        name,
        404,
      ]);
  });

  test('the board can show one pack only, by week [R24]', async () => {
    const page = await operator.open('/operator/board?pack=weibo&by=week');
    expect(page.text).not.toMatch(/Mother-ship|200 refusals/);
    expect(
      page
        .links(/\.csv$/)
        .every(
          ({ url }) =>
            url.searchParams.get('pack') === 'weibo' && url.searchParams.get('by') === 'week',
        ),
    ).toBe(true);
  });

  test('the name of an operator’s hook is escaped on pages and in CSV [R22, R24]', async () => {
    const name = `=HYPERLINK("http://evil.example","<script>alert(1)</script>")`;
    await db.query(sql`
      insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, shadow, timings)
      values ('dec_odd', 'brq_odd', 'douyin', 1, 'deny', 'risk', '{}', ${JSON.stringify([{ id: name, version: 1, verdict: 'deny', reasons: [] }])},
              ${JSON.stringify({ verdict: 'deny', hooks: [{ id: name, version: 1, verdict: 'deny', reasons: [] }] })}, ${JSON.stringify({ [name]: 1 })})`);
    const { html } = await operator.go('/operator/board');
    expect(html).not.toMatch(/<script>alert/);
    expect(html).toMatch(/&lt;script&gt;alert/);
    for (const part of ['hooks', 'shadow']) {
      const { html: svg } = await operator.go(`/operator/board/${part}.svg`);
      expect(svg).not.toMatch(/<script/);
    }
    for (const part of ['hooks', 'shadow', 'parts']) {
      const { body } = await fetched(`/operator/board/${part}.csv`);
      expect(body).toMatch(/(^|\n)"'=HYPERLINK/);
    }
  });
});

describe('a table as a file', () => {
  for (const odd of [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠1',
  ]) {
    test(`${JSON.stringify(odd)} is not a formula in a CSV file [R24]`, () => {
      const [, line = ''] = toCsv(['name'], [[odd]]).split(/\r\n/);
      expect(line).toMatch(/^"?'/);
    });
  }

  test('a CSV file keeps commas, quotes, line ends, all alphabets and numbers [R24]', () => {
    expect(
      toCsv(
        ['名称', 'n'],
        [
          ['a,"b"\nc', 1.5],
          ['设备指纹', null],
        ],
      ),
    ).toBe('\uFEFF名称,n\r\n"a,""b""\nc",1.5\r\n设备指纹,\r\n');
  });
});

test('a chart with one name and no figures is drawn [R24]', async () => {
  const chart = {
    kind: 'bars',
    categories: ['<b>&"'],
    series: [{ name: 'x', tone: 'deep', values: [null] }],
  } as const;
  const svg = drawChart(chart, { dark: true, narrow: true });
  await sharp(Buffer.from(svg)).metadata();
  expect(svg).toMatch(/&lt;b&gt;&amp;/);
  expect(svg).not.toMatch(/<b>/);
});

/** The body as it was sent, with the byte order mark. */
async function fetched(
  path: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }> {
  const url = new URL(path, issuer).href;
  const answer = await fetch(url, {
    headers: { cookie: await operator.jar.getCookieString(url), 'accept-language': 'en' },
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: Buffer.from(await answer.arrayBuffer()).toString('utf8'),
  };
}
