import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import {
  closingLine,
  isGood,
  type JestFileResult,
  RESULTS_FILE,
  resultsOf,
  summaryOf,
} from './results.ts';

/** The options of jest that select tests; a run with one of them is not a full run. */
interface Selection {
  readonly rootDir: string;
  readonly nonFlagArgs: readonly string[];
  readonly testNamePattern?: string;
  readonly onlyChanged: boolean;
  readonly onlyFailures: boolean;
  readonly findRelatedTests: boolean;
  readonly shard?: unknown;
  readonly watch: boolean;
  readonly watchAll: boolean;
}

/**
 * Closes a run with `N passed, N failed`, and keeps the results of a full one for `npm run
 * requirements`.
 */
export default class BinderyReporter {
  readonly #options: Selection;
  #error: Error | undefined;

  constructor(options: Selection) {
    this.#options = options;
  }

  onRunComplete(
    _contexts: unknown,
    { testResults }: { readonly testResults: readonly JestFileResult[] },
  ): void {
    const { rootDir, watch, watchAll } = this.#options;
    const results = resultsOf(testResults, (path) => relative(rootDir, path));
    const summary = summaryOf(results);
    this.#error = isGood(summary) ? undefined : new Error(closingLine(summary));
    if (isFull(this.#options)) {
      mkdirSync(dirname(RESULTS_FILE), { recursive: true });
      writeFileSync(RESULTS_FILE, JSON.stringify(results, null, 1));
    }
    const close = (): void => void process.stdout.write(`\n${closingLine(summary)}\n`);
    // Jest prints the coverage table after this, and the closing line must be the last one.
    if (watch || watchAll) close();
    else process.once('exit', close);
  }

  /** Makes jest exit with 1, also where `-t` matched no test. */
  getLastError(): Error | undefined {
    return this.#error;
  }
}

function isFull(options: Selection): boolean {
  const {
    nonFlagArgs,
    testNamePattern,
    onlyChanged,
    onlyFailures,
    findRelatedTests,
    shard,
    watch,
    watchAll,
  } = options;
  const selects = [
    testNamePattern,
    onlyChanged,
    onlyFailures,
    findRelatedTests,
    shard,
    watch,
    watchAll,
  ].some(Boolean);
  return nonFlagArgs.length === 0 && !selects;
}
