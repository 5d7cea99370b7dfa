import { type Answer, type Answers, NOT_QUERIED } from '../policy/answers.ts';
import type { Facts } from '../policy/facts.ts';
import type { Hook } from '../policy/hook.ts';
import type { Pack } from '../policy/pack.ts';

/** What a decision point is asked: the facts as they stood before anything was locked, without what is said and proved from then on. */
export interface Question {
  readonly facts: Omit<Facts, 'answers' | 'proofs'>;
  readonly pack: Pack;
}

/**
 * Somebody whose word counts like a hook's and takes time: an operator's module, a decision point elsewhere (R22). Promises:
 * it answers within its time, with a failure if need be; it never throws, and never changes what it was asked.
 */
export interface DecisionPoint {
  readonly id: string;
  /** What its silence counts as: a person looks (fail to review), or nothing happens (fail closed). It never allows. */
  readonly fails: 'review' | 'deny';
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Asks those of the decision points that the pack names, in effect or in shadow, all at once. */
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

/** A decision point as the hook that packs name: a plain function of the answer that was gathered with the other facts. */
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

/** The sides that a reason's prefix may name; the last two are the names of version 0.1. */
const SIDE_OF = {
  initiator: 'initiator',
  counterparty: 'counterparty',
  starter: 'initiator',
  other: 'counterparty',
} as const;

/** Reasons are codes: a prefix names the doubtful side, the suffix `:identity_check` the means of proof. */
function askedIn(code: string): Readonly<Record<string, string>> {
  const prefix = /^(initiator|counterparty|starter|other):/.exec(code)?.[1] as
    | keyof typeof SIDE_OF
    | undefined;
  return {
    ...(prefix === undefined ? {} : { side: SIDE_OF[prefix] }),
    ...(code.endsWith(':identity_check') ? { means: 'identity_check' } : {}),
  };
}
