/** Where a full test run leaves its results. */
export const RESULTS_FILE = '.data/test-results.json';

export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly ok: boolean;
  readonly skipped: boolean;
  readonly milliseconds: number;
}
