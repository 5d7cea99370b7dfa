import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { Answer } from '../policy/answers.ts';
import type { DecisionPoint, Question } from './decision-point.ts';

export interface BreakerTimes {
  /** The number of failures in a row that opens the circuit. */
  readonly failures: number;
  /** How long an open circuit sends no questions. Then one question tests it. */
  readonly pauseMs: number;
}

const USUAL: BreakerTimes = { failures: 5, pauseMs: 15_000 };
const OPEN: Answer = { failure: 'circuit_open', ms: 0 };

/** The same decision point, but not asked while it keeps failing, so that nobody waits for it. */
export function withBreaker(
  decisionPoint: DecisionPoint,
  { failures, pauseMs }: BreakerTimes = USUAL,
): DecisionPoint {
  const breaker = circuitBreaker(
    handleWhenResult((answer) => 'failure' in (answer as Answer)),
    { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failures) },
  );
  const ask = async (question: Question): Promise<Answer> => {
    // In cockatiel, questions wait for the one that tests the circuit. People would wait for a
    // timeout.
    if (breaker.state === CircuitState.HalfOpen) return OPEN;
    try {
      return await breaker.execute(async () => await decisionPoint.ask(question));
    } catch (error) {
      if (error instanceof BrokenCircuitError) return OPEN;
      throw error;
    }
  };
  return {
    id: decisionPoint.id,
    fails: decisionPoint.fails,
    ask,
    close: async () => await decisionPoint.close(),
  };
}
