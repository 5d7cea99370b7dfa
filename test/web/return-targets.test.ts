import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReturnTargets } from '../../src/web/core/return-targets.ts';

describe('the pages that a sign-in leads back to', () => {
  const targets = new ReturnTargets();
  targets.add('/account');
  targets.add('/account/refusals/:request', { request: /^brq_[\w-]{4}$/ });

  for (const path of ['/account', '/account/refusals/brq_ab-_'])
    test(`hold ${path}`, () => assert.ok(targets.has(path)));

  for (const path of [
    '/account/',
    '/account/refusals',
    '/account/refusals/brq_abc',
    '/account/refusals/brq_abcd/more',
    '/account/refusals/brq_abcd\n',
    '//account',
    '/ACCOUNT',
    'https://evil.example/account',
    '',
  ])
    test(`do not hold ${JSON.stringify(path)}`, () => assert.ok(!targets.has(path)));

  test('are given back as the path that the router takes', () => {
    assert.equal(new ReturnTargets().add('/a/:b', { b: /x/ }), '/a/:b');
  });

  test('need a pattern for each part that varies', () => {
    assert.throws(() => new ReturnTargets().add('/a/:b', { c: /x/ }), /:b in \/a\/:b/);
  });
});
