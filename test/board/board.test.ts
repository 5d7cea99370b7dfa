import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boardOf, type Tally } from '../../src/board/board.ts';
import { percentilesOf } from '../../src/board/percentiles.ts';
import { VERDICTS } from '../../src/policy/verdict.ts';

const range = { from: '2026-11-16', to: '2026-11-22', by: 'day' } as const;
const days = ['2026-11-16', '2026-11-18', '2026-11-22'];
const hooks = ['device', 'limits', 'wary'];

const anyTally: fc.Arbitrary<Tally> = fc
  .record({
    day: fc.constantFrom(...days),
    pack: fc.constantFrom('douyin', 'weibo'),
    hook: fc.constantFrom(...hooks),
    n: fc.integer({ min: 1, max: 900 }),
  })
  .chain((common) =>
    fc
      .oneof(
        fc.record({
          what: fc.constant('refusal' as const),
          said: fc.constantFrom('machine', 'person'),
          came: fc.constantFrom('risk', 'limit_reached'),
        }),
        fc.record({
          what: fc.constantFrom('hook' as const, 'shadow' as const),
          said: fc.constantFrom(...VERDICTS),
          came: fc.constantFrom(...VERDICTS),
        }),
        fc.record({
          what: fc.constant('decision' as const),
          said: fc.constantFrom(...VERDICTS),
          came: fc.constant(''),
        }),
      )
      .map((rest) => ({ ...common, ...rest, bucket: 0 })),
  );

/** Never more appeals than refusals. */
const anyCounted = fc.array(anyTally, { maxLength: 30 }).chain((tallies) => {
  const cells = [
    ...Map.groupBy(
      tallies.filter(({ what }) => what === 'refusal'),
      ({ day, pack, said, hook }) => JSON.stringify([day, pack, said, hook]),
    ).values(),
  ];
  return fc
    .tuple(
      ...cells.map((rows) => fc.integer({ min: 0, max: rows.reduce((sum, { n }) => sum + n, 0) })),
    )
    .map((upheld) => ({
      tallies: [
        ...tallies,
        ...cells.flatMap(([row], at): Tally[] =>
          row ? [{ ...row, what: 'appeal', came: 'upheld', n: upheld[at] ?? 0 }] : [],
        ),
      ],
      openAppeals: 0,
    }));
});

const total = (split: { automatic: number; person: number; wrong: number }) =>
  split.automatic + split.person + split.wrong;

describe('the board from its counts', () => {
  test('by time, pack and hook, each refusal is in exactly one of three groups [R24]', () => {
    fc.assert(
      fc.property(anyCounted, (counted) => {
        const board = boardOf(range, counted);
        const refused = counted.tallies
          .filter(({ what }) => what === 'refusal')
          .reduce((sum, { n }) => sum + n, 0);
        expect(total(board.split)).toBe(refused);
        expect(board.periods.reduce((sum, { split }) => sum + total(split), 0)).toBe(refused);
        expect(
          board.refusals.reduce((sum, { automatic, person }) => sum + automatic + person, 0),
        ).toBe(refused);
        for (const split of [board.split, ...board.periods.map((each) => each.split)])
          expect(Object.values(split).every((part) => part >= 0)).toBe(true);
        expect(board.split.wrong).toBe(
          counted.tallies
            .filter(({ what }) => what === 'appeal')
            .reduce((sum, { n }) => sum + n, 0),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('a hook in shadow is stricter, milder or equal [R22, R24]', () => {
    fc.assert(
      fc.property(anyCounted, (counted) => {
        for (const { asked, same, stricter, milder, wouldRefuse } of boardOf(range, counted)
          .shadows) {
          expect(same + stricter + milder).toBe(asked);
          expect(wouldRefuse).toBeLessThanOrEqual(stricter);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('days without events are shown as such [R24]', () => {
    const { periods, split, shadows, times } = boardOf(range, { tallies: [], openAppeals: 0 });
    expect(periods.length).toBe(7);
    expect(periods[3]).toStrictEqual({
      period: '2026-11-19',
      decided: 0,
      split: { automatic: 0, person: 0, wrong: 0 },
      times: null,
    });
    expect([split, shadows, times]).toStrictEqual([{ automatic: 0, person: 0, wrong: 0 }, [], []]);
  });

  test('a percentile is exact to five per cent [R24]', () => {
    const bucketOf = (ms: number) => Math.floor(Math.log(Math.max(ms, 0.001)) / Math.log(1.1));
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.002, max: 60_000, noNaN: true }), {
          minLength: 1,
          maxLength: 200,
        }),
        (times) => {
          const rows = [...Map.groupBy(times, bucketOf)];
          const found = percentilesOf(rows.map(([bucket, { length: n }]) => ({ bucket, n })));
          expect(percentilesOf(times.map((ms) => ({ bucket: bucketOf(ms), n: 1 })))).toStrictEqual(
            found,
          );
          const sorted = times.toSorted((a, b) => a - b);
          for (const [share, told] of [
            [0.5, found?.p50],
            [0.95, found?.p95],
            [0.99, found?.p99],
          ] as const) {
            const real = sorted[Math.ceil(times.length * share) - 1] ?? 0;
            expect([
              `${told} for ${real}`,
              told !== undefined && Math.abs(told / real - 1) < 0.0501,
            ]).toStrictEqual([`${told} for ${real}`, true]);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(percentilesOf([])).toBe(null);
  });
});
