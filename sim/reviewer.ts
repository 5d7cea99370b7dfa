import type { Decision } from '../src/policy/evaluate.ts';
import type { Chance } from './chance.ts';

/** What is assumed of people, and stated in docs/simulation.md: how well they judge, and who asks them to. */
export const PEOPLE = {
  seesThrough: 0.85,
  refusesHonest: 0.03,
  /** Of those refused as a risk, who asks for a person's judgement (R23): half of the honest, and some who try it on. */
  honestAppeals: 0.5,
  abnormalAppeals: 0.1,
} as const;

/** Whether an attempt goes through in the end. Of who is who only this stand-in for people has any idea, and a poor one. */
export function makePeople(chance: Chance): (decision: Decision, abnormal: boolean) => boolean {
  const accepts = (abnormal: boolean): boolean => !chance.happens(abnormal ? PEOPLE.seesThrough : PEOPLE.refusesHonest);
  return ({ verdict, refusal }, abnormal) => {
    if (verdict === 'allow') return true;
    if (verdict !== 'deny') return accepts(abnormal);
    const appeals = refusal === 'risk' && chance.happens(abnormal ? PEOPLE.abnormalAppeals : PEOPLE.honestAppeals);
    return appeals && accepts(abnormal);
  };
}
