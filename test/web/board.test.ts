import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { sql } from '../../src/store/sql.ts';
import { toCsv } from '../../src/web/operator/board.pages.ts';
import { drawChart } from '../../src/web/operator/board-chart.ts';
import { sitDown } from '../support/desk.ts';
import { pourPast } from '../support/past.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
await pourPast(db, { days: 10, perDay: 200 });
const operator = await sitDown(issuer, 'operator', '/operator');

const PARTS = ['split', 'packs', 'hooks', 'refusals', 'steps', 'shadow', 'times', 'parts'] as const;

describe('R24 the operator’s board over HTTP', () => {
  test('R24 says how refusals split, with a table for each chart and a file for each table', async () => {
    const page = await operator.open('/operator/board');
    assert.match(page.text, /200 refusals/);
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
      assert.ok(page.text.includes(shown), shown);
    const { html } = await operator.go('/operator/board');
    const charts = [...html.matchAll(/<img src="([^"]+)" alt="([^"]+)"/g)];
    assert.equal(charts.length, PARTS.length - 1);
    for (const [, src = '', alt] of charts) {
      assert.match(alt ?? '', /^Chart: .+ table below\.$/);
      for (const paper of ['', '&narrow=1', '&dark=1', '&narrow=1&dark=1']) {
        const {
          status,
          headers,
          html: svg,
        } = await operator.go(`${src.replaceAll('&amp;', '&')}${paper}`);
        assert.deepEqual(
          [status, headers.get('content-type')],
          [200, 'image/svg+xml; charset=utf-8'],
        );
        assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/);
        const { format, width } = await sharp(Buffer.from(svg)).metadata(); // a drawing that is well-formed, or it throws
        assert.deepEqual([format, width], ['svg', paper.includes('narrow') ? 328 : 900]);
        assert.doesNotMatch(svg, /<script|NaN|undefined/);
      }
    }
    assert.equal(page.links(/\.csv$/).length, PARTS.length);
    assert.equal([...html.matchAll(/<table>/g)].length, PARTS.length);
  });

  test('R24 is reached from the console, and goes back to it', async () => {
    assert.equal((await operator.open('/operator')).links(/^\/operator\/board$/).length, 1);
    assert.ok((await operator.open('/operator/board')).links(/^\/operator$/).length > 0);
    const stranger = new Surfer(issuer);
    const { location } = await stranger.send('/operator/board');
    assert.equal(location?.search, '?to=%2Foperator%2Fboard');
    assert.equal(
      (
        await sitDown(issuer, 'operator', '/operator/board').then(
          async (surfer) => await surfer.go('/operator/board'),
        )
      ).status,
      200,
    );
  });

  test('R24 takes its tables away as CSV that spreadsheets read, figures as they are', async () => {
    const { status, headers, body } = await fetched('/operator/board/split.csv');
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(
      headers.get('content-disposition') ?? '',
      /^attachment; filename="bindery-split-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"$/,
    );
    assert.ok(
      body.startsWith(
        '\uFEFFDate,Decisions,Stopped automatically,Refused by a person,Found wrong later\r\n',
      ),
    );
    const rows = body.trimEnd().split('\r\n');
    assert.equal(rows.length, 31);
    assert.match(rows.at(-2) ?? '', /^\d{4}-\d\d-\d\d,200,14,5,1$/);
    for (const part of PARTS)
      assert.equal((await fetched(`/operator/board/${part}.csv`)).status, 200, part);
  });

  test('R24 shows nothing of it to anybody else, whichever way they ask', async () => {
    for (const login of ['linxiao', 'reviewer-a', 'mz-analyst']) {
      const surfer = await sitDown(issuer, login, '/account');
      for (const path of [
        '/operator/board',
        '/operator/board/split.svg',
        '/operator/board/split.csv?from=x',
      ]) {
        const { status, html } = await surfer.go(path);
        assert.equal(status, 403, `${login} ${path}`);
        assert.doesNotMatch(html, /<svg xmlns|Stopped automatically/);
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
    test(`R24 says what is wrong with ${decodeURIComponent(query)}`, async () => {
      const page = await operator.send(`/operator/board?${query}`);
      assert.equal(page.status, 422);
      assert.match(page.page.text, says);
      assert.doesNotMatch(page.html, /<script>alert/);
      for (const form of ['split.svg', 'split.csv'])
        assert.equal((await operator.send(`/operator/board/${form}?${query}`)).status, 422);
    });
  }

  test('R24 what is given twice, or endlessly, counts as not given', async () => {
    for (const query of [
      'from=2026-11-01&from=2026-11-02',
      `pack=${'x'.repeat(4000)}`,
      'by[]=day',
      'dark=1&dark=2',
    ])
      assert.equal((await operator.go(`/operator/board?${query}`)).status, 200, query);
    for (const name of [
      'nothing.svg',
      'nothing.csv',
      'constructor.svg',
      'parts.svg',
      'split.pdf',
      '..%2Fsplit.svg',
    ])
      assert.equal((await operator.go(`/operator/board/${name}`)).status, 404, name);
  });

  test('R24 shows one set of rules alone, by the week', async () => {
    const page = await operator.open('/operator/board?pack=weibo&by=week');
    assert.doesNotMatch(page.text, /Mother-ship|200 refusals/);
    assert.equal(
      page
        .links(/\.csv$/)
        .every(
          ({ url }) =>
            url.searchParams.get('pack') === 'weibo' && url.searchParams.get('by') === 'week',
        ),
      true,
    );
  });

  test('R24 R22 the name of an operator’s own hook is text wherever it is shown, and no formula in a spreadsheet', async () => {
    const name = `=HYPERLINK("http://evil.example","<script>alert(1)</script>")`;
    await db.query(sql`
      insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, shadow, timings)
      values ('dec_odd', 'brq_odd', 'douyin', 1, 'deny', 'risk', '{}', ${JSON.stringify([{ id: name, version: 1, verdict: 'deny', reasons: [] }])},
              ${JSON.stringify({ verdict: 'deny', hooks: [{ id: name, version: 1, verdict: 'deny', reasons: [] }] })}, ${JSON.stringify({ [name]: 1 })})`);
    const { html } = await operator.go('/operator/board');
    assert.doesNotMatch(html, /<script>alert/);
    assert.match(html, /&lt;script&gt;alert/);
    for (const part of ['hooks', 'shadow']) {
      const { html: svg } = await operator.go(`/operator/board/${part}.svg`);
      assert.doesNotMatch(svg, /<script/);
    }
    for (const part of ['hooks', 'shadow', 'parts']) {
      const { body } = await fetched(`/operator/board/${part}.csv`);
      assert.match(body, /(^|\n)"'=HYPERLINK/);
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
    test(`R24 ${JSON.stringify(odd)} is no formula`, () => {
      const [, line = ''] = toCsv(['name'], [[odd]]).split(/\r\n/);
      assert.match(line, /^"?'/);
    });
  }

  test('R24 keeps commas, quotes, line ends and other alphabets, and leaves numbers numbers', () => {
    assert.equal(
      toCsv(
        ['名称', 'n'],
        [
          ['a,"b"\nc', 1.5],
          ['设备指纹', null],
        ],
      ),
      '\uFEFF名称,n\r\n"a,""b""\nc",1.5\r\n设备指纹,\r\n',
    );
  });
});

test('R24 a chart of one name and no figures is drawn all the same', async () => {
  const chart = {
    kind: 'bars',
    categories: ['<b>&"'],
    series: [{ name: 'x', tone: 'deep', values: [null] }],
  } as const;
  const svg = drawChart(chart, { dark: true, narrow: true });
  await sharp(Buffer.from(svg)).metadata();
  assert.match(svg, /&lt;b&gt;&amp;/);
  assert.doesNotMatch(svg, /<b>/);
});

/** As it came, the byte order mark included. */
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
