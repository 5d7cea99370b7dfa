import type { Answer } from '../policy/answers.ts';
import type { DecisionPoint, Question } from './decision-point.ts';

/**
 * Whether a decision point that keeps failing is asked at all.
 *
 *             failures in a row             the pause is over
 *    closed ─────────────────────▶ open ─────────────────────▶ trial
 *      ▲                            ▲                            │
 *      │                            └──────── it failed ─────────┤
 *      └─────────────────────────── it answered ─────────────────┘
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly until: number }
  | { readonly state: 'trial' };

export interface BreakerTimes {
  readonly failures: number;
  readonly pauseMs: number;
}

export const CLOSED: Breaker = Object.freeze({ state: 'closed', failures: 0 });
const USUAL: BreakerTimes = { failures: 5, pauseMs: 15_000 };

/**
 * The breaker before a question, and whether the question is asked. While it is open, one question
 * at a time tries.
 */
export function beforeAsking(
  breaker: Breaker,
  now: number,
): { readonly ask: boolean; readonly breaker: Breaker } {
  switch (breaker.state) {
    case 'closed':
      return { ask: true, breaker };
    case 'open':
      return now < breaker.until
        ? { ask: false, breaker }
        : { ask: true, breaker: { state: 'trial' } };
    case 'trial':
      return { ask: false, breaker };
  }
}

/**
 * The breaker after an answer or a failure. A late answer to an earlier question changes nothing.
 */
export function afterAnswer(
  breaker: Breaker,
  answered: boolean,
  now: number,
  { failures, pauseMs }: BreakerTimes = USUAL,
): Breaker {
  switch (breaker.state) {
    case 'closed': {
      if (answered) return CLOSED;
      const failed = breaker.failures + 1;
      return failed < failures
        ? { state: 'closed', failures: failed }
        : { state: 'open', until: now + pauseMs };
    }
    case 'open':
      return breaker;
    case 'trial':
      return answered ? CLOSED : { state: 'open', until: now + pauseMs };
  }
}

/** The same decision point, not asked while it keeps failing, so that nobody waits for it. */
export function withBreaker(
  decisionPoint: DecisionPoint,
  times: BreakerTimes = USUAL,
  clock: () => number = () => performance.now(),
): DecisionPoint {
  let breaker: Breaker = CLOSED;
  const ask = async (question: Question): Promise<Answer> => {
    const before = beforeAsking(breaker, clock());
    breaker = before.breaker;
    if (!before.ask) return { failure: 'circuit_open', ms: 0 };
    const answer = await decisionPoint.ask(question);
    breaker = afterAnswer(breaker, !('failure' in answer), clock(), times);
    return answer;
  };
  return {
    id: decisionPoint.id,
    fails: decisionPoint.fails,
    ask,
    close: async () => await decisionPoint.close(),
  };
}
