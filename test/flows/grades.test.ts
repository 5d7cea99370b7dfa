import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { type Bound, bind, makeFamily, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

interface Graded {
  readonly grade?: number;
  readonly version: number;
  readonly permissions: readonly { readonly name: string; readonly tier: string }[];
}

const graded = async (pack: string) => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const bound = await bind(app, primary, sub, { asked: details({ pack, datatypes: ['profile'] }) });
  return { primary, sub, bound };
};
const inToken = (bound: Bound) => (decodeJwt(bound.token) as { binding: Graded }).binding;
const introspected = async (bound: Bound) =>
  (await app.introspect(bound.token)) as { active: boolean; binding: Graded };
const says = ({ grade, permissions }: Graded) => [
  grade,
  permissions.map(({ name, tier }) => `${name} ${tier}`),
];

/** The button that raises or lowers a grade; undefined if the page has none. */
const stepOf = (page: Page, { bindingId }: Bound, step: 'raise' | 'lower') =>
  page.formsEnding(`/${bindingId}/${step}`)[0]?.form;

test('a primary changes a grade; token, introspection and pages agree [R20, R40]', async () => {
  const { primary, bound } = await graded('kuaishou');
  const lowest = [1, ['comment basic', 'repost basic']];
  expect(says(inToken(bound))).toStrictEqual(lowest);
  expect(says((await introspected(bound)).binding)).toStrictEqual(lowest);

  const browser = new HttpBrowser(issuer);
  let page = await openBindings(browser, primary);
  // The lowest grade cannot be lowered.
  expect(stepOf(page, bound, 'lower')).toBe(undefined);
  const up = stepOf(page, bound, 'raise');
  assert.ok(up);
  page = await browser.press(up);
  expect(says((await introspected(bound)).binding)).toStrictEqual([
    2,
    ['comment basic', 'repost basic', 'live_commerce advanced'],
  ]);
  expect(page.text).toMatch(/Live commerce|直播/);

  // The same form, sent again, changes nothing.
  expect((await browser.send(up.action, { form: up.filled({}) })).status).toBe(409);
  const down = stepOf(page, bound, 'lower');
  assert.ok(down);
  await browser.press(down);
  const { binding } = await introspected(bound);
  expect([says(binding), binding.version]).toStrictEqual([lowest, 3]);
});

test('a sub sees its grade, but cannot change it [R40]', async () => {
  const { primary, sub, bound } = await graded('kuaishou');
  const up = stepOf(await openBindings(new HttpBrowser(issuer), primary), bound, 'raise');
  assert.ok(up);
  const browser = new HttpBrowser(issuer);
  const page = await openBindings(browser, sub);
  expect(stepOf(page, bound, 'raise')).toBe(undefined);
  expect(page.text).toMatch(/Grade 1|一级/);
  const csrf = page.form('csrf').filled({}).get('csrf') ?? '';
  expect((await browser.send(up.action, { form: { csrf, to: '2' } })).status).toBe(409);
  for (const to of ['0', '4', '99', '-1', '2.5', 'x', '']) {
    expect([to, (await browser.send(up.action, { form: { csrf, to } })).status]).toStrictEqual([
      to,
      409,
    ]);
  }
  expect((await introspected(bound)).binding.grade).toStrictEqual(1);
});

test('packs without grades show no grade and no button', async () => {
  for (const pack of ['douyin', 'weibo']) {
    const { primary, bound } = await graded(pack);
    expect('grade' in inToken(bound)).toBe(false);
    expect('grade' in (await introspected(bound)).binding).toBe(false);
    expect(stepOf(await openBindings(new HttpBrowser(issuer), primary), bound, 'raise')).toBe(
      undefined,
    );
  }
});
