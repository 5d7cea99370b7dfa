/** One thing that the doctor looked at, good or bad, in words. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  readonly advice?: string;
}
