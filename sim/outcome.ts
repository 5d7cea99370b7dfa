import type { Decision } from '../src/policy/evaluate.ts';
import type { Family } from './world.ts';

export interface Record {
  readonly family: Family;
  readonly decision: Decision;
  /** Was asked for a proof and gave it. */
  readonly proved: boolean;
  /** The final result: at once, or after a review. */
  readonly accepted: boolean;
  readonly reviewed: boolean;
}

/** Attempts that were asked for a proof, and those that gave it and so succeeded. */
export interface ProofCounts {
  readonly asked: number;
  readonly proved: number;
}

export interface AbnormalCounts {
  readonly attempts: number;
  readonly stopped_automatically: number;
  readonly refused_on_review: number;
  readonly missed: number;
  readonly step_up: ProofCounts;
}

export interface HonestCounts {
  readonly attempts: number;
  readonly sent_to_review: number;
  /** By the policy alone, before any appeal. */
  readonly refused_automatically: number;
  /** In the end: by a reviewer, or by the policy without a successful appeal. */
  readonly refused_for_good: number;
  readonly step_up: ProofCounts;
}

export interface Outcome {
  readonly abnormal: AbnormalCounts;
  readonly honest: HonestCounts;
  readonly families: {
    readonly [family: string]: AbnormalCounts & {
      readonly stopped_by: { readonly [hook: string]: number };
    };
  };
  /** Which hooks asked honest people for a proof, sent them to review, or refused them. */
  readonly honest_by_hook: {
    readonly [hook: string]: {
      readonly step_up: number;
      readonly review: number;
      readonly deny: number;
    };
  };
}

export function addUp(records: readonly Record[]): Outcome {
  const honest = records.filter(({ family }) => family === 'honest');
  const abnormal = records.filter(({ family }) => family !== 'honest');
  const families = Object.entries(Object.groupBy(abnormal, ({ family }) => family)).map(
    ([family, own = []]) => [
      family,
      {
        ...countAbnormal(own),
        stopped_by: countHooks(own, (verdict) => verdict === 'deny' || verdict === 'step_up'),
      },
    ],
  );
  const review = countHooks(honest, (verdict) => verdict === 'review');
  const ask = countHooks(honest, (verdict) => verdict === 'step_up');
  const deny = countHooks(honest, (verdict) => verdict === 'deny');
  const hooks = [
    ...new Set([...Object.keys(ask), ...Object.keys(review), ...Object.keys(deny)]),
  ].sort();
  return {
    abnormal: countAbnormal(abnormal),
    honest: {
      attempts: honest.length,
      sent_to_review: honest.filter(({ reviewed }) => reviewed).length,
      refused_automatically: honest.filter(({ decision }) => decision.verdict === 'deny').length,
      refused_for_good: honest.filter(({ accepted }) => !accepted).length,
      step_up: countProofs(honest),
    },
    families: Object.fromEntries(families),
    honest_by_hook: Object.fromEntries(
      hooks.map((id) => [
        id,
        { step_up: ask[id] ?? 0, review: review[id] ?? 0, deny: deny[id] ?? 0 },
      ]),
    ),
  };
}

function countAbnormal(records: readonly Record[]): AbnormalCounts {
  const stopped = records.filter(({ reviewed, accepted }) => !reviewed && !accepted).length;
  const missed = records.filter(({ accepted }) => accepted).length;
  return {
    attempts: records.length,
    stopped_automatically: stopped,
    refused_on_review: records.length - stopped - missed,
    missed,
    step_up: countProofs(records),
  };
}

function countProofs(records: readonly Record[]): ProofCounts {
  const asked = records.filter(({ decision }) => decision.verdict === 'step_up');
  return { asked: asked.length, proved: asked.filter(({ proved }) => proved).length };
}

/** How often each hook gave this verdict. Several hooks may give the same for one attempt. */
function countHooks(
  records: readonly Record[],
  counts: (verdict: Decision['verdict']) => boolean,
): { readonly [hook: string]: number } {
  const said = records.flatMap(({ decision }) =>
    decision.hooks.filter(({ verdict }) => counts(verdict)).map(({ id }) => id),
  );
  return Object.fromEntries(
    Object.entries(Object.groupBy(said, (id) => id)).map(([id, all = []]) => [id, all.length]),
  );
}
