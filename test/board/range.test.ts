import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AskedRange,
  dayOf,
  parseRange,
  periodOf,
  periodsOf,
  plusDays,
  STEPS,
  startOf,
} from '../../src/board/range.ts';

const TODAY = '2026-11-22';
const open: AskedRange = { from: '', to: '', by: '' };

function asked(changes: Partial<AskedRange>): unknown {
  const parsed = parseRange({ ...open, ...changes }, TODAY);
  return parsed.ok ? parsed.value : parsed.refusal.code;
}

describe('the days that a board shows', () => {
  // biome-ignore format: a table is read by its columns
  const RANGES: readonly (readonly [string, Partial<AskedRange>, unknown])[] = [
    ['nothing means the last thirty days',           {},                                        { from: '2026-10-24', to: TODAY, by: 'day' }],
    ['a first day alone means until today',          { from: '2026-11-01' },                    { from: '2026-11-01', to: TODAY, by: 'day' }],
    ['a last day alone means thirty days before it', { to: '2026-03-01' },                      { from: '2026-01-31', to: '2026-03-01', by: 'day' }],
    ['a quarter, by week',                           { from: '2026-09-01' },                    { from: '2026-09-01', to: TODAY, by: 'week' }],
    ['a year, by month',                             { from: '2025-11-23' },                    { from: '2025-11-23', to: TODAY, by: 'month' }],
    ['one day',                                      { from: TODAY, to: TODAY, by: 'month' },   { from: TODAY, to: TODAY, by: 'month' }],
    ['a day to come',                                { from: '2027-01-01' },                    { from: '2027-01-01', to: '2027-01-01', by: 'day' }],
    ['a day that does not exist',                    { from: '2026-02-29' },                    'malformed_day'],
    ['a word as last day',                           { to: 'yesterday' },                       'malformed_day'],
    ['a word as first day',                          { from: 'zzzz' },                          'malformed_day'],
    ['a year out of range',                          { from: '0001-01-01', to: TODAY },         'malformed_day'],
    ['a line break after the day',                   { from: '2026-11-01\n' },                  'malformed_day'],
    ['a year in full-width digits',                  { from: '２０２６-11-01' },                 'malformed_day'],
    ['a range that ends before it begins',           { from: '2026-11-22', to: '2026-11-21' },  'days_reversed'],
    ['a range of a century',                         { from: '2000-01-01', to: '2099-12-31' },  'too_many_days'],
    ['two years, by month',                          { from: '2024-11-23' },                    { from: '2024-11-23', to: TODAY, by: 'month' }],
    ['a year by day',                                { from: '2025-11-23', by: 'day' },         'too_many_days'],
    ['an unknown step',                              { by: 'hour' },                            'unknown_step'],
    ['the name of an object’s own member',           { by: 'constructor' },                     'unknown_step'],
  ];
  for (const [what, given, expected] of RANGES)
    test(`the range of the board: ${what} [R24]`, () =>
      expect(asked(given)).toStrictEqual(expected));

  test('a day begins at midnight in Shanghai [R24]', () => {
    expect(startOf('2026-11-22').toISOString()).toBe('2026-11-21T16:00:00.000Z');
    expect(dayOf(new Date('2026-11-21T15:59:59.999Z'))).toBe('2026-11-21');
    expect(dayOf(new Date('2026-11-21T16:00:00.000Z'))).toBe('2026-11-22');
  });

  test('weeks begin on Mondays, also at the turn of a year [R24]', () => {
    expect(periodsOf({ from: '2025-12-31', to: '2026-01-05', by: 'week' })).toStrictEqual([
      '2025-12-29',
      '2026-01-05',
    ]);
    expect(periodsOf({ from: '2026-01-31', to: '2026-03-01', by: 'month' })).toStrictEqual([
      '2026-01-01',
      '2026-02-01',
      '2026-03-01',
    ]);
  });

  test('each day of a range is in exactly one period, without gaps [R24]', () => {
    const days = fc.integer({ min: 0, max: 20_000 }).map((at) => plusDays('2000-01-01', at));
    fc.assert(
      fc.property(
        days,
        fc.integer({ min: 0, max: 90 }),
        fc.constantFrom(...STEPS),
        (from, more, by) => {
          const periods = periodsOf({ from, to: plusDays(from, more), by });
          expect(periods).toStrictEqual([...new Set(periods)].sort());
          const touched = Array.from({ length: more + 1 }, (_, at) =>
            periodOf(plusDays(from, at), by),
          );
          expect([...new Set(touched)]).toStrictEqual(periods);
          for (const period of periods) expect(periodOf(period, by)).toBe(period);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('any typed text gives a range of bounded size or a refusal [R24]', () => {
    const typed = fc.oneof(
      fc.string(),
      fc.constantFrom('', '2026-11-22', '2026-13-01', '2999-12-31', 'day', 'week', 'month'),
      fc.date({ noInvalidDate: true }).map((at) => at.toISOString().slice(0, 10)),
    );
    fc.assert(
      fc.property(typed, typed, typed, (from, to, by) => {
        const parsed = parseRange({ from, to, by }, TODAY);
        if (parsed.ok)
          expect(periodsOf(parsed.value).length >= 1 && periodsOf(parsed.value).length <= 100).toBe(
            true,
          );
      }),
      { numRuns: 5000 },
    );
  });
});
