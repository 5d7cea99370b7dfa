import type { Decision } from '../src/policy/evaluate.ts';
import type { Chance } from './chance.ts';

/** Assumptions about people: how well reviewers decide, and who appeals (docs/simulation.md). */
const PEOPLE = {
  seesThrough: 0.85,
  refusesHonest: 0.03,
  /**
   * Of those refused as a risk, who appeals (R23): half of the honest people, and some attackers.
   */
  honestAppeals: 0.5,
  abnormalAppeals: 0.1,
  /**
   * Of those who cannot give the proof, who asks for a review. All honest people do. For attackers
   * it costs more.
   */
  abnormalAsksInstead: 0.2,
} as const;

/** How an attempt ends, and whether a reviewer decided. */
export interface End {
  readonly accepted: boolean;
  readonly reviewed: boolean;
}

/**
 * Decides whether an attempt finally succeeds. Only these simulated reviewers use the true
 * identity, and they are often wrong.
 */
export function makePeople(
  chance: Chance,
): (decision: Decision, proved: boolean, abnormal: boolean) => End {
  const accepts = (abnormal: boolean): boolean =>
    !chance.happens(abnormal ? PEOPLE.seesThrough : PEOPLE.refusesHonest);
  return ({ verdict, refusal }, proved, abnormal) => {
    if (verdict === 'allow' || (verdict === 'step_up' && proved))
      return { accepted: true, reviewed: false };
    if (verdict === 'review') return { accepted: accepts(abnormal), reviewed: true };
    if (verdict === 'step_up') {
      const asks = !abnormal || chance.happens(PEOPLE.abnormalAsksInstead);
      return { accepted: asks && accepts(abnormal), reviewed: asks };
    }
    const appeals =
      refusal === 'risk' &&
      chance.happens(abnormal ? PEOPLE.abnormalAppeals : PEOPLE.honestAppeals);
    return { accepted: appeals && accepts(abnormal), reviewed: false };
  };
}
