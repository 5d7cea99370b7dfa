import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  effectivePermissions,
  type Holder,
  inheritedPermissions,
} from '../../src/permissions/permissions.ts';
import { douyin } from '../policy/douyin-facts.ts';

const since = new Date('2026-11-22T08:00:00Z');
const later = (seconds: number) => new Date(since.getTime() + seconds * 1000);
const active: Holder = { state: 'active', since, reached: null, gained: {} };
const namesAt = (now: Date) => effectivePermissions(douyin, active, now).map(({ name }) => name);

describe('what a sub may do through its binding', () => {
  test('comment and repost are inherited at once [R16]', () => {
    expect(effectivePermissions(douyin, active, since)).toStrictEqual([
      { name: 'comment', tier: 'basic', effectiveAt: since },
      { name: 'repost', tier: 'basic', effectiveAt: since },
    ]);
  });

  test('the permissions shown beforehand are those that the binding gives [R16, R20]', () => {
    expect(inheritedPermissions(douyin)).toStrictEqual(namesAt(since));
  });

  test('nothing is inherited before the binding [R16]', () => {
    expect(namesAt(later(-1))).toStrictEqual([]);
  });

  test('a binding never gives an advanced permission by itself', () => {
    fc.assert(
      fc.property(fc.nat(10 * 365 * 86_400), (seconds) => {
        for (const { name } of douyin.permissions.advanced)
          expect(namesAt(later(seconds))).not.toContain(name);
      }),
    );
  });

  test('a binding never gives a core permission [R18]', () => {
    expect(douyin.permissions.core).toStrictEqual([
      { name: 'withdraw_income' },
      { name: 'account_appeal' },
    ]);
    fc.assert(
      fc.property(fc.nat(10 * 365 * 86_400), (seconds) => {
        for (const { name } of douyin.permissions.core)
          expect(namesAt(later(seconds))).not.toContain(name);
      }),
    );
  });

  for (const state of ['unbound', 'suspended', 'history', 'purged'] as const) {
    const id = { unbound: 'R16', suspended: 'R28', history: 'R26', purged: 'R26' }[state];
    test(`a binding that is ${state} gives no permission [${id}]`, () =>
      expect(effectivePermissions(douyin, { state }, later(60))).toStrictEqual([]));
  }
});
