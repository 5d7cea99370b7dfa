import { VERDICTS, type Verdict } from './verdict.ts';

/** Why there is no answer: too slow, not there, an answer that is none, broken off in the middle, or not even asked. */
export type Failure = 'timeout' | 'unreachable' | 'nonsense' | 'hook_failed' | 'circuit_open';

/** What a decision point said, or why it said nothing; stored with the decision that rests on it. */
export type Answer =
  | {
      readonly verdict: Verdict;
      readonly reasons: readonly string[];
      readonly by: string;
      readonly ms: number;
    }
  | { readonly failure: Failure; readonly ms: number };

/** The reason a hook gives where nobody was asked: the pack of then did not name it. */
export const NOT_QUERIED = 'not_consulted';

export type Answers = Readonly<Record<string, Answer>>;

const REASON = /^[\w.:-]{1,64}$/;
const MOST_REASONS = 16;

/** Codes, and no free text: a person's name must not come to lie in a decision because somebody else wrote it there. */
export function readReasons(given: unknown): readonly string[] {
  if (!Array.isArray(given)) return [];
  return given
    .filter((each): each is string => typeof each === 'string' && REASON.test(each))
    .slice(0, MOST_REASONS);
}

export function isVerdict(given: unknown): given is Verdict {
  return VERDICTS.some((verdict) => verdict === given);
}
