import type { HookVerdict, Reason } from './hook.ts';
import type { Verdict } from './verdict.ts';

/** One row of a scorecard: what is said when it holds, and how much it weighs. */
export interface Row {
  readonly when: boolean;
  readonly code: string;
  readonly points: number;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Thresholds {
  readonly stepUp: number;
  readonly review: number;
  readonly deny: number;
}

/**
 * Adds up what holds. Protections weigh signals, none of which proves anything: each row that holds is told with its
 * points, so that a reviewer sees what the score is made of. A refusal is always `risk`, and says no more than that.
 */
export function weigh(rows: readonly Row[], at: Thresholds, calm: string): HookVerdict {
  const held = rows.filter(({ when, points }) => when && points > 0);
  const score = held.reduce((sum, { points }) => sum + points, 0);
  const verdict = verdictOf(score, at);
  const reasons = held.map(({ code, points, detail }): Reason => ({ code, detail: { ...detail, points } }));
  if (verdict === 'deny') return { verdict, reasons: [{ code: 'score', refusal: 'risk', detail: { score, of: at.deny } }, ...reasons] };
  return { verdict, reasons: reasons.length > 0 ? reasons : [{ code: calm }] };
}

function verdictOf(score: number, at: Thresholds): Verdict {
  if (score >= at.deny) return 'deny';
  if (score >= at.review) return 'review';
  return score >= at.stepUp ? 'step_up' : 'allow';
}
