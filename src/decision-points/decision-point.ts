import { type Answer, type Answers, NOT_QUERIED } from '../policy/answers.ts';
import type { Facts } from '../policy/facts.ts';
import type { Hook } from '../policy/hook.ts';
import type { Pack } from '../policy/pack.ts';

/**
 * The question to a decision point: the facts before anything is locked, without answers and
 * proofs.
 */
export interface Question {
  readonly facts: Omit<Facts, 'answers' | 'proofs'>;
  readonly pack: Pack;
}

/**
 * An operator's module or a remote decision point, whose verdict counts like a hook's (R22). It
 * must answer within its time, with a failure if necessary. It never throws and never changes the
 * question.
 */
export interface DecisionPoint {
  readonly id: string;
  /** What counts if there is no answer: `review` (a person decides) or `deny`. Never `allow`. */
  readonly fails: 'review' | 'deny';
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Asks all decision points that the pack names, in effect or in shadow, in parallel. */
export async function query(
  decisionPoints: readonly DecisionPoint[],
  question: Question,
): Promise<Answers> {
  const { pack } = question;
  const asked = decisionPoints.filter(
    ({ id }) => pack.hooks.includes(id) || pack.shadow.includes(id),
  );
  return Object.fromEntries(
    await Promise.all(
      asked.map(
        async (decisionPoint) => [decisionPoint.id, await decisionPoint.ask(question)] as const,
      ),
    ),
  );
}

/** The hook of a decision point: a pure function of its answer, which is a fact. */
export function decisionPointHook({
  id,
  fails,
}: Pick<DecisionPoint, 'id' | 'fails'>): Hook<'answers'> {
  return {
    id,
    version: 1,
    needs: ['answers'],
    overrulable: true,
    evaluate({ answers }) {
      const answer = answers[id];
      if (answer === undefined) return { verdict: fails, reasons: [{ code: NOT_QUERIED }] };
      if ('failure' in answer) return { verdict: fails, reasons: [{ code: answer.failure }] };
      return {
        verdict: answer.verdict,
        reasons: answer.reasons.map((code) => ({
          code,
          detail: { by: answer.by, ...askedIn(code) },
        })),
      };
    },
  };
}

/** The sides that a reason's prefix may name. The last two are the names of version 0.1. */
const SIDE_OF = {
  initiator: 'initiator',
  counterparty: 'counterparty',
  starter: 'initiator',
  other: 'counterparty',
} as const;

/**
 * A reason is a code. Its prefix names the doubtful side, its suffix `:identity_check` the means.
 */
function askedIn(code: string): Readonly<Record<string, string>> {
  const prefix = /^(initiator|counterparty|starter|other):/.exec(code)?.[1] as
    | keyof typeof SIDE_OF
    | undefined;
  return {
    ...(prefix === undefined ? {} : { side: SIDE_OF[prefix] }),
    ...(code.endsWith(':identity_check') ? { means: 'identity_check' } : {}),
  };
}
