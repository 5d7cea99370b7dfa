/** Verdicts of a hook, from mildest to strictest. Of several, the strictest counts. */
export const VERDICTS = ['allow', 'step_up', 'review', 'deny'] as const;

export type Verdict = (typeof VERDICTS)[number];

export function isStricter(a: Verdict, b: Verdict): boolean {
  return VERDICTS.indexOf(a) > VERDICTS.indexOf(b);
}
