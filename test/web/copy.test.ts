import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REFUSAL_CODES } from '../../src/kernel/refusals.ts';
import { PERMISSIONS } from '../../src/policy/pack.ts';
import { ERROR_PAGES, PARTS } from '../../src/web/core/error-pages.ts';
import { COPY, type CopyKey, LANGUAGES, translator, wordFor } from '../../src/web/core/i18n.ts';

/** Placeholders of plurals. */
const COUNTED: ReadonlySet<string> = new Set([
  'digits',
  'minutes',
  'count',
  'done',
  'total',
  'tries',
  'days',
]);

/** A value for every known placeholder, so that a message with an unknown one fails. */
const VALUES = Object.fromEntries(
  [
    'app',
    'code',
    'login',
    'digits',
    'grade',
    'name',
    'platform',
    'primary',
    'sub',
    'issuer',
    'reference',
    'error',
    'missing',
    'due',
    'since',
    'id',
    'url',
    'used',
    'limit',
    'next',
    'minutes',
    'days',
    'at',
    'until',
    'place',
    'amount',
    'count',
    'done',
    'total',
    'tries',
    'version',
    'type',
    'size',
    'what',
    'how',
    'span',
    'days',
    'needs',
    'role',
    'login',
    'least',
  ].map((name) => [name, COUNTED.has(name) ? 2 : `<${name}>`]),
);

/** The keys in the copy of a journey. */
function keysOf(journey: string): ReadonlySet<string> {
  const file = readFileSync(`src/web/${journey}/copy.zh-CN.json`, 'utf8');
  return new Set(Object.keys(JSON.parse(file)));
}

/** The keys that stand in full in the pages, views and templates of a journey. */
function keysNamedIn(journey: string): readonly string[] {
  return globSync(`src/web/${journey}/**/*.{ts,eta}`).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'([\w.-]+)'/g)].flatMap(([, name = '']) =>
      Object.hasOwn(COPY['zh-CN'], name) ? [name] : [],
    ),
  );
}

const JOURNEYS = globSync('src/web/*/copy.zh-CN.json').map((file) => basename(dirname(file)));

describe('the copy', () => {
  for (const journey of JOURNEYS)
    test(`every key that ${journey} uses is in its own copy or in core`, () => {
      const own = new Set([...keysOf(journey), ...keysOf('core')]);
      const named = keysNamedIn(journey);
      expect(named.filter((key) => !own.has(key))).toStrictEqual([]);
      expect(named.length).toBeGreaterThan(10);
    });

  for (const language of LANGUAGES) {
    const t = translator(language);

    test(`the keys are those of the Chinese copy, ${language}`, () => {
      expect(Object.keys(COPY[language]).sort()).toStrictEqual(Object.keys(COPY['zh-CN']).sort());
    });

    test(`the placeholders are those of the Chinese copy, ${language}`, () => {
      const asked = (text: string) =>
        [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();
      for (const key of Object.keys(COPY['zh-CN']) as CopyKey[])
        expect([key, asked(COPY[language][key])]).toStrictEqual([key, asked(COPY['zh-CN'][key])]);
    });

    test(`every message can be formatted, ${language}`, () => {
      for (const key of Object.keys(COPY[language]) as CopyKey[]) {
        expect([key, t(key, VALUES).trim()]).not.toStrictEqual([key, '']);
        expect([key, t(key, VALUES)]).toStrictEqual([key, expect.not.stringMatching(/\{\w+\}/)]);
      }
    });

    test(`every error page says what happened, what was kept, what is next, ${language}`, () => {
      const groups = [
        ...REFUSAL_CODES.map((code) => `refusal.${code}`),
        ...Object.keys(ERROR_PAGES).map((code) => `error.${code}`),
      ];
      for (const group of groups)
        for (const part of PARTS)
          expect([
            `${group}.${part}`,
            Object.hasOwn(COPY[language], `${group}.${part}`),
          ]).toStrictEqual([`${group}.${part}`, true]);
    });

    test(`every refusal code has a word on the operator's board, ${language}`, () => {
      for (const code of REFUSAL_CODES) expect(wordFor(t, 'board.refusal', code)).not.toBe(code);
    });

    test(`every permission of the packs has a name, ${language}`, () => {
      for (const name of PERMISSIONS) expect(wordFor(t, 'permission', name)).not.toBe(name);
    });
  }

  test('an unknown name is shown as it is', () => {
    expect(wordFor(translator('en'), 'scope', 'album:read')).toBe('album:read');
    expect(wordFor(translator('en'), 'scope', '__proto__')).toBe('__proto__');
  });
});
