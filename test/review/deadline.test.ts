import { describe, expect, test } from '@jest/globals';
import { dueAfter, materialDueAfter } from '../../src/review/deadline.ts';
import { douyin } from '../policy/douyin-facts.ts';

const noon = (day: string) => new Date(`${day}T12:00:00+08:00`);
const close = (day: string) => new Date(`${day}T18:00:00+08:00`);

// Counted by hand on the State Council's calendars. 2025: National Day 1–8 October, 28 September
// and 11 October worked.
// 2026: Spring Festival 15–23 February, 14 and 28 February worked; National Day 1–7 October, 20
// September and 10 October worked.
// biome-ignore format: a table is read by its columns
const COUNTED: readonly (readonly [why: string, from: string, days: number, due: string])[] = [
  ['an ordinary week',                               '2026-06-01', 4,  '2026-06-05'],
  ['over a weekend',                                 '2026-06-05', 1,  '2026-06-08'],
  ['Spring Festival: the Saturday before is worked', '2026-02-13', 1,  '2026-02-14'],
  ['Spring Festival: nine days off in a row',        '2026-02-14', 1,  '2026-02-24'],
  ['Spring Festival: begun on a day off',            '2026-02-17', 1,  '2026-02-24'],
  ['Spring Festival: seven days around it',          '2026-02-11', 7,  '2026-02-27'],
  ['Spring Festival: and both make-up Saturdays',    '2026-02-11', 14, '2026-03-09'],
  ['National Day: seven days off',                   '2026-09-30', 1,  '2026-10-08'],
  ['National Day: the Saturday after is worked',     '2026-09-28', 7,  '2026-10-13'],
  ['National Day: the Sunday before is worked',      '2026-09-18', 1,  '2026-09-20'],
  ['National Day with Mid-Autumn, 2025',             '2025-09-26', 7,  '2025-10-13'],
];

describe('working days of the Chinese calendar', () => {
  for (const [why, from, days, due] of COUNTED) {
    test(`${days} working day(s) after ${from} are due ${due}, 18:00 Shanghai (${why}) [R4]`, () => {
      expect(dueAfter(noon(from), days)).toStrictEqual(close(due));
    });
  }

  test('working days are counted in Shanghai time, not in UTC [R4]', () => {
    expect(dueAfter(new Date('2026-06-01T15:59:59Z'), 1)).toStrictEqual(close('2026-06-02'));
    expect(dueAfter(new Date('2026-06-01T16:00:00Z'), 1)).toStrictEqual(close('2026-06-03'));
  });
});

describe('special industry has five to seven more working days', () => {
  const start = '2026-02-11';
  // biome-ignore format: a table is read by its columns
  const EXTRA: readonly (readonly [extra: number, due: string])[] = [[5, '2026-03-05'], [6, '2026-03-06'], [7, '2026-03-09']];
  for (const [specialIndustryExtraDays, due] of EXTRA) {
    test(`${specialIndustryExtraDays} extra days: special industry is due ${due}, others 2026-02-27 [R4]`, () => {
      const times = { ...douyin.review, workingDays: 7, specialIndustryExtraDays };
      expect(materialDueAfter(noon(start), 'special_industry', times)).toStrictEqual(close(due));
      expect(materialDueAfter(noon(start), 'enterprise', times)).toStrictEqual(close('2026-02-27'));
      expect(materialDueAfter(noon(start), 'personal', times)).toStrictEqual(close('2026-02-27'));
    });
  }

  test('the pack douyin gives special industry seven days beside its seven [R4]', () => {
    expect([douyin.review.workingDays, douyin.review.specialIndustryExtraDays]).toStrictEqual([
      7, 7,
    ]);
    expect(materialDueAfter(noon('2026-09-28'), 'special_industry', douyin.review)).toStrictEqual(
      close('2026-10-22'),
    );
  });
});
