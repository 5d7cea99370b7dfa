import { describe, expect, test } from '@jest/globals';
import { ReturnTargets } from '../../src/web/core/return-targets.ts';

describe('the pages that a sign-in leads back to', () => {
  const targets = new ReturnTargets();
  targets.add('/account');
  targets.add('/account/refusals/:request', { request: /^brq_[\w-]{4}$/ });

  for (const path of ['/account', '/account/refusals/brq_ab-_'])
    test(`hold ${path}`, () => expect(targets.has(path)).toBe(true));

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
    test(`do not hold ${JSON.stringify(path)}`, () => expect(targets.has(path)).toBe(false));

  test('are given back as the path that the router takes', () => {
    expect(new ReturnTargets().add('/a/:b', { b: /x/ })).toBe('/a/:b');
  });

  test('need a pattern for each part that varies', () => {
    expect(() => new ReturnTargets().add('/a/:b', { c: /x/ })).toThrow(/:b in \/a\/:b/);
  });
});
