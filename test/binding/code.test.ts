import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Code, DIGITS, groupsOf, makeCode, parseCode } from '../../src/binding/code.ts';

const TELL_THE_LENGTH = [
  'README.md',
  'docs/glossary.md',
  'docs/protocol.md',
  'docs/requirements.md',
  'examples/demo/report.ts',
  'examples/demo/scenes/one-browser.ts',
] as const;

const halves = fc.tuple(fc.nat(99_999_999), fc.nat(99_999_999));

/** A code from two given halves instead of random ones. */
function codeOf([left, right]: readonly [number, number]): Code {
  const chances = [left, right];
  return makeCode(() => chances.shift() ?? 0);
}

const fullWidth = (text: string) =>
  text.replace(/[!-~]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0));

describe('the code (DET)', () => {
  test('a code has 16 digits for any random input, leading zeros included [R7]', () => {
    fc.assert(fc.property(halves, (pair) => expect(codeOf(pair)).toMatch(/^[0-9]{16}$/)));
    expect(codeOf([0, 7])).toBe('0000000000000007');
    expect(makeCode(randomInt)).toMatch(/^[0-9]{16}$/);
  });

  test('a code is drawn uniformly: each half comes from a whole range [R7]', () => {
    const asked: number[] = [];
    makeCode((max) => asked.push(max) - 1);
    expect(asked).toStrictEqual([100_000_000, 100_000_000]);
    fc.assert(
      fc.property(halves, ([left, right]) =>
        expect(BigInt(codeOf([left, right]))).toBe(BigInt(left) * 100_000_000n + BigInt(right)),
      ),
    );
  });

  test('a code is shown in groups 4-4-4-4 [R7]', () => {
    expect(groupsOf('1234567890123456').join(' ')).toBe('1234 5678 9012 3456');
    fc.assert(
      fc.property(halves, (pair) =>
        expect(groupsOf(codeOf(pair)).join(' ')).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/),
      ),
    );
  });

  test('a code of 18 digits is shown with its last two digits as a group [R7]', () => {
    expect(groupsOf('123456789012345678')).toStrictEqual(['1234', '5678', '9012', '3456', '78']);
  });

  test('the documents and the demo give the length of the code, and no other [R7]', () => {
    const lengths = TELL_THE_LENGTH.map((file) => {
      const told = readFileSync(file, 'utf8').matchAll(
        /\b(\d+) (?:random )?(?:decimal )?digits\b/g,
      );
      return [file, ...new Set([...told].map(([, digits]) => Number(digits)))];
    });
    expect(lengths).toStrictEqual(TELL_THE_LENGTH.map((file) => [file, DIGITS]));
  });

  test('a code is read with hyphens, dots, full-width digits or any spaces [R7]', () => {
    const separators = fc.array(
      fc.constantFrom('', ' ', '-', '.', '\u3000', '\u2013', '\u2011', '\uff0d', '\uff0e', '\t'),
      {
        minLength: 17,
        maxLength: 17,
      },
    );
    fc.assert(
      fc.property(halves, separators, fc.boolean(), (pair, between, wide) => {
        const code = codeOf(pair);
        const typed = between.map((separator, i) => separator + (code[i] ?? '')).join('');
        expect(parseCode(wide ? fullWidth(typed) : typed)).toStrictEqual({ ok: true, value: code });
        expect(parseCode(groupsOf(code).join(' '))).toStrictEqual({ ok: true, value: code });
      }),
    );
  });

  // biome-ignore format: a table is read by its columns
  const MALFORMED: Record<string, unknown> = {
    'nothing':              '',
    '15 digits':            '123456789012345',
    '17 digits':            '12345678901234567',
    'a letter O for zero':  '123456789012345O',
    'other scripts digits': '١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦',
    'a sign':               '+1234567890123456',
    'an underscore':        '1234_5678_9012_3456',
    'a null byte':          '1234567890123456\0',
    'a line of markup':     '<b>1234567890123456</b>',
    '10 KB of digits':      '1'.repeat(10_240),
    'a code lost in 10 KB': `${' '.repeat(10_240)}1234567890123456`,
    'a number':             1234567890123456,
    'an array of a code':   ['1234567890123456'],
    'an object':            { toString: () => '1234567890123456' },
    'undefined':            undefined,
    'null':                 null,
  };
  for (const [name, typed] of Object.entries(MALFORMED)) {
    test(`reading a code refuses ${name} [R7]`, () => {
      const parsed = parseCode(typed);
      expect(!parsed.ok && parsed.refusal.code).toBe('malformed_code');
    });
  }

  test('any text gives 16 digits or a refusal that does not repeat the text [R7]', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (typed) => {
        const parsed = parseCode(typed);
        if (parsed.ok) expect(parsed.value).toMatch(/^[0-9]{16}$/);
        else expect(Object.keys(parsed.refusal)).toStrictEqual(['code', 'site']);
      }),
    );
  });
});
