/** One result of the doctor, good or bad, as text. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  readonly advice?: string;
}
