import { VERDICTS, type Verdict } from './verdict.ts';

/** Why a decision point gave no answer. `circuit_open` means that it was not asked. */
export type Failure = 'timeout' | 'unreachable' | 'nonsense' | 'hook_failed' | 'circuit_open';

/** The answer of a decision point, or why there is none. It is stored with the decision. */
export type Answer =
  | {
      readonly verdict: Verdict;
      readonly reasons: readonly string[];
      readonly by: string;
      readonly ms: number;
    }
  | { readonly failure: Failure; readonly ms: number };

/** The reason a hook gives when the stored pack did not name its decision point. */
export const NOT_QUERIED = 'not_consulted';

export type Answers = Readonly<Record<string, Answer>>;

const REASON = /^[\w.:-]{1,64}$/;
const MOST_REASONS = 16;

/** Accepts codes only. Free text could put a person's name into a stored decision. */
export function readReasons(given: unknown): readonly string[] {
  if (!Array.isArray(given)) return [];
  return given
    .filter((each): each is string => typeof each === 'string' && REASON.test(each))
    .slice(0, MOST_REASONS);
}

export function isVerdict(given: unknown): given is Verdict {
  return VERDICTS.some((verdict) => verdict === given);
}
