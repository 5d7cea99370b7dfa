/** What a hook says, from the mildest to the strictest; of several, the strictest counts. */
export const VERDICTS = ['allow', 'step_up', 'review', 'deny'] as const;

export type Verdict = (typeof VERDICTS)[number];

export function isStricter(a: Verdict, b: Verdict): boolean {
  return VERDICTS.indexOf(a) > VERDICTS.indexOf(b);
}
