import { describe, expect, test } from '@jest/globals';
import { ReturnTargets } from '../../src/web/core/return-targets.ts';

describe('the pages that a sign-in leads back to', () => {
  const targets = new ReturnTargets();
  targets.add('/account');
  targets.add('/account/refusals/:request', { request: /^brq_[\w-]{4}$/ });

  for (const path of ['/account', '/account/refusals/brq_ab-_'])
    test(`a sign-in may lead back to ${path}`, () => expect(targets.has(path)).toBe(true));

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
    test(`a sign-in may not lead back to ${JSON.stringify(path)}`, () =>
      expect(targets.has(path)).toBe(false));

  test('a return target is the path that the router matches', () => {
    expect(new ReturnTargets().add('/a/:b', { b: /x/ })).toBe('/a/:b');
  });

  test('a return target needs a pattern for each parameter of its route', () => {
    expect(() => new ReturnTargets().add('/a/:b', { c: /x/ })).toThrow(/:b in \/a\/:b/);
  });
});
