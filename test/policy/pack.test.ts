import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePack } from '../../src/policy/pack.ts';
import { HOOKS, InvalidPacksError, loadPacks } from '../../src/policy/registry.ts';
import { douyin } from './douyin-facts.ts';

const hookIds = HOOKS.map(({ id }) => id);

/**
 * The pack douyin with one thing changed, `a.b.0.c` by its path; undefined takes the member out.
 */
function changed(path: string, value: unknown): unknown {
  const pack = structuredClone(douyin) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, pack);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return pack;
}

function problemsOf(value: unknown) {
  const parsed = parsePack(value, hookIds);
  return parsed.ok ? [] : parsed.problems;
}

/** A lowest grade that adds nothing, and one above it for each of `names`. */
const grades = (...names: readonly string[]) =>
  [[], ...names.map((name) => [{ name }])].map((adds) => ({ title: douyin.title, adds }));

// Each row: the name, the path that changes, its value, the reported path and the message.
// biome-ignore format: a table is read by its columns
const MISTAKES: readonly (readonly [name: string, path: string, value: unknown, told: string, words: RegExp])[] = [
  ['a negative limit',                     'limits.personal',                   -1,                          'limits.personal',                   />=0/],
  ['a limit with a fraction',              'limits.enterprise',                 2.5,                         'limits.enterprise',                 /int/],
  ['a limit as a word',                    'limits.special_industry',           'five',                      'limits.special_industry',           /number/],
  ['a missing limit',                      'limits.personal',                   undefined,                   'limits.personal',                   /number/],
  ['an unknown kind of account',           'limits.robot',                      3,                           'limits.robot',                      /unknown member/],
  ['an unknown permission',                'permissions.basic.1.name',          'fly',                       'permissions.basic.1.name',          /comment/],
  ['a permission in two tiers',            'permissions.core.0.name',           'comment',                   'permissions.core.0.name',           /tier basic already/],
  ['a permission listed twice',            'permissions.basic.1.name',          'comment',                   'permissions.basic.1.name',          /tier basic already/],
  ['an unknown member of a permission',    'permissions.basic.0.until',         'tomorrow',                  'permissions.basic.0.until',         /unknown member/],
  ['an unknown hook',                      'hooks.0',                           'weather',                   'hooks.0',                           /unknown hook "weather"; there are .*limits/],
  ['a hook listed twice',                  'hooks.0',                           'limits',                    'hooks.3',                           /twice/],
  ['a list without the same-owner hook',   'hooks',                             ['account-status', 'graph'],                  'hooks',                             /"same-owner" may not be left out/],
  ['an unknown hook in shadow',            'shadow',                            ['weather'],                 'shadow.0',                          /unknown hook "weather"/],
  ['a hook in shadow and in effect',       'shadow',                            ['device'],                  'shadow.0',                          /has an effect/],
  ['a list without the graph hook',        'hooks',                             ['account-status', 'same-owner'], 'hooks',                          /"graph" may not be left out/],
  ['a core permission for everybody',      'permissions.basic.0.name',          'withdraw_income',           'permissions.basic.0.name',          /core in every pack/],
  ['a core permission by application',     'permissions.advanced.0.name',       'account_appeal',            'permissions.advanced.0.name',       /core in every pack/],
  ['a single grade',                       'grades',                            [{ title: douyin.title, adds: [] }], 'grades',                    />=2/],
  ['a grade with a basic permission',      'grades',                            grades('comment'),           'grades.1.adds.0.name',              /not in tier advanced/],
  ['a grade with a core permission',       'grades',                            grades('withdraw_income'),   'grades.1.adds.0.name',              /not in tier advanced/],
  ['a grade with an unknown permission',   'grades',                            grades('fly'),               'grades.1.adds.0.name',              /comment/],
  ['two grades with the same permission',  'grades',                            grades('live_commerce', 'live_commerce'), 'grades.2.adds.0.name', /grade 2 gives "live_commerce" already/],
  ['too little time for special industry', 'review.specialIndustryExtraDays',   4,                           'review.specialIndustryExtraDays',   />=5/],
  ['too much time for special industry',   'review.specialIndustryExtraDays',   8,                           'review.specialIndustryExtraDays',   /<=7/],
  ['four eyes as a word',                  'review.fourEyes.personal',          'yes',                       'review.fourEyes.personal',          /expected boolean/],
  ['an unknown member',                    'limit',                             3,                           'limit',                             /unknown member/],
  ['a code that lives too long',           'code.lifetimeSeconds',              901,                         'code.lifetimeSeconds',              /<=900/],
  ['a code that allows no wrong guess',    'code.wrongCodes',                   0,                           'code.wrongCodes',                   />=1/],
  ['a token for two days',                 'tokenLifetimeSeconds',              172_800,                     'tokenLifetimeSeconds',              /<=86400/],
  ['followers, a core asset, as data',     'sync.followers',                    { direction: 'both' },       'sync.followers',                    /each account’s own.*R15/],
  ['works, a core asset, as data',         'sync.publishing_record',            { direction: 'both' },       'sync.publishing_record',            /each account’s own.*R15/],
  ['an unknown kind of data',              'sync.weather',                      {},                          'sync.weather',                      /unknown member/],
  ['data with an unknown direction',       'sync.profile.direction',            'backwards',                 'sync.profile.direction',            /sub_to_primary/],
  ['data with a negative delay',           'sync.commerce.delaySeconds',        -1,                          'sync.commerce.delaySeconds',        />=0/],
  ['commercial data that can be written',  'sync.commerce.access',              'read_write',                'sync.commerce.access',              /a record/],
  ['violations that can be written',       'sync.violation.access',             'read_write',                'sync.violation.access',             /a record/],
  ['violations that nobody has reviewed',  'sync.violation.reviewedOnly',       false,                       'sync.violation.reviewedOnly',       /no person has reviewed/],
  ['an unknown precondition',              'unbinding.preconditions.0',         'no_regrets',                'unbinding.preconditions.0',         /orders_settled/],
  ['a precondition listed twice',          'unbinding.preconditions.1',         'orders_settled',            'unbinding.preconditions.1',         /listed twice/],
  ['a negative history',                   'unbinding.historyDays',             -1,                          'unbinding.historyDays',             />=0/],
  ['a history with a part of a day',       'unbinding.historyDays',             0.5,                         'unbinding.historyDays',             /int/],
  ['negative points for unbinding',        'unbinding.pointsPerUnbinding',      -20,                         'unbinding.pointsPerUnbinding',      />=0/],
  ['a negative number of free unbindings', 'unbinding.freePerMonth',            -1,                          'unbinding.freePerMonth',            />=0/],
  ['a cool-down of years',                 'unbinding.coolDownHours',           100_000,                     'unbinding.coolDownHours',           /<=8784/],
  ['a pack that extends another',          'extends',                           'weibo',                     'extends',                           /unknown member/],
  ['an identifier with a slash',           'id',                                '../douyin',                 'id',                                /pattern/],
  ['an empty Chinese title',               'title.zh',                          '',                          'title.zh',                          />=1/],
  ['a title as one string',                'title',                             'Douyin',                    'title',                             /object/],
];

describe('reading a pack', () => {
  test('the pack douyin has the figures of the requirements', () => {
    expect(douyin.limits).toStrictEqual({ personal: 3, enterprise: 10, special_industry: 5 });
    expect(douyin.code).toStrictEqual({ lifetimeSeconds: 900, wrongCodes: 5 });
    const { historyDays, freePerMonth, pointsPerUnbinding, preconditions } = douyin.unbinding;
    expect([historyDays, freePerMonth, pointsPerUnbinding]).toStrictEqual([90, 3, 20]); // R26, R27
    expect(preconditions).toStrictEqual(['orders_settled', 'not_live', 'account_normal']); // R25
    // biome-ignore format: a table is read by its columns
    expect(douyin.sync).toStrictEqual({
      profile:   { direction: 'both',           delaySeconds: 0,         access: 'read_write', reviewedOnly: false }, // R11
      commerce:  { direction: 'sub_to_primary', delaySeconds: 6 * 3600,  access: 'read',       reviewedOnly: false }, // R12
      violation: { direction: 'both',           delaySeconds: 0,         access: 'read',       reviewedOnly: true },  // R13
    });
    expect(douyin.freshSignInSeconds).toBe(300);
  });

  for (const [name, path, value, told, words] of MISTAKES) {
    test(`${name} is reported at ${told} [R41]`, () => {
      const problems = problemsOf(changed(path, value));
      const problem = problems.find((candidate) => candidate.path === told);
      expect(problem?.problem ?? `only ${JSON.stringify(problems)}`).toMatch(words);
    });
  }

  test('all mistakes of shape are reported at once [R41]', () => {
    const pack = {
      ...structuredClone(douyin),
      limits: { personal: -1, enterprise: 'x', special_industry: 5 },
      extra: 1,
      other: 2,
    };
    expect(
      problemsOf(pack)
        .map(({ path }) => path)
        .sort(),
    ).toStrictEqual(['extra', 'limits.enterprise', 'limits.personal', 'other']);
  });

  test('a figure out of range does not hide an unknown hook [R41]', () => {
    const pack = {
      ...structuredClone(douyin),
      limits: { personal: -1, enterprise: 10, special_industry: 5 },
      hooks: ['account-status', 'same-owner', 'graph', 'x'],
    };
    expect(
      problemsOf(pack)
        .map(({ path }) => path)
        .sort(),
    ).toStrictEqual(['hooks.3', 'limits.personal']);
  });

  for (const nothing of [undefined, null, 7, 'douyin', [], [douyin]]) {
    test(`${JSON.stringify(nothing)?.slice(0, 12)} is no pack [R41]`, () =>
      expect(parsePack(nothing, hookIds).ok).toBe(false));
  }

  test('for any value of any member, a pack is read or refused without a throw [R41]', () => {
    const paths = fc.constantFrom(
      ...MISTAKES.map(([, path]) => path),
      ...Object.keys(douyin),
      'permissions.advanced',
    );
    fc.assert(
      fc.property(paths, fc.anything(), paths, (path, value, left) => {
        const pack = changed(path, value) as Record<string, unknown>;
        delete pack[left];
        const parsed = parsePack(pack, hookIds);
        expect(parsed.ok || parsed.problems.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('a pack may name its schema for editors, which is no part of it [R41]', () => {
    const parsed = parsePack(
      { $schema: '../docs/pack.schema.json', ...structuredClone(douyin) },
      hookIds,
    );
    expect(parsed.ok && parsed.value).toStrictEqual(douyin);
  });

  test('a limit of null is read as any number of subs [R39]', () => {
    expect(problemsOf(changed('limits.personal', null))).toStrictEqual([]);
  });

  test('a pack cannot be changed after reading, at any depth', () => {
    expect(() => Object.assign(douyin.limits, { personal: 99 })).toThrow(TypeError);
    expect(() =>
      (douyin.permissions.basic as { name: string }[]).push({ name: 'withdraw_income' }),
    ).toThrow(TypeError);
  });
});

describe('loading packs from a folder', () => {
  async function load(files: Record<string, string>) {
    const folder = await mkdtemp(join(tmpdir(), 'packs-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      return await loadPacks(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('an operator’s own pack is read, with other files beside it [R41]', async () => {
    const mine = { ...douyin, id: 'mine', version: 4 };
    const packs = await load({ 'mine.json': JSON.stringify(mine), 'README.md': 'notes' });
    expect(packs.get('mine')).toStrictEqual(mine);
    expect([...packs.keys()]).toStrictEqual(['douyin', 'kuaishou', 'weibo', 'mine']);
  });

  test('the mistakes of all files are reported at once, by file and path [R41]', async () => {
    const files = {
      'a.json': '{ not json',
      'b.json': JSON.stringify({ ...douyin, id: 'b', version: 0 }),
      'c.json': JSON.stringify({ ...douyin, id: 'elsewhere' }),
      'd.json': JSON.stringify({ ...douyin, id: 'd' }),
      'weibo.json': JSON.stringify({ ...douyin, id: 'weibo' }),
    };
    const error: unknown = await load(files).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof InvalidPacksError);
    expect(error.problems.map(({ path }) => path)).toStrictEqual([
      'a.json',
      'b.json version',
      'c.json id',
      'weibo.json id',
    ]);
    expect(error.message).toMatch(
      /^a\.json: is not JSON.*\nb\.json version: .*\nc\.json id: must be the file name.*\nweibo\.json id: is one of Bindery’s own/,
    );
  });
});
