import { type Answer, type Answers, NOT_CONSULTED } from '../policy/answers.ts';
import type { Facts } from '../policy/facts.ts';
import type { Hook } from '../policy/hook.ts';
import type { Pack } from '../policy/pack.ts';

/** What a consultant is asked: the facts as they stood before anything was locked, without what is said and proved from then on. */
export interface Question {
  readonly facts: Omit<Facts, 'answers' | 'proofs'>;
  readonly pack: Pack;
}

/**
 * Somebody whose word counts like a hook's and takes time: an operator's module, a decision point elsewhere (R22). Promises:
 * it answers within its time, with a failure if need be; it never throws, and never changes what it was asked.
 */
export interface Consultant {
  readonly id: string;
  /** What its silence counts as: a person looks (fail to review), or nothing happens (fail closed). It never allows. */
  readonly fails: 'review' | 'deny';
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Asks those of the consultants that the pack names, in effect or in shadow, all at once. */
export async function consult(consultants: readonly Consultant[], question: Question): Promise<Answers> {
  const { pack } = question;
  const asked = consultants.filter(({ id }) => pack.hooks.includes(id) || pack.shadow.includes(id));
  return Object.fromEntries(await Promise.all(asked.map(async (consultant) => [consultant.id, await consultant.ask(question)] as const)));
}

/** A consultant as the hook that packs name: a plain function of the answer that was gathered with the other facts. */
export function consultedHook({ id, fails }: Pick<Consultant, 'id' | 'fails'>): Hook<'answers'> {
  return {
    id,
    version: 1,
    needs: ['answers'],
    overrulable: true,
    evaluate({ answers }) {
      const answer = answers[id];
      if (answer === undefined) return { verdict: fails, reasons: [{ code: NOT_CONSULTED }] };
      if ('failure' in answer) return { verdict: fails, reasons: [{ code: answer.failure }] };
      return { verdict: answer.verdict, reasons: answer.reasons.map((code) => ({ code, detail: { by: answer.by, ...askedIn(code) } })) };
    },
  };
}

/** A consultant's reasons are codes alone: `starter:…` and `other:…` name the doubtful side, `…:identity_check` the means. */
function askedIn(code: string): Readonly<Record<string, string>> {
  const side = /^(starter|other):/.exec(code)?.[1];
  return { ...(side === undefined ? {} : { side }), ...(code.endsWith(':identity_check') ? { means: 'identity_check' } : {}) };
}
