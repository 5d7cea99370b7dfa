import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastDay, parseLastDay } from '../../src/web/core/day.ts';

// Shanghai had summer time until 1991. A document that ended before is expired anyway.
const days = fc.date({
  min: new Date('1992-01-01T00:00:00Z'),
  max: new Date('2199-12-31T00:00:00Z'),
  noInvalidDate: true,
});

describe('the last day of a document', () => {
  test('a last day is read in every usual format, and ends at midnight in Shanghai', () => {
    fc.assert(
      fc.property(days, (at) => {
        const [year = '', month = '', day = ''] = at.toISOString().slice(0, 10).split('-');
        const end = Date.parse(`${year}-${month}-${day}T16:00:00Z`); // 24:00 in Shanghai
        const plain = [Number(month), Number(day)];
        for (const typed of [
          `${year}-${month}-${day}`,
          `${year}.${month}.${day}`,
          `${year}/${plain.join('/')}`,
          `${year}年${plain.join('月')}日`,
          `${year}${month}${day}`,
          ` ${year} - ${month} - ${day} `,
        ])
          expect([typed, parseLastDay(typed)?.getTime()]).toStrictEqual([typed, end]);
        // The day that is shown is read as the same day.
        expect(parseLastDay(lastDay('zh-CN', new Date(end)))?.getTime()).toBe(end);
      }),
    );
  });

  test('an empty last day is none, and a malformed one is refused', () => {
    expect(parseLastDay('  ')).toBe(null);
    for (const typed of [
      '长期',
      '2030',
      '2030-13-01',
      '2030-02-30',
      '30-01-02',
      '2030-1-1-1',
      '20301',
      '２０３０-00-10',
      '1e3-1-1',
    ])
      expect([typed, parseLastDay(typed)]).toStrictEqual([typed, undefined]);
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const read = parseLastDay(typed);
        expect(read === undefined || read === null || !Number.isNaN(read.getTime())).toBe(true);
      }),
    );
  });
});
