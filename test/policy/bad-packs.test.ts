import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
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
after(() => rmSync(folder, { recursive: true, force: true }));

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

describe('a pack that no good comes of', () => {
  test('R41 a pack that goes round in a circle, as an object or by naming another, is told by its member', () => {
    const round: Tree = structuredClone(DOUYIN);
    round.self = round;
    assert.deepEqual(problemsOf(round), [{ path: 'self', problem: 'unknown member' }]);
    for (const member of ['extends', 'includes', '$ref', 'parent']) {
      assert.deepEqual(problemsOf({ ...DOUYIN, [member]: 'weibo' }), [
        { path: member, problem: 'unknown member' },
      ]);
    }
    const [, grade] = (SHIPPED[2]?.grades ?? []) as Tree[];
    assert.ok(grade);
    grade.next = grade;
    assert.deepEqual(problemsOf(SHIPPED[2]), [
      { path: 'grades.1.next', problem: 'unknown member' },
    ]);
    delete grade.next;
  });

  test('R41 a file a hundred thousand brackets deep is told in words, and nothing falls over', () => {
    for (const text of [
      '['.repeat(100_000),
      `{"a":`.repeat(100_000),
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    ]) {
      assert.equal(toldOf(text).length, 1);
    }
    const deep = `{"limits":${'{"personal":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
    assert.ok(toldOf(deep).some((line) => line.startsWith('limits.personal: ')));
  });

  test('R41 members that JavaScript knows by itself are members like others', () => {
    const text = JSON.stringify(DOUYIN).replace(
      '"id"',
      '"__proto__":{"limits":{"personal":99}},"id"',
    );
    assert.ok(readPack('douyin.json', text).ok === false || limitOf(text) === 3);
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      assert.deepEqual(problemsOf({ ...DOUYIN, [name]: 1 }), [
        { path: name, problem: 'unknown member' },
      ]);
      assert.deepEqual(problemsOf({ ...DOUYIN, sync: { ...(DOUYIN.sync as Tree), [name]: {} } }), [
        { path: `sync.${name}`, problem: 'unknown member' },
      ]);
    }
  });

  test('R15 followers and works are each account’s own: no pack makes them flow, whatever it calls the way', () => {
    for (const asset of CORE_ASSETS) {
      for (const flow of [{}, null, (DOUYIN.sync as Tree).profile]) {
        const [problem, ...more] = problemsOf({
          ...DOUYIN,
          sync: { ...(DOUYIN.sync as Tree), [asset]: flow },
        });
        assert.deepEqual([problem?.path, more], [`sync.${asset}`, []]);
        assert.match(
          problem?.problem ?? '',
          /each account’s own: no rule of a pack moves it \(R15\)/,
        );
      }
    }
    for (const { sync } of SHIPPED)
      for (const name of Object.keys(sync as Tree))
        assert.ok(DATATYPES.includes(name as never), name);
  });

  test('R2 R41 a limit below nothing, in parts, or beyond counting is told where it stands', () => {
    for (const kind of ['personal', 'enterprise', 'special_industry']) {
      for (const limit of [-1, -0.5, 2.5, 1e300, '3', [3], true]) {
        const problems = problemsOf({
          ...DOUYIN,
          limits: { ...(DOUYIN.limits as Tree), [kind]: limit },
        });
        assert.deepEqual(
          [...new Set(problems.map(({ path }) => path))],
          [`limits.${kind}`],
          JSON.stringify(limit),
        );
      }
    }
  });

  test('R41 all mistakes of all files are told at once, each by file and path, and nothing starts', async () => {
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
    await assert.rejects(loadPackFiles(folder), (error) => {
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
      return true;
    });
  });

  const junk = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(-1, 1e308, '', '__proto__', [], {}, null, undefined, Number.NaN),
  );

  test('R41 whatever stands anywhere in it, a pack is read whole or its mistakes are told, and never thrown', () => {
    const anywhere = fc
      .constantFrom(...SHIPPED)
      .chain((pack) => fc.tuple(fc.constant(pack), fc.constantFrom(...places(pack)), junk));
    fc.assert(
      fc.property(anywhere, ([pack, path, value]) => {
        const parsed = parsePack(put(pack, path, value), hookIds);
        if (!parsed.ok)
          assert.ok(
            parsed.problems.length > 0 && parsed.problems.every(({ problem }) => problem !== ''),
          );
        else assert.ok(isSound(parsed.value));
      }),
      { numRuns: 3000 },
    );
  });

  test('R41 a mistake is told at its place or above it', () => {
    const wrong = fc
      .constantFrom(...SHIPPED)
      .chain((pack) => fc.tuple(fc.constant(pack), fc.constantFrom(...places(pack)), junk));
    fc.assert(
      fc.property(wrong, ([pack, path, value]) => {
        if (path.length !== 1) return;
        const problems = problemsOf(put(pack, path, value));
        const elsewhere = ['hooks', 'shadow', 'permissions', 'grades']; // which name each other
        const [member] = path;
        if (elsewhere.includes(String(member))) return;
        for (const problem of problems) assert.equal(problem.path.split('.')[0], String(member));
      }),
      { numRuns: 2000 },
    );
  });
});

function limitOf(text: string): number | null | undefined {
  const read = readPack('douyin.json', text);
  return read.ok ? read.value.limits.personal : undefined;
}

/** What must hold of any pack that is read, however it came about. */
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
