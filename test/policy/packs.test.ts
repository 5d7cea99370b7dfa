import { describe, expect, test } from '@jest/globals';
import { effectivePermissions } from '../../src/permissions/permissions.ts';
import { CORE_ALWAYS, type Pack, PERMISSIONS } from '../../src/policy/pack.ts';
import { HOOKS, loadPackFiles, loadPacks } from '../../src/policy/registry.ts';
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

/**
 * The fingerprint of each version of a pack, as released. Add a line for a new version. Never
 * change a line: bindings keep the version that they began under.
 */
// biome-ignore format: a table is read by its columns
const FINGERPRINTS: Readonly<Record<string, string>> = {
  'douyin 2':   '1242e1dceb0633e4727011558c6248b439870935d6049d68061dea2c8f6b6409',
  'kuaishou 2': '212ccff300cbede5bad4fd4d18f21f8fd5296ec61ca0315044cb773af729bd1d',
  'weibo 2':    '337fd71413df9c5d55c55f3ce0650da7f8b3fdac4c0a83d43a555da733260b74',
};

const may = (pack: Pack, reached: readonly Date[] | null) =>
  effectivePermissions(pack, { state: 'active', since: NOW, reached, gained: {} }, NOW).map(
    ({ name }) => name,
  );

describe('the three packs of Bindery', () => {
  test('the three packs have the same members and the same hooks', () => {
    expect([...packs.keys()]).toStrictEqual(['douyin', 'kuaishou', 'weibo']);
    const members = [...packs.values()].map((pack) => Object.keys(pack).join());
    expect(new Set(members).size).toBe(1);
    expect(new Set([...packs.values()].map(({ hooks }) => hooks.join())).size).toBe(1);
  });

  test('each pack asks every built-in hook, with effect or in shadow [R22]', () => {
    const unasked = [...packs.values()].flatMap(({ id, hooks, shadow }) =>
      HOOKS.filter((hook) => ![...hooks, ...shadow].includes(hook.id)).map(
        (hook) => `${id} lacks ${hook.id}`,
      ),
    );
    expect(unasked).toStrictEqual([]);
  });

  test('each permission stands in a tier of some pack', () => {
    const tiered = [...packs.values()].flatMap(({ permissions }) =>
      Object.values(permissions).flatMap((tier) => tier.map(({ name }) => name)),
    );
    expect(PERMISSIONS.filter((name) => !tiered.includes(name))).toStrictEqual([]);
  });

  test('what is core in one of the packs is core in every pack [R18]', () => {
    const core = [...packs.values()].flatMap(({ permissions }) =>
      permissions.core.map(({ name }) => name),
    );
    expect([...new Set(core)].sort()).toStrictEqual([...CORE_ALWAYS].sort());
  });

  test('a pack that changed has a higher version', async () => {
    const problems = (await loadPackFiles()).flatMap(({ pack, fingerprint }) => {
      const version = `${pack.id} ${pack.version}`;
      const found = fingerprint.toString('hex');
      const known = FINGERPRINTS[version];
      if (known === found) return [];
      return known === undefined
        ? [`${version} is a new version: add it to FINGERPRINTS as '${found}'`]
        : [`${version} changed: raise its version, then add a line with '${found}'`];
    });
    expect(problems).toStrictEqual([]);
  });

  test('douyin has three, ten and five subs, and no grades', () => {
    const { limits, grades } = packNamed('douyin');
    expect([limits, grades]).toStrictEqual([
      { personal: 3, enterprise: 10, special_industry: 5 },
      null,
    ]);
  });

  test('weibo has any number of subs, with fewer permissions and data than douyin [R39]', () => {
    const weibo = packNamed('weibo');
    const douyin = packNamed('douyin');
    expect(weibo.limits).toStrictEqual({
      personal: null,
      enterprise: null,
      special_industry: null,
    });
    const basic = may(weibo, null);
    expect(basic.length).toBeLessThan(may(douyin, null).length);
    for (const name of basic) expect(may(douyin, null)).toContain(name);
    expect(weibo.permissions.advanced).toStrictEqual([]);
    expect(datatypesOf(weibo)).toStrictEqual(['profile', 'violation']);
  });

  test('under kuaishou a higher grade gives the sub more permissions [R40]', () => {
    const kuaishou = packNamed('kuaishou');
    expect(
      [1, 2, 3].map((grade) =>
        may(
          kuaishou,
          Array.from({ length: grade }, () => NOW),
        ),
      ),
    ).toStrictEqual([
      ['comment', 'repost'],
      ['comment', 'repost', 'live_commerce'],
      ['comment', 'repost', 'live_commerce', 'ad_placement'],
    ]);
  });

  test('no grade gives the shop window, which has a rule of its own', () => {
    for (const pack of packs.values())
      expect(may(pack, [NOW, NOW, NOW])).not.toContain('shop_window');
  });

  test('a permission is effective since its grade was last reached [R40]', () => {
    const later = new Date(NOW.getTime() + 60_000);
    const permissions = effectivePermissions(
      packNamed('kuaishou'),
      { state: 'active', since: NOW, reached: [NOW, later], gained: {} },
      later,
    );
    expect(permissions.at(-1)).toStrictEqual({
      name: 'live_commerce',
      tier: 'advanced',
      effectiveAt: later,
    });
    expect(permissions[0]).toStrictEqual({ name: 'comment', tier: 'basic', effectiveAt: NOW });
  });
});
