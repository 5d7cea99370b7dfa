import type { HookVerdict, Reason } from './hook.ts';
import type { Verdict } from './verdict.ts';

/** One row of a scorecard: the reason given when it holds, and its points. */
export interface Row {
  readonly when: boolean;
  readonly code: string;
  readonly points: number;
  readonly detail?: Readonly<Record<string, unknown>>;
  /**
   * The proof that answers the row: any proof, or only the face if somebody else may have enrolled
   * the factors.
   */
  readonly means?: 'any' | 'identity_check';
}

export interface Thresholds {
  readonly stepUp: number;
  /** From this score on, only the owner's face is accepted as proof, whatever the rows ask for. */
  readonly face: number;
  readonly review: number;
  readonly deny: number;
}

/**
 * Adds up the points of the rows that hold. One signal proves nothing, so each row is reported with
 * its points, for a reviewer. A refusal is always `risk` and tells the caller no more. Rows that no
 * proof can answer go to a review. The others ask the named sides for a proof: any proof first,
 * then only the face, which is seldom sold with an identity.
 */
export function weigh(rows: readonly Row[], at: Thresholds, otherwise: string): HookVerdict {
  const held = rows.filter(({ when, points }) => when && points > 0);
  const score = held.reduce((sum, { points }) => sum + points, 0);
  const unanswered = held
    .filter(({ means }) => means === undefined)
    .reduce((sum, { points }) => sum + points, 0);
  const verdict = verdictOf(score, unanswered, at);
  const onlyTheFace = verdict === 'step_up' && score >= at.face;
  const reasons = held.map(
    ({ code, points, detail, means }): Reason => ({
      code,
      detail: { ...detail, points, ...asked(onlyTheFace ? 'identity_check' : means) },
    }),
  );
  if (verdict === 'deny')
    return {
      verdict,
      reasons: [{ code: 'score', refusal: 'risk', detail: { score, of: at.deny } }, ...reasons],
    };
  return { verdict, reasons: reasons.length > 0 ? reasons : [{ code: otherwise }] };
}

function asked(means: Row['means']): { readonly means?: 'identity_check' } {
  return means === 'identity_check' ? { means } : {};
}

function verdictOf(score: number, unanswered: number, at: Thresholds): Verdict {
  if (score >= at.deny) return 'deny';
  if (unanswered >= at.review) return 'review';
  return score >= at.stepUp ? 'step_up' : 'allow';
}
