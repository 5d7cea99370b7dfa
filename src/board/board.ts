import { isStricter, VERDICTS, type Verdict } from '../policy/verdict.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';
import { periodOf, periodsOf, type Range } from './range.ts';

/** What was counted of a day and a pack (migrations/0013_board.sql). */
export interface Tally {
  readonly day: string;
  readonly pack: string;
  readonly what:
    | 'decision'
    | 'told'
    | 'hook'
    | 'shadow'
    | 'refusal'
    | 'appeal'
    | 'wronged'
    | 'step'
    | 'time';
  readonly hook: string;
  readonly said: string;
  readonly came: string;
  readonly bucket: number;
  readonly n: number;
}

/** How a step-up ended. */
export const STEP_UP_OUTCOMES = [
  'proved',
  'accepted',
  'rejected',
  'refused',
  'gave_up',
  'with_people',
  'waiting',
] as const;
export type StepUpOutcome = (typeof STEP_UP_OUTCOMES)[number];

/**
 * R24: refusals by who made them. One that was found wrong counts as `wrong` only, so that the sum
 * is right.
 */
export interface Split {
  readonly automatic: number;
  readonly person: number;
  readonly wrong: number;
}

export type Verdicts = Readonly<Record<Verdict, number>>;

export interface HookFigures {
  readonly hook: string;
  readonly verdicts: Verdicts;
  /** Decisions that it stopped or delayed as the first hook. */
  readonly told: number;
  readonly refusals: Split;
  /** Upheld appeals against decisions in which it objected, as the first hook or not. */
  readonly objectedWrongly: number;
}

/**
 * A hook in shadow, compared with the decision. `stricter`: it would have delayed or stopped more.
 * `milder`: it allowed what another hook did not.
 */
export interface ShadowFigures {
  readonly hook: string;
  readonly asked: number;
  readonly same: number;
  readonly stricter: number;
  readonly milder: number;
  /** Of the stricter ones: how many it would have refused. */
  readonly wouldRefuse: number;
}

export interface Board {
  readonly range: Range;
  readonly decisions: Verdicts;
  readonly split: Split;
  readonly appeals: Readonly<Record<'open' | 'upheld' | 'dismissed', number>>;
  readonly periods: readonly {
    readonly period: string;
    readonly decided: number;
    readonly split: Split;
    readonly times: Percentiles | null;
  }[];
  readonly packs: readonly {
    readonly pack: string;
    readonly decisions: Verdicts;
    readonly split: Split;
  }[];
  readonly hooks: readonly HookFigures[];
  readonly refusals: readonly {
    readonly code: string;
    readonly automatic: number;
    readonly person: number;
  }[];
  readonly stepUps: readonly {
    readonly hook: string;
    readonly outcomes: Readonly<Record<StepUpOutcome, number>>;
  }[];
  readonly shadows: readonly ShadowFigures[];
  readonly times: readonly { readonly part: string; readonly figures: Percentiles }[];
}

export interface Counted {
  readonly tallies: readonly Tally[];
  readonly openAppeals: number;
}

/** Makes the board from what was counted. */
export function boardOf(range: Range, { tallies, openAppeals }: Counted): Board {
  const of = (what: Tally['what']) => tallies.filter((tally) => tally.what === what);
  const [decisions, refusals, appeals, steps, times] = [
    of('decision'),
    of('refusal'),
    of('appeal'),
    of('step'),
    of('time'),
  ];
  const within = (rows: readonly Tally[]) => group(rows, ({ day }) => periodOf(day, range.by));
  const whole = times.filter(({ hook }) => hook === '');
  const byPeriod = {
    decisions: within(decisions),
    refused: within([...refusals, ...appeals]),
    times: within(whole),
  };
  const came = (to: string) => sum(appeals.filter((appeal) => appeal.came === to));
  return {
    range,
    decisions: verdictsOf(decisions),
    split: splitOf([...refusals, ...appeals]),
    appeals: { open: openAppeals, upheld: came('upheld'), dismissed: came('dismissed') },
    periods: periodsOf(range).map((period) => ({
      period,
      decided: sum(byPeriod.decisions.get(period) ?? []),
      split: splitOf(byPeriod.refused.get(period) ?? []),
      times: percentilesOf(byPeriod.times.get(period) ?? []),
    })),
    packs: [...new Set(decisions.map(({ pack }) => pack))].sort().map((pack) => ({
      pack,
      decisions: verdictsOf(decisions.filter((tally) => tally.pack === pack)),
      split: splitOf([...refusals, ...appeals].filter((tally) => tally.pack === pack)),
    })),
    hooks: hooksOf(of),
    refusals: [...group(refusals, (refusal) => refusal.came)]
      .map(([code, rows]) => ({
        code,
        automatic: sum(rows.filter(({ said }) => said === 'machine')),
        person: sum(rows.filter(({ said }) => said === 'person')),
      }))
      .sort((a, b) => b.automatic + b.person - a.automatic - a.person || compare(a.code, b.code)),
    stepUps: byHook(steps, (hook, rows) => ({
      hook,
      outcomes: countBy(STEP_UP_OUTCOMES, rows, ({ said }) => said),
    })),
    shadows: byHook(of('shadow'), shadowOf),
    times: byHook(times, (part, rows) => ({ part, figures: percentilesOf(rows) })).flatMap(
      ({ part, figures }) => (figures ? [{ part, figures }] : []),
    ),
  };
}

/** The hook that stopped or delayed most comes first. */
function hooksOf(of: (what: Tally['what']) => readonly Tally[]): readonly HookFigures[] {
  const told = group(of('told'), ({ hook }) => hook);
  const refused = group([...of('refusal'), ...of('appeal')], ({ hook }) => hook);
  const wronged = group(of('wronged'), ({ hook }) => hook);
  return byHook(of('hook'), (hook, rows) => ({
    hook,
    verdicts: verdictsOf(rows),
    told: sum(told.get(hook) ?? []),
    refusals: splitOf(refused.get(hook) ?? []),
    objectedWrongly: sum(wronged.get(hook) ?? []),
  })).toSorted((a, b) => b.told - a.told);
}

/** Takes tallies of refusals and of appeals. */
function splitOf(rows: readonly Tally[]): Split {
  const upheld = rows.filter(({ what, came }) => what === 'appeal' && came === 'upheld');
  const left = (by: 'machine' | 'person') =>
    sum(rows.filter(({ what, said }) => what === 'refusal' && said === by)) -
    sum(upheld.filter(({ said }) => said === by));
  return {
    automatic: Math.max(0, left('machine')),
    person: Math.max(0, left('person')),
    wrong: sum(upheld),
  };
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

function countBy<Key extends string, Row extends { readonly n: number }>(
  keys: readonly Key[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Readonly<Record<Key, number>> {
  return Object.fromEntries(
    keys.map((key) => [key, sum(rows.filter((row) => keyOf(row) === key))]),
  ) as Record<Key, number>;
}

/** Maps each hook's rows, in the order of the hooks' names. */
function byHook<Made>(
  rows: readonly Tally[],
  make: (hook: string, rows: readonly Tally[]) => Made,
): readonly Made[] {
  return [...group(rows, ({ hook }) => hook)]
    .sort(([a], [b]) => compare(a, b))
    .map(([hook, each]) => make(hook, each));
}

function group<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, keyOf);
}

function sum(rows: readonly { readonly n: number }[]): number {
  return rows.reduce((total, { n }) => total + n, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
