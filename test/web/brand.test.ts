import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Brands, brandOf, OWN_BRAND, parseBrands, styleOf } from '../../src/web/core/brand.ts';
import { contrast } from '../../src/web/core/contrast.ts';
import { loadBrands } from '../../src/web/core/load-brands.ts';
import { details, makeProofKey, phone, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, offer, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const FILE = resolve('test/fixtures/brand/brand.json');
const { bindery, issuer } = await startServer({ env: { BRAND_FILE: FILE } });

/** The words of the head and the foot of a page, its title, and where its links lead. */
function frameOf(html: string): Readonly<Record<string, unknown>> {
  const all = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, found]) => found);
  const foot = html.slice(html.indexOf('<footer'));
  return {
    title: /<title>([^<]*)/.exec(html)?.[1],
    name: /class="brand"[\s\S]*?<span>([^<]*)/.exec(html)?.[1],
    mark: /class="brand"[^>]*><(img|svg|span)/.exec(html)?.[1],
    styles: all(/rel="stylesheet" href="\/assets\/([\w-]+)\./g),
    foot: all(/<footer[^>]*><p>([^<]*)/g),
    links: [...foot.matchAll(/<a href="([^"]+)">([^<]+)/g)].map(([, to, words]) => [words, to]),
  };
}

describe('pages of a brand', () => {
  test('pages wear the name, mark, colours and links of the brand', async () => {
    const { html } = await new HttpBrowser(issuer).send('/bind');
    expect(frameOf(html)).toStrictEqual({
      title: 'Enter the binding code · Harbour Sample',
      name: 'Harbour Sample',
      mark: 'img',
      styles: ['bindery', 'brand'],
      foot: ['Harbour Sample confirms who is bound to whom. No app sees your password.'],
      links: [
        ['Terms', 'https://harbour.example/en/terms'],
        ['Privacy', 'https://harbour.example/en/privacy'],
        ['Support', 'mailto:help@harbour.example'],
      ],
    });
    expect(html).not.toMatch(/Bindery(?! 绑定)/);
  });

  test('without a file, pages are Bindery’s own', async () => {
    const plain = await startServer();
    const { html } = await new HttpBrowser(plain.issuer).send('/bind');
    expect(frameOf(html)).toStrictEqual({
      title: 'Enter the binding code · Bindery',
      name: 'Bindery',
      mark: 'svg',
      styles: ['bindery'],
      foot: ['Bindery confirms who is bound to whom. No app sees your password.'],
      links: [],
    });
  });

  test('pages of an app or a pack wear theirs', async () => {
    const key = await makeProofKey();
    const [shown, other] = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
    const app = await shown.open((await web(issuer).start(details())).url);
    expect(frameOf(app.source)).toMatchObject({ name: 'Harbour Sample', mark: 'span' });
    const [primary] = (await makeFamily(bindery.db, 2)) as [string];
    const asked = details({ pack: 'weibo' });
    const { waiting } = await offer(phone(issuer), primary, { asked, key, browser: other });
    expect(frameOf(waiting.source)).toMatchObject({ name: 'Sample Shore', mark: 'img' });
    expect(waiting.textOfId('signed-in')).toMatch(/^Family .* · Harbour Sample$/);
  });

  test('a mark is an image that runs nothing, even opened by itself', async () => {
    const { html } = await new HttpBrowser(issuer).send('/');
    const src = /<img src="([^"]+)"/.exec(html)?.[1] ?? '';
    const mark = await fetch(`${issuer}${src}`);
    expect(mark.headers.get('content-type')).toBe('image/svg+xml');
    expect(mark.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
  });

  test('a page says whose account is signed in, and of which platform', async () => {
    const browser = new HttpBrowser(issuer);
    const page = await signIn(browser, await browser.open('/account'), 'linxiao');
    expect(page.textOfId('signed-in')).toBe('林晓 · Harbour Sample');
    expect((await new HttpBrowser(issuer).open('/bind')).has('signed-in')).toBe(false);
  });
});

describe('a brand file', () => {
  const problemsOf = (value: unknown): readonly string[] => {
    const read = parseBrands(value);
    return 'problems' in read ? read.problems : [];
  };

  // biome-ignore format: a table is read by its columns
  test.each([
    ['a colour that is hard to read',  { accent: { light: '#ffcc00', dark: '#86c8cf' } }, /^accent.light: needs a contrast of 4.5/],
    ['a colour that is hard to read in the dark', { accent: { light: '#17505a', dark: '#17505a' } }, /^accent.dark: needs a contrast/],
    ['a colour by name',               { accent: { light: 'red', dark: '#86c8cf' } },     /^accent.light: /],
    ['an unknown member',              { nmae: 1 },                                       /^nmae: unknown member/],
    ['a name in one language',         { name: { zh: '港湾' } },                          /^name.en: /],
    ['a name that turns the text',     { name: { zh: 'a\u202eb', en: 'b' } },             /^name.zh: has a character/],
    ['a script as a link',             { support: 'javascript:alert(1)' },                /^support: /],
    ['plain http',                     { terms: { zh: 'http://a.example', en: 'https://a.example' } }, /^terms.zh: /],
    ['a mark in another folder',       { mark: '../secret.svg' },                         /^mark: is the name/],
    ['a mistake in what a pack wears', { packs: { weibo: { mark: 7 } } },                 /^packs.weibo.mark: /],
  ])('%s is refused, by its path', (_what, value, problem) => {
    expect(problemsOf(value)).toStrictEqual([expect.stringMatching(problem)]);
  });

  test('the file of docs/brand.md is the one that the tests use', () => {
    const [, example = ''] =
      /```json brand.json\n([\s\S]*?)```/.exec(readFileSync('docs/brand.md', 'utf8')) ?? [];
    expect(JSON.parse(example)).toStrictEqual(JSON.parse(readFileSync(FILE, 'utf8')));
  });

  test('an app’s brand counts before a pack’s, and both take the rest from the whole', () => {
    const brands = parseBrands({
      name: { zh: '甲', en: 'A' },
      support: 'tel:+861000',
      packs: { weibo: { name: { zh: '乙', en: 'B' } } },
      apps: { shop: { support: null } },
    }) as Brands;
    const worn = (app?: string, pack?: string) => {
      const { name, support, accent } = brandOf(brands, { app, pack });
      return [name.en, support, accent === OWN_BRAND.accent];
    };
    expect(worn()).toStrictEqual(['A', 'tel:+861000', true]);
    expect(worn('other', 'weibo')).toStrictEqual(['B', 'tel:+861000', true]);
    expect(worn('shop', 'weibo')).toStrictEqual(['A', null, true]);
  });

  test('text on an accent has contrast enough, hovered or not', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21);
    const style = styleOf({ ...OWN_BRAND, accent: { light: '#8a1f5c', dark: '#f3a6cf' } });
    expect(style).toContain('--deep:#8a1f5c;--on-deep:#ffffff');
    expect(style).toContain('--deep:#f3a6cf;--on-deep:#07161a');
    expect(styleOf(OWN_BRAND)).toBe('');
  });

  test('a mark that is missing, or no image, stops the start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bindery-brand-'));
    const load = (mark: string) => () => {
      writeFileSync(join(folder, 'brand.json'), JSON.stringify({ mark }));
      return loadBrands(join(folder, 'brand.json'));
    };
    writeFileSync(join(folder, 'page.svg'), '<html><script>alert(1)</script></html>');
    writeFileSync(join(folder, 'text.png'), 'text');
    expect(load('gone.svg')).toThrow('gone.svg: cannot be read (ENOENT)');
    expect(load('page.svg')).toThrow('page.svg: is no SVG');
    expect(load('text.png')).toThrow('text.png: is no PNG');
  });
});
