import type { HookVerdict, Reason } from './hook.ts';
import type { Verdict } from './verdict.ts';

/** One row of a scorecard: what is said when it holds, and how much it weighs. */
export interface Row {
  readonly when: boolean;
  readonly code: string;
  readonly points: number;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The proof that answers it: any of the owner's, or none but their face, where somebody else may have enrolled the factors. */
  readonly means?: 'any' | 'identity_check';
}

export interface Thresholds {
  readonly stepUp: number;
  /** Where a proof is asked for: from here on none but the owner's face, whatever the rows name. */
  readonly face: number;
  readonly review: number;
  readonly deny: number;
}

/**
 * Adds up what holds. Protections weigh signals, none of which proves anything: each row that holds is told with its
 * points, so that a reviewer sees what the score is made of. A refusal is always `risk`, and says no more than that.
 * A person looks at what no proof would answer; for the rest a proof is asked for, of the sides that the reasons name: any,
 * then none but the face, which is seldom bought with an identity.
 */
export function weigh(rows: readonly Row[], at: Thresholds, calm: string): HookVerdict {
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
  return { verdict, reasons: reasons.length > 0 ? reasons : [{ code: calm }] };
}

function asked(means: Row['means']): { readonly means?: 'identity_check' } {
  return means === 'identity_check' ? { means } : {};
}

function verdictOf(score: number, unanswered: number, at: Thresholds): Verdict {
  if (score >= at.deny) return 'deny';
  if (unanswered >= at.review) return 'review';
  return score >= at.stepUp ? 'step_up' : 'allow';
}
