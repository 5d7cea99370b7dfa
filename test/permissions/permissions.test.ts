import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
  test('R16 comment and repost are inherited at once', () => {
    assert.deepEqual(effectivePermissions(douyin, active, since), [
      { name: 'comment', tier: 'basic', effectiveAt: since },
      { name: 'repost', tier: 'basic', effectiveAt: since },
    ]);
  });

  test('R16 R20 what people are shown beforehand is what the binding then brings', () => {
    assert.deepEqual(inheritedPermissions(douyin), namesAt(since));
  });

  test('R16 nothing is inherited before the binding is', () => {
    assert.deepEqual(namesAt(later(-1)), []);
  });

  test('R17 no advanced permission comes by itself, however long the binding lasts', () => {
    fc.assert(
      fc.property(fc.nat(10 * 365 * 86_400), (seconds) => {
        for (const { name } of douyin.permissions.advanced)
          assert.ok(!namesAt(later(seconds)).includes(name));
      }),
    );
  });

  test('R18 no core permission comes through a binding, however long it lasts', () => {
    assert.deepEqual(douyin.permissions.core, [
      { name: 'withdraw_income' },
      { name: 'account_appeal' },
    ]);
    fc.assert(
      fc.property(fc.nat(10 * 365 * 86_400), (seconds) => {
        for (const { name } of douyin.permissions.core)
          assert.ok(!namesAt(later(seconds)).includes(name));
      }),
    );
  });

  for (const state of ['unbound', 'suspended', 'history', 'purged'] as const) {
    const id = { unbound: 'R16', suspended: 'R28', history: 'R26', purged: 'R26' }[state];
    test(`${id} a binding that is ${state} gives none`, () =>
      assert.deepEqual(effectivePermissions(douyin, { state }, later(60)), []));
  }
});
