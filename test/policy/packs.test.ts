import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { effectivePermissions } from '../../src/permissions/permissions.ts';
import type { Pack } from '../../src/policy/pack.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import { datatypesOf } from '../../src/policy/sync-rules.ts';
import { NOW } from './douyin-facts.ts';
import { packSuite } from './pack-suite.ts';

const packs = await loadPacks();
for (const pack of packs.values()) packSuite(pack);

function packNamed(id: string): Pack {
  const pack = packs.get(id);
  if (!pack) throw new Error(`there is no pack ${id}`);
  return pack;
}

const may = (pack: Pack, reached: readonly Date[] | null) =>
  effectivePermissions(pack, { state: 'active', since: NOW, reached, gained: {} }, NOW).map(
    ({ name }) => name,
  );

describe('the three packs', () => {
  test('R38 R39 R40 are there, and differ only as data: the same members, the same hooks', () => {
    assert.deepEqual([...packs.keys()], ['douyin', 'kuaishou', 'weibo']);
    const members = [...packs.values()].map((pack) => Object.keys(pack).join());
    assert.equal(new Set(members).size, 1);
    assert.equal(new Set([...packs.values()].map(({ hooks }) => hooks.join())).size, 1);
  });

  test('R38 douyin: three, ten and five subs, and no grades', () => {
    const { limits, grades } = packNamed('douyin');
    assert.deepEqual(
      [limits, grades],
      [{ personal: 3, enterprise: 10, special_industry: 5 }, null],
    );
  });

  test('R39 weibo: any number of subs, which do and hear less than under douyin', () => {
    const weibo = packNamed('weibo');
    const douyin = packNamed('douyin');
    assert.deepEqual(weibo.limits, { personal: null, enterprise: null, special_industry: null });
    const basic = may(weibo, null);
    assert.ok(basic.length < may(douyin, null).length);
    for (const name of basic) assert.ok(may(douyin, null).includes(name));
    assert.deepEqual(weibo.permissions.advanced, []);
    assert.deepEqual(datatypesOf(weibo), ['profile', 'violation']);
  });

  test('R40 kuaishou: what the sub may do grows with its grade', () => {
    const kuaishou = packNamed('kuaishou');
    assert.deepEqual(
      [1, 2, 3].map((grade) =>
        may(
          kuaishou,
          Array.from({ length: grade }, () => NOW),
        ),
      ),
      [
        ['comment', 'repost'],
        ['comment', 'repost', 'live_commerce'],
        ['comment', 'repost', 'live_commerce', 'ad_placement'],
      ],
    );
  });

  test('R19 R40 no grade gives the shop window, which takes 48 hours and a check of its own', () => {
    for (const pack of packs.values())
      assert.ok(!may(pack, [NOW, NOW, NOW]).includes('shop_window'));
  });

  test('R40 a permission is effective from when its grade was last reached', () => {
    const later = new Date(NOW.getTime() + 60_000);
    const permissions = effectivePermissions(
      packNamed('kuaishou'),
      { state: 'active', since: NOW, reached: [NOW, later], gained: {} },
      later,
    );
    assert.deepEqual(permissions.at(-1), {
      name: 'live_commerce',
      tier: 'advanced',
      effectiveAt: later,
    });
    assert.deepEqual(permissions[0], { name: 'comment', tier: 'basic', effectiveAt: NOW });
  });
});
