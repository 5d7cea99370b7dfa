import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AppealRefusal,
  type AppealState,
  appealState,
  appealUntil,
  type FoundAppeal,
  mayAppeal,
} from '../../src/review/appeal.ts';

const now = new Date('2026-10-01T00:00:00Z');
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
const appealDays = 30;
const THIRTY_DAYS = 30 * 86_400_000;
const found = (
  state: FoundAppeal['state'],
  decision: FoundAppeal['decision'] = null,
): FoundAppeal => ({
  state,
  decision,
  dueAt: now,
  decidedAt: decision && now,
});

// biome-ignore format: a table is read by its columns
const CASES: readonly (readonly [string, Date | null, FoundAppeal | undefined, AppealRefusal | undefined, AppealState])[] = [
  ['nothing was refused',                                   null,                 undefined,                  'nothing_to_appeal', 'none'],
  ['the refusal is new',                                    now,                  undefined,                  undefined,           'possible'],
  ['the refusal is a millisecond short of thirty days old', ago(THIRTY_DAYS - 1), undefined,                  undefined,           'possible'],
  ['the refusal is thirty days old',                        ago(THIRTY_DAYS),     undefined,                  'too_late',          'none'],
  ['another appeal is open',                                now,                  found('open'),              'already_appealed',  'open'],
  ['another appeal was dismissed',                          now,                  found('decided', 'reject'), 'already_appealed',  'dismissed'],
  ['another appeal was upheld',                             null,                 found('decided', 'accept'), 'already_appealed',  'upheld'],
  ['another appeal was dropped',                            now,                  found('dropped'),           'already_appealed',  'none'],
];

describe('a refusal can be appealed once, within thirty days', () => {
  for (const [what, refusedAt, appeal, refusal, state] of CASES) {
    test(`an appeal when ${what}: ${refusal ?? 'accepted'}, state ${state} [R23]`, () => {
      expect(mayAppeal({ refusedAt, appeal, appealDays, now })).toBe(refusal);
      expect(appealState({ refusedAt, appeal, appealDays, now })).toBe(state);
    });
  }

  test('the state is “possible” exactly when an appeal would be accepted [R23]', () => {
    const appeals = fc.constantFrom(
      undefined,
      found('open'),
      found('dropped'),
      found('decided', 'accept'),
      found('decided', 'reject'),
    );
    const dates = fc.option(fc.date({ min: ago(3 * THIRTY_DAYS), max: now, noInvalidDate: true }), {
      nil: null,
    });
    fc.assert(
      fc.property(dates, appeals, (refusedAt, appeal) => {
        const possible = appealState({ refusedAt, appeal, appealDays, now }) === 'possible';
        expect(possible).toBe(mayAppeal({ refusedAt, appeal, appealDays, now }) === undefined);
        if (possible) expect(refusedAt && now < appealUntil(refusedAt, appealDays)).toBeTruthy();
      }),
      { numRuns: 2000 },
    );
  });
});
