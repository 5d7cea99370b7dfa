import { isStricter, VERDICTS, type Verdict } from '../policy/verdict.ts';
import { addTime, type Histogram, type Percentiles, percentilesOf } from './histogram.ts';
import { periodOf, periodsOf, type Range } from './range.ts';

/** What was counted of a day and a pack: see migrations/0013_board.sql. */
export interface Tally {
  readonly day: string;
  readonly pack: string;
  readonly what: 'decision' | 'told' | 'hook' | 'shadow' | 'refusal' | 'time';
  readonly hook: string;
  readonly said: string;
  readonly came: string;
  readonly bucket: number;
  readonly n: number;
}

/** Appeals against refusals of a day. `hook` told the refusal; `hooks` had objected, that one among them. */
export interface Appealed {
  readonly day: string;
  readonly pack: string;
  readonly said: 'machine' | 'person';
  readonly state: 'open' | 'upheld' | 'dismissed';
  readonly hook: string;
  readonly hooks: readonly string[];
  readonly n: number;
}

/** What a step-up came to: proved, or a person's word, or none of it. */
export const STEP_UP_OUTCOMES = ['proved', 'accepted', 'rejected', 'refused', 'gave_up', 'with_people', 'waiting'] as const;
export type StepUpOutcome = (typeof STEP_UP_OUTCOMES)[number];

export interface SteppedUp {
  readonly hook: string;
  readonly outcome: StepUpOutcome;
  readonly n: number;
}

/** R24: refusals by who made them; those found wrong later are counted as that alone, so that the three make the whole. */
export interface Split {
  readonly automatic: number;
  readonly person: number;
  readonly wrong: number;
}

export type Verdicts = Readonly<Record<Verdict, number>>;

export interface HookFigures {
  readonly hook: string;
  readonly verdicts: Verdicts;
  /** Decisions that were stopped or held up because of it first. */
  readonly told: number;
  readonly refusals: Split;
  /** Appeals upheld against decisions in which it had objected, whichever hook told. */
  readonly objectedWrongly: number;
}

/** A rule in shadow beside what was decided: `stricter` would have held up or stopped more, `milder` was content where another was not. */
export interface ShadowFigures {
  readonly hook: string;
  readonly asked: number;
  readonly same: number;
  readonly stricter: number;
  readonly milder: number;
  /** Of the stricter: what would have been refused, and was not. */
  readonly wouldRefuse: number;
}

export interface Board {
  readonly range: Range;
  readonly decisions: Verdicts;
  readonly split: Split;
  readonly appeals: Readonly<Record<Appealed['state'], number>>;
  readonly periods: readonly {
    readonly period: string;
    readonly decided: number;
    readonly split: Split;
    readonly times: Percentiles | null;
  }[];
  readonly packs: readonly { readonly pack: string; readonly decisions: Verdicts; readonly split: Split }[];
  readonly hooks: readonly HookFigures[];
  readonly refusals: readonly { readonly code: string; readonly automatic: number; readonly person: number }[];
  readonly stepUps: readonly { readonly hook: string; readonly outcomes: Readonly<Record<StepUpOutcome, number>> }[];
  readonly shadows: readonly ShadowFigures[];
  readonly times: readonly { readonly part: string; readonly figures: Percentiles }[];
}

export interface Counted {
  readonly tallies: readonly Tally[];
  readonly appealed: readonly Appealed[];
  readonly steppedUp: readonly SteppedUp[];
}

/** All of the board from what was counted. */
export function boardOf(range: Range, { tallies, appealed, steppedUp }: Counted): Board {
  const of = (what: Tally['what']) => tallies.filter((tally) => tally.what === what);
  const [decisions, refusals, times] = [of('decision'), of('refusal'), of('time')];
  const whole = times.filter(({ hook }) => hook === '');
  const within = <T extends { readonly day: string }>(rows: readonly T[]) => group(rows, ({ day }) => periodOf(day, range.by));
  const byPeriod = { decisions: within(decisions), refusals: within(refusals), appealed: within(appealed), times: within(whole) };
  return {
    range,
    decisions: verdictsOf(decisions),
    split: splitOf(refusals, appealed),
    appeals: {
      open: sum(appealed.filter(({ state }) => state === 'open')),
      upheld: sum(appealed.filter(({ state }) => state === 'upheld')),
      dismissed: sum(appealed.filter(({ state }) => state === 'dismissed')),
    },
    periods: periodsOf(range).map((period) => ({
      period,
      decided: sum(byPeriod.decisions.get(period) ?? []),
      split: splitOf(byPeriod.refusals.get(period) ?? [], byPeriod.appealed.get(period) ?? []),
      times: timesOf(byPeriod.times.get(period) ?? []),
    })),
    packs: [...group(decisions, ({ pack }) => pack).keys()].sort().map((pack) => ({
      pack,
      decisions: verdictsOf(decisions.filter((tally) => tally.pack === pack)),
      split: splitOf(
        refusals.filter((tally) => tally.pack === pack),
        appealed.filter((appeal) => appeal.pack === pack),
      ),
    })),
    hooks: hooksOf(of('hook'), of('told'), refusals, appealed),
    refusals: [...group(refusals, ({ came }) => came)]
      .map(([code, rows]) => ({
        code,
        automatic: sum(rows.filter(({ said }) => said === 'machine')),
        person: sum(rows.filter(({ said }) => said === 'person')),
      }))
      .sort((a, b) => b.automatic + b.person - a.automatic - a.person || compare(a.code, b.code)),
    stepUps: [...group(steppedUp, ({ hook }) => hook)]
      .map(([hook, rows]) => ({ hook, outcomes: countBy(STEP_UP_OUTCOMES, rows, ({ outcome }) => outcome) }))
      .sort((a, b) => compare(a.hook, b.hook)),
    shadows: [...group(of('shadow'), ({ hook }) => hook)]
      .map(([hook, rows]) => shadowOf(hook, rows))
      .sort((a, b) => compare(a.hook, b.hook)),
    times: [...group(times, ({ hook }) => hook)]
      .flatMap(([part, rows]) => {
        const figures = timesOf(rows);
        return figures ? [{ part, figures }] : [];
      })
      .sort((a, b) => compare(a.part, b.part)),
  };
}

/** In the order of what a hook stopped, the most first. */
function hooksOf(
  said: readonly Tally[],
  told: readonly Tally[],
  refusals: readonly Tally[],
  appealed: readonly Appealed[],
): readonly HookFigures[] {
  const upheld = appealed.filter(({ state }) => state === 'upheld');
  return [...group(said, ({ hook }) => hook)]
    .map(([hook, rows]) => ({
      hook,
      verdicts: verdictsOf(rows),
      told: sum(told.filter((tally) => tally.hook === hook)),
      refusals: splitOf(
        refusals.filter((tally) => tally.hook === hook),
        appealed.filter((appeal) => appeal.hook === hook),
      ),
      objectedWrongly: sum(upheld.filter(({ hooks }) => hooks.includes(hook))),
    }))
    .sort((a, b) => b.told - a.told || compare(a.hook, b.hook));
}

function splitOf(refusals: readonly Tally[], appealed: readonly Appealed[]): Split {
  const upheld = appealed.filter(({ state }) => state === 'upheld');
  const left = (by: Appealed['said']) =>
    Math.max(0, sum(refusals.filter(({ said }) => said === by)) - sum(upheld.filter(({ said }) => said === by)));
  return { automatic: left('machine'), person: left('person'), wrong: sum(upheld) };
}

function shadowOf(hook: string, rows: readonly Tally[]): ShadowFigures {
  const count = (when: (said: Verdict, came: Verdict) => boolean) =>
    sum(rows.filter(({ said, came }) => when(said as Verdict, came as Verdict)));
  return {
    hook,
    asked: sum(rows),
    same: count((said, came) => said === came),
    stricter: count(isStricter),
    milder: count((said, came) => isStricter(came, said)),
    wouldRefuse: count((said, came) => said === 'deny' && came !== 'deny'),
  };
}

function verdictsOf(rows: readonly Tally[]): Verdicts {
  return countBy(VERDICTS, rows, ({ said }) => said);
}

function timesOf(rows: readonly Tally[]): Percentiles | null {
  const histogram: Histogram = new Map();
  for (const { bucket, n } of rows) addTime(histogram, bucket, n);
  return percentilesOf(histogram);
}

function countBy<Key extends string, Row extends { readonly n: number }>(
  keys: readonly Key[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Readonly<Record<Key, number>> {
  return Object.fromEntries(keys.map((key) => [key, sum(rows.filter((row) => keyOf(row) === key))])) as Record<Key, number>;
}

function group<Row>(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, keyOf);
}

function sum(rows: readonly { readonly n: number }[]): number {
  return rows.reduce((total, { n }) => total + n, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
