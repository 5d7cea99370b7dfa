/** Where a full test run leaves its results. */
export const RESULTS_FILE = '.data/test-results.json';

export interface TestResult {
  readonly file: string;
  /** The test's own name, without those of the suites around it. */
  readonly name: string;
  readonly ok: boolean;
  readonly skipped: boolean;
  readonly milliseconds: number;
}

/** What jest tells of one file, as far as it is read here. */
export interface JestFileResult {
  readonly testFilePath: string;
  readonly testExecError?: unknown;
  readonly testResults: readonly {
    readonly title: string;
    readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled' | 'focused';
    readonly duration?: number | null;
  }[];
}

/** One result a test, and a failed one for each file that did not load or whose hooks failed. */
export function resultsOf(
  files: readonly JestFileResult[],
  nameFile: (path: string) => string,
): TestResult[] {
  return files.flatMap(({ testFilePath, testExecError, testResults }) => {
    const file = nameFile(testFilePath);
    const tests = testResults.map(({ title, status, duration }) => ({
      file,
      name: title,
      ok: status === 'passed',
      skipped: status !== 'passed' && status !== 'failed',
      milliseconds: Math.round(duration ?? 0),
    }));
    const broken = { file, name: 'the file itself', ok: false, skipped: false, milliseconds: 0 };
    return testExecError === undefined || testExecError === null ? tests : [...tests, broken];
  });
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function summaryOf(results: readonly TestResult[]): Summary {
  const skipped = results.filter((result) => result.skipped).length;
  const passed = results.filter((result) => result.ok).length;
  return { passed, failed: results.length - passed - skipped, skipped };
}

/** The last line of `npm test`. */
export function closingLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A run in which no test passed has shown nothing, so it fails like one in which a test failed. */
export function isGood({ passed, failed }: Summary): boolean {
  return passed > 0 && failed === 0;
}
