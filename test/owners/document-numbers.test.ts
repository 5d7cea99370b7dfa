import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stdnum } from 'stdnum';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { identityIndex } from '../../src/owners/blind-index.ts';
import {
  parseResidentId,
  parseUscc,
  type ResidentId,
  residentIdCheckDigit,
  type Uscc,
  usccCheckDigit,
} from '../../src/owners/document-number.ts';

const { ric, uscc } = stdnum.CN ?? {};
assert.ok(ric && uscc, 'stdnum judges Chinese numbers');

const digits = (count: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: count, maxLength: count });
const residentIds = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    digits(5),
    fc.date({ min: new Date('1900-01-01'), max: new Date('2026-11-01'), noInvalidDate: true }),
    digits(3),
  )
  .map(([first, region, born, sequence]) => {
    const first17 = `${first}${region}${born.toISOString().slice(0, 10).replaceAll('-', '')}${sequence}`;
    return (first17 + residentIdCheckDigit(first17)) as ResidentId;
  });

const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const characters = (count: number) =>
  fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: count, maxLength: count });
const usccs = fc.tuple(characters(2), digits(6), characters(9)).map((parts) => {
  const first17 = parts.join('');
  return (first17 + usccCheckDigit(first17)) as Uscc;
});

const fullWidth = (text: string) =>
  text.replace(/[!-~]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0));
const SEPARATORS = ['', '', '', ' ', '-', '\u3000', '\u2013', '\uff0d', '.', '\u00b7', '\t'];

/** A number in any of the ways people write it. */
const spelled = <N extends string>(numbers: fc.Arbitrary<N>) =>
  fc
    .tuple(
      numbers,
      fc.array(fc.constantFrom(...SEPARATORS), { minLength: 18, maxLength: 18 }),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([number, between, wide, lower]) => {
      const cased = lower ? number.toLowerCase() : number;
      const typed = between.map((separator, at) => separator + cased.charAt(at)).join('');
      return { number, typed: wide ? fullWidth(typed) : typed };
    });

const wrongDigit = (number: string, at: number, by: number, alphabet: string): string => {
  const old = alphabet.indexOf(number.charAt(at));
  return number.slice(0, at) + alphabet.charAt((old + by) % alphabet.length) + number.slice(at + 1);
};

const refusalOf = (parsed: ReturnType<typeof parseResidentId> | ReturnType<typeof parseUscc>) =>
  parsed.ok ? 'taken' : parsed.refusal.code;

describe('the number of a resident identity card', () => {
  test('a resident ID is read the same in every spelling [R1]', () => {
    fc.assert(
      fc.property(spelled(residentIds), ({ number, typed }) =>
        expect(parseResidentId(typed)).toStrictEqual({ ok: true, value: number }),
      ),
    );
  });

  test('a resident ID with one wrong digit is refused [R1]', () => {
    fc.assert(
      fc.property(residentIds, fc.nat(17), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const wrong =
          at === 17
            ? wrongDigit(number, at, by, '0123456789X')
            : wrongDigit(number, at, by, '0123456789');
        expect(refusalOf(parseResidentId(wrong))).not.toBe('taken');
      }),
    );
  });

  // stdnum asks its own clock whether that person is born yet; whether a number was ever given out
  // is the identity check's to say.
  test('stdnum agrees about resident IDs with a possible region and date', () => {
    const candidates = fc.oneof(
      residentIds,
      fc.tuple(fc.integer({ min: 1, max: 9 }), digits(17)).map(([a, b]) => `${a}${b}`),
    );
    fc.assert(
      fc.property(candidates, (number) => {
        fc.pre(number.slice(6, 14) >= '19000101' && number.slice(6, 14) <= '20261101');
        expect(parseResidentId(number).ok).toBe(ric.validate(number).isValid);
      }),
      { numRuns: 1_000 },
    );
  });

  // biome-ignore format: a table is read by its columns
  const REFUSED: Record<string, [unknown, string]> = {
    'a wrong check digit':            ['999999199603120027', 'wrong_check_digit'],
    'the 30th of February':           ['999999199602300020', 'malformed_number'],
    'a thirteenth month':             ['999999199613120020', 'malformed_number'],
    'the 15 digits of former times':  ['999999960312002',    'malformed_number'],
    'a region that begins with 0':    ['099999199603120028', 'malformed_number'],
    'an X that is not last':          ['99999919960312X028', 'malformed_number'],
    'digits of another script':       ['٩٩٩٩٩٩١٩٩٦٠٣١٢٠٠٢٨', 'malformed_number'],
    'a null byte':                    ['99999919960312002\0', 'malformed_number'],
    '10 KB':                          ['9'.repeat(10_240),   'malformed_number'],
    'nothing':                        ['',                   'malformed_number'],
    'a number':                       [999999199603120028n,  'malformed_number'],
    'an array of a number':           [['999999199603120028'], 'malformed_number'],
    'undefined':                      [undefined,            'malformed_number'],
  };
  for (const [name, [typed, code]] of Object.entries(REFUSED)) {
    test(`a document number is refused: ${name} [R1]`, () =>
      expect(refusalOf(parseResidentId(typed))).toBe(code));
  }
});

describe('the unified social credit code', () => {
  test('a social credit code is read the same in every spelling [R1]', () => {
    fc.assert(
      fc.property(spelled(usccs), ({ number, typed }) =>
        expect(parseUscc(typed)).toStrictEqual({ ok: true, value: number }),
      ),
    );
  });

  test('a social credit code with one wrong character is refused [R1]', () => {
    fc.assert(
      fc.property(usccs, fc.nat(17), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const alphabet = at >= 2 && at < 8 ? '0123456789' : CHARACTERS;
        expect(refusalOf(parseUscc(wrongDigit(number, at, by, alphabet)))).toBe(
          'wrong_check_digit',
        );
      }),
    );
  });

  test('a social credit code with an unused letter is refused [R1]', () => {
    for (const letter of 'IOSVZ')
      expect(refusalOf(parseUscc(`91999999MADEM000${letter}X`))).toBe('malformed_number');
  });

  test('stdnum agrees about social credit codes, but for two faults of 1.12.0', () => {
    fc.assert(
      fc.property(usccs, (number) => {
        const letters = /[A-Z]/.test(number.slice(0, 2));
        expect(uscc.validate(number).isValid).toBe(!letters && !number.endsWith('0'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a code with authority N and one with check digit 0 are accepted', () => {
    for (const first17 of ['N2999999MADEM0001', '91999999000000005']) {
      expect(refusalOf(parseUscc(first17 + usccCheckDigit(first17)))).toBe('taken');
    }
    expect(usccCheckDigit('91999999000000005')).toBe('0');
  });
});

describe('the blind index', () => {
  const secrets = new InstallationSecret(Buffer.alloc(32, 1));
  const person = (typed: string) => {
    const parsed = parseResidentId(typed);
    assert.ok(parsed.ok);
    return identityIndex(secrets, { kind: 'person', number: parsed.value }).toString('hex');
  };

  test('the blind index is equal exactly for the same owner, in any spelling [R1]', () => {
    fc.assert(
      fc.property(spelled(residentIds), spelled(residentIds), (a, b) => {
        expect(person(a.typed)).toBe(person(a.number));
        expect(person(a.typed) === person(b.typed)).toBe(a.number === b.number);
      }),
    );
  });

  test('the blind index differs between person and organisation, and needs its key [R1]', () => {
    const number = '999999199603120028';
    const other = new InstallationSecret(Buffer.alloc(32, 2));
    const organisation = identityIndex(secrets, {
      kind: 'organisation',
      number: number as Uscc,
    }).toString('hex');
    expect(person(number)).not.toBe(organisation);
    expect(person(number)).not.toBe(
      identityIndex(other, { kind: 'person', number: number as ResidentId }).toString('hex'),
    );
  });

  test('a refusal never repeats what was typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (typed) => {
        for (const parsed of [parseResidentId(typed), parseUscc(typed)]) {
          if (!parsed.ok) expect(Object.keys(parsed.refusal)).toStrictEqual(['code', 'site']);
        }
      }),
    );
  });
});
