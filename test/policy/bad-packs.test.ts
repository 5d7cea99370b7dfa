import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Pack, parsePack } from '../../src/policy/pack.ts';
import { HOOKS, InvalidPacksError, loadPackFiles, readPack } from '../../src/policy/registry.ts';
import { CORE_ASSETS, DATATYPES } from '../../src/policy/sync-rules.ts';

const SHIPPED = ['douyin', 'weibo', 'kuaishou'].map(
  (id) => JSON.parse(readFileSync(`src/policy/packs/${id}.json`, 'utf8')) as Tree,
);
const [DOUYIN] = SHIPPED as [Tree];
const hookIds = HOOKS.map(({ id }) => id);
const folder = mkdtempSync(join(tmpdir(), 'bindery-bad-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Tree = Record<string, unknown>;

const problemsOf = (value: unknown) => {
  const parsed = parsePack(value, hookIds);
  return parsed.ok ? [] : parsed.problems;
};
const toldOf = (text: string) => {
  const read = readPack('douyin.json', text);
  return read.ok ? [] : read.problems.map(({ path, problem }) => `${path}: ${problem}`);
};

/** Every place in a pack, by its path. */
function places(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, each]) =>
      places(each, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function put(tree: Tree, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(tree);
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Tree)[key], copy) as Tree;
  parent[last] = value;
  return copy;
}

describe('a malicious or broken pack', () => {
  test('a pack that refers to itself is refused by the name of the member [R41]', () => {
    const round: Tree = structuredClone(DOUYIN);
    round.self = round;
    expect(problemsOf(round)).toStrictEqual([{ path: 'self', problem: 'unknown member' }]);
    for (const member of ['extends', 'includes', '$ref', 'parent']) {
      expect(problemsOf({ ...DOUYIN, [member]: 'weibo' })).toStrictEqual([
        { path: member, problem: 'unknown member' },
      ]);
    }
    const [, grade] = (SHIPPED[2]?.grades ?? []) as Tree[];
    assert.ok(grade);
    grade.next = grade;
    expect(problemsOf(SHIPPED[2])).toStrictEqual([
      { path: 'grades.1.next', problem: 'unknown member' },
    ]);
    delete grade.next;
  });

  test('a file with 100,000 nested brackets is refused, and nothing crashes [R41]', () => {
    for (const text of [
      '['.repeat(100_000),
      `{"a":`.repeat(100_000),
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    ]) {
      expect(toldOf(text).length).toBe(1);
    }
    const deep = `{"limits":${'{"personal":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
    expect(toldOf(deep).some((line) => line.startsWith('limits.personal: '))).toBe(true);
  });

  test('the names of JavaScript’s own members are unknown members [R41]', () => {
    const text = JSON.stringify(DOUYIN).replace(
      '"id"',
      '"__proto__":{"limits":{"personal":99}},"id"',
    );
    expect(readPack('douyin.json', text).ok === false || limitOf(text) === 3).toBe(true);
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      expect(problemsOf({ ...DOUYIN, [name]: 1 })).toStrictEqual([
        { path: name, problem: 'unknown member' },
      ]);
      expect(
        problemsOf({ ...DOUYIN, sync: { ...(DOUYIN.sync as Tree), [name]: {} } }),
      ).toStrictEqual([{ path: `sync.${name}`, problem: 'unknown member' }]);
    }
  });

  test('no pack makes followers or works flow, whatever direction it states [R15]', () => {
    for (const asset of CORE_ASSETS) {
      for (const flow of [{}, null, (DOUYIN.sync as Tree).profile]) {
        const [problem, ...more] = problemsOf({
          ...DOUYIN,
          sync: { ...(DOUYIN.sync as Tree), [asset]: flow },
        });
        expect([problem?.path, more]).toStrictEqual([`sync.${asset}`, []]);
        expect(problem?.problem ?? '').toMatch(
          /each account’s own: no rule of a pack moves it \(R15\)/,
        );
      }
    }
    for (const { sync } of SHIPPED)
      for (const name of Object.keys(sync as Tree))
        expect([name, DATATYPES.includes(name as never)]).toStrictEqual([name, true]);
  });

  test('a negative, fractional or huge limit is refused by its path [R41]', () => {
    for (const kind of ['personal', 'enterprise', 'special_industry']) {
      for (const limit of [-1, -0.5, 2.5, 1e300, '3', [3], true]) {
        const problems = problemsOf({
          ...DOUYIN,
          limits: { ...(DOUYIN.limits as Tree), [kind]: limit },
        });
        expect([limit, [...new Set(problems.map(({ path }) => path))]]).toStrictEqual([
          limit,
          [`limits.${kind}`],
        ]);
      }
    }
  });

  test('the start fails with all mistakes of all files, by file and path [R41]', async () => {
    writeFileSync(
      join(folder, 'one.json'),
      JSON.stringify({
        ...DOUYIN,
        id: 'one',
        version: 0,
        permissions: { basic: [{ name: 'fly' }] },
      }),
    );
    writeFileSync(
      join(folder, 'two.json'),
      JSON.stringify({ ...DOUYIN, id: 'two', unbinding: { preconditions: ['luck'] } }),
    );
    const error: unknown = await loadPackFiles(folder).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof InvalidPacksError);
    const told = error.problems.map(({ path }) => path);
    for (const path of [
      'one.json version',
      'one.json permissions.basic.0.name',
      'one.json permissions.advanced',
      'one.json permissions.core',
      'two.json unbinding.preconditions.0',
      'two.json unbinding.historyDays',
      'two.json unbinding.coolDownHours',
    ])
      assert.ok(told.includes(path), `${path} in ${told}`);
  });

  const junk = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(-1, 1e308, '', '__proto__', [], {}, null, undefined, Number.NaN),
  );

  test('for any value at any place, a pack is read or refused without a throw [R41]', () => {
    const anywhere = fc
      .constantFrom(...SHIPPED)
      .chain((pack) => fc.tuple(fc.constant(pack), fc.constantFrom(...places(pack)), junk));
    fc.assert(
      fc.property(anywhere, ([pack, path, value]) => {
        const parsed = parsePack(put(pack, path, value), hookIds);
        if (!parsed.ok)
          expect(
            parsed.problems.length > 0 && parsed.problems.every(({ problem }) => problem !== ''),
          ).toBe(true);
        else expect(isSound(parsed.value)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('a mistake is reported at its place or above it [R41]', () => {
    const wrong = fc
      .constantFrom(...SHIPPED)
      .chain((pack) => fc.tuple(fc.constant(pack), fc.constantFrom(...places(pack)), junk));
    fc.assert(
      fc.property(wrong, ([pack, path, value]) => {
        if (path.length !== 1) return;
        const problems = problemsOf(put(pack, path, value));
        const elsewhere = ['hooks', 'shadow', 'permissions', 'grades']; // these refer to each other
        const [member] = path;
        if (elsewhere.includes(String(member))) return;
        for (const problem of problems) expect(problem.path.split('.')[0]).toBe(String(member));
      }),
      { numRuns: 2000 },
    );
  });
});

function limitOf(text: string): number | null | undefined {
  const read = readPack('douyin.json', text);
  return read.ok ? read.value.limits.personal : undefined;
}

/** What is true for every pack that was read without a mistake. */
function isSound({
  limits,
  hooks,
  permissions,
  sync,
  unbinding,
  code,
  tokenLifetimeSeconds,
  grades,
}: Pack): boolean {
  const core: readonly string[] = ['withdraw_income', 'account_appeal'];
  const given = [
    ...permissions.basic,
    ...permissions.advanced,
    ...(grades ?? []).flatMap(({ adds }) => adds),
  ];
  return (
    Object.values(limits).every(
      (limit) => limit === null || (Number.isInteger(limit) && limit >= 0),
    ) &&
    ['account-status', 'same-owner', 'graph'].every((id) => hooks.includes(id)) &&
    given.every(({ name }) => !core.includes(name)) &&
    Object.keys(sync).every((name) => DATATYPES.includes(name as never)) &&
    sync.violation?.reviewedOnly !== false &&
    unbinding.historyDays >= 0 &&
    code.lifetimeSeconds <= 900 &&
    tokenLifetimeSeconds <= 86_400
  );
}
