import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { details, web } from '../support/apps.ts';
import { type Bound, bind, makeFamily, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

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

/** The button of a page of bindings that raises or lowers; undefined where there is none. */
const stepOf = (page: Page, { bindingId }: Bound, step: 'raise' | 'lower') =>
  page.formsEnding(`/${bindingId}/${step}`)[0]?.form;

test('R20 R40 the primary raises and lowers by the button of a page; token, introspection and pages say the same', async () => {
  const { primary, bound } = await graded('kuaishou');
  const lowest = [1, ['comment basic', 'repost basic']];
  assert.deepEqual(says(inToken(bound)), lowest);
  assert.deepEqual(says((await introspected(bound)).binding), lowest);

  const surfer = new Surfer(issuer);
  let page = await openBindings(surfer, primary);
  assert.equal(stepOf(page, bound, 'lower'), undefined, 'nothing is below the lowest');
  const up = stepOf(page, bound, 'raise');
  assert.ok(up);
  page = await surfer.press(up);
  assert.deepEqual(says((await introspected(bound)).binding), [
    2,
    ['comment basic', 'repost basic', 'live_commerce advanced'],
  ]);
  assert.match(page.text, /Live commerce|直播/);

  assert.equal(
    (await surfer.send(up.action, { form: up.filled({}) })).status,
    409,
    'the same form again changes nothing',
  );
  const down = stepOf(page, bound, 'lower');
  assert.ok(down);
  await surfer.press(down);
  const { binding } = await introspected(bound);
  assert.deepEqual([says(binding), binding.version], [lowest, 3]);
});

test('R40 the sub sees its grade and has no button; the button of the primary does nothing in its hands', async () => {
  const { primary, sub, bound } = await graded('kuaishou');
  const up = stepOf(await openBindings(new Surfer(issuer), primary), bound, 'raise');
  assert.ok(up);
  const surfer = new Surfer(issuer);
  const page = await openBindings(surfer, sub);
  assert.equal(stepOf(page, bound, 'raise'), undefined);
  assert.match(page.text, /Grade 1|一级/);
  const csrf = page.form('csrf').filled({}).get('csrf') ?? '';
  assert.equal((await surfer.send(up.action, { form: { csrf, to: '2' } })).status, 409);
  for (const to of ['0', '4', '99', '-1', '2.5', 'x', '']) {
    assert.equal((await surfer.send(up.action, { form: { csrf, to } })).status, 409, to);
  }
  assert.deepEqual((await introspected(bound)).binding.grade, 1);
});

test('R38 R39 packs without grades say nothing of a grade, and offer none', async () => {
  for (const pack of ['douyin', 'weibo']) {
    const { primary, bound } = await graded(pack);
    assert.equal('grade' in inToken(bound), false);
    assert.equal('grade' in (await introspected(bound)).binding, false);
    assert.equal(
      stepOf(await openBindings(new Surfer(issuer), primary), bound, 'raise'),
      undefined,
    );
  }
});
