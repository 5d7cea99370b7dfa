import type { Decision } from '../src/policy/evaluate.ts';
import type { Chance } from './chance.ts';

/**
 * What is assumed of people, and stated in docs/simulation.md: how well they judge, and who asks
 * them to.
 */
const PEOPLE = {
  seesThrough: 0.85,
  refusesHonest: 0.03,
  /**
   * Of those refused as a risk, who asks for a person's judgement (R23): half of the honest, and
   * some who try it on.
   */
  honestAppeals: 0.5,
  abnormalAppeals: 0.1,
  /**
   * Of those who cannot give the proof they are asked for: the honest all ask for a person, which
   * costs more pretenders nothing.
   */
  abnormalAsksInstead: 0.2,
} as const;

/** How an attempt ends, and whether a person had to look at it before it did. */
export interface End {
  readonly accepted: boolean;
  readonly reviewed: boolean;
}

/**
 * Whether an attempt goes through in the end. Of who is who only this stand-in for people has any
 * idea, and a poor one.
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
