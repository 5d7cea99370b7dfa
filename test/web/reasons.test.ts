import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate, type HookRecord } from '../../src/policy/evaluate.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { VERDICTS } from '../../src/policy/verdict.ts';
import { COPY, LANGUAGES, translator, wordFor } from '../../src/web/core/i18n.ts';
import { hooksOf, reasonWord } from '../../src/web/review/reasons.views.ts';
import { douyin, facts } from '../policy/douyin-facts.ts';

const [zh, en] = [translator('zh-CN'), translator('en')];

const SOURCES = globSync('src/policy/hooks/*.ts').map((file) => ({
  name: basename(file),
  text: readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
}));

/** The hooks in a file, or in files that import it. */
function hooksIn({
  name,
  text,
}: {
  readonly name: string;
  readonly text: string;
}): readonly string[] {
  const own = /^ {2}id: '([\w-]+)'/m.exec(text)?.[1];
  return own === undefined
    ? SOURCES.filter((other) => other.text.includes(`'./${name}'`)).flatMap(hooksIn)
    : [own];
}

/** Every reason code in a source: of rows, of reasons, and of scorecards without a row. */
function codesIn(text: string): readonly string[] {
  const given = [...text.matchAll(/code: '(\w+)'/g)].map(([, code = '']) => code);
  const chosen = [...text.matchAll(/code: [^'\n,]*\? '(\w+)' : '(\w+)'/g)].flatMap(
    ([, one = '', other = '']) => [one, other],
  );
  const calm = [...text.matchAll(/weigh\([^;]*pack\.risk\.\w+,\s*([^;]*)\);/g)].flatMap(
    ([, last = '']) => [...last.matchAll(/'(\w+)'/g)].map(([, code = '']) => code),
  );
  return [...given, ...chosen, ...calm];
}

const CODES = SOURCES.flatMap((source) =>
  hooksIn(source).flatMap((hook) => codesIn(source.text).map((code) => ({ hook, code }))),
);

describe('the reasons of hooks in words', () => {
  test('every hook and every reason has words in both languages [R21, R23]', () => {
    expect(CODES.length).toBeGreaterThan(50);
    for (const { id } of HOOKS)
      expect([`no reason of ${id} was found`, CODES.some(({ hook }) => hook === id)]).toStrictEqual(
        [`no reason of ${id} was found`, true],
      );
    for (const code of ['few_near', 'as_usual', 'no_odd_flow', 'nothing_odd'])
      expect([code, CODES.some((each) => each.code === code)]).toStrictEqual([code, true]);
    const shared = [
      'score',
      'hook_missing',
      'hook_failed',
      'not_consulted',
      'timeout',
      'unreachable',
      'nonsense',
      'circuit_open',
    ];
    const missing = [
      ...CODES,
      ...HOOKS.flatMap(({ id }) => shared.map((code) => ({ hook: id, code }))),
    ]
      .filter(({ hook, code }) => [zh, en].some((t) => reasonWord(t, hook, code) === code))
      .map(({ hook, code }) => `${hook}.${code}`);
    expect(missing).toStrictEqual([]);
    expect(
      HOOKS.filter(({ id }) => [zh, en].some((t) => wordFor(t, 'hook', id) === id)),
    ).toStrictEqual([]);
  });

  test('every figure of a hook’s reason has a name [R22]', () => {
    const sources = SOURCES.map(({ text }) => text).join('\n');
    const figures = [...sources.matchAll(/detail: \{([^}]*)\}/g)].flatMap(([, inside = '']) =>
      inside.split(',').flatMap((each) => /^\s*(\w+)\s*(?::|$)/.exec(each)?.[1] ?? []),
    );
    expect(figures.length).toBeGreaterThan(20);
    // shown as the weight or in another way
    const ids = new Set(['points', 'subIsSubOf', 'primaryIsSubOf', 'primary', 'sub']);
    expect(
      [...new Set(figures)].filter(
        (name) => !ids.has(name) && !Object.hasOwn(COPY.en, `figure.${name}`),
      ),
    ).toStrictEqual([]);
  });

  test('the strictest hook comes first, with figures, weights and their sum [R23]', () => {
    const records: HookRecord[] = [
      { id: 'graph', version: 1, verdict: 'allow', reasons: [{ code: 'both_free' }] },
      {
        id: 'device',
        version: 2,
        verdict: 'review',
        reasons: [
          {
            code: 'cookie_on_another_device',
            detail: { side: 'counterparty', drift: 0.456, points: 72 },
          },
          { code: 'and_in_another_network', detail: { side: 'counterparty', points: 25 } },
        ],
      },
    ];
    const [device, graph] = hooksOf(zh, records);
    expect(device).toStrictEqual({
      name: '设备指纹',
      version: 'device v2',
      verdict: 'review',
      verdictWord: '转人工',
      cleared: null,
      reasons: [
        {
          why: '设备标识出现在另一台设备上，像是被复制',
          figures: ['应答方', '与原来的差别 45.6%'],
          weight: 72,
        },
        { why: '而且在陌生的网络里', figures: ['应答方'], weight: 25 },
      ],
      sum: 97,
    });
    expect([graph?.name, graph?.reasons, graph?.sum]).toStrictEqual([
      '绑定关系',
      [{ why: '两个账号都没有冲突的绑定', figures: [], weight: null }],
      null,
    ]);
  });

  test('codes and figures of an operator’s own hook are shown as they are [R22, R23]', () => {
    const [shown] = hooksOf(en, [
      {
        id: 'odd-logins',
        version: 1,
        verdict: 'deny',
        reasons: [{ code: 'odd:hour', detail: { by: 'pdp.example', __proto__x: '<b>' } }],
      },
    ]);
    expect([shown?.name, shown?.reasons[0]?.why, shown?.reasons[0]?.figures]).toStrictEqual([
      'odd-logins',
      'odd:hour',
      ['from pdp.example', '__proto__x <b>'],
    ]);
  });

  test('a reason shows no id of an owner or account [R23]', () => {
    const records = [
      {
        id: 'same-owner',
        version: 1,
        verdict: 'deny' as const,
        reasons: [
          {
            code: 'owners_differ',
            detail: { primary: 'own_AAAAAAAAAAAAAAAAAAAAAA', sub: 'own_BBBBBBBBBBBBBBBBBBBBBB' },
          },
        ],
      },
    ];
    expect(hooksOf(en, records)[0]?.reasons[0]?.figures).toStrictEqual([]);
  });

  test('every stored decision can be shown [R23]', () => {
    const detail = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 });
    const record = fc.record({
      id: fc.oneof(fc.constantFrom(...HOOKS.map(({ id }) => id)), fc.string()),
      version: fc.nat(),
      verdict: fc.constantFrom(...VERDICTS),
      reasons: fc.array(
        fc.record({
          code: fc.oneof(fc.constantFrom(...CODES.map(({ code }) => code)), fc.string()),
          detail,
        }),
      ),
    });
    for (const language of LANGUAGES)
      fc.assert(
        fc.property(fc.array(record, { maxLength: 4 }), (records) => {
          const shown = hooksOf(translator(language), records as unknown as HookRecord[]);
          expect(shown.length).toBe(records.length);
        }),
        { numRuns: 200 },
      );
    expect(hooksOf(en, evaluate(douyin, HOOKS, facts()).hooks).length).toBe(douyin.hooks.length);
  });
});
