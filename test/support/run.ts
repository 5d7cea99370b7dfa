import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from 'node:test';
import { startTestServer } from './database.ts';
import type { TestResult } from './results.ts';
import { RESULTS_FILE } from './results.ts';

/**
 * `npm test [-- PATTERN …]`: every `test/**\/*.test.ts` whose path holds one of the patterns, each file in a process of its
 * own, over one PostgreSQL. Writes the results for `npm run requirements` and closes with `N passed, N failed`.
 */
const patterns = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();
const FILE_TIMEOUT_MS = 480_000;
const CONCURRENCY = 2;

const startedAt = performance.now();
const postgres = await startTestServer();
process.env.BINDERY_TEST_POSTGRES = postgres.adminUrl;
const results: TestResult[] = [];
let failed = 0;
try {
  const events = run({
    files,
    concurrency: CONCURRENCY,
    timeout: FILE_TIMEOUT_MS,
    isolation: 'process',
  });
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') process.stderr.write(data.message);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const suite = data.details.type === 'suite';
    const file = data.file === undefined ? '' : relative(process.cwd(), data.file);
    const ok = type === 'test:pass';
    // A suite fails when a test in it does; only a hook of its own is news.
    if (suite && (ok || isOfSubtests(data.details))) continue;
    const skipped = Boolean(data.skip || data.todo);
    if (!suite || !ok)
      results.push({
        file,
        name: data.name,
        ok,
        skipped,
        milliseconds: Math.round(data.details.duration_ms ?? 0),
      });
    if (!ok) {
      failed += 1;
      process.stdout.write(`✖ ${file}: ${data.name}\n${indent(errorText(data.details))}\n`);
    }
  }
} finally {
  await postgres.stop();
}

const skipped = results.filter((result) => result.skipped).length;
const passed = results.length - failed - skipped;
if (patterns.length === 0) {
  mkdirSync('.data', { recursive: true });
  writeFileSync(RESULTS_FILE, JSON.stringify(results, null, 1));
}
const slowest = [...results].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
process.stdout.write(
  `\n${files.length} files in ${Math.round((performance.now() - startedAt) / 1000)} s; the slowest tests:\n`,
);
for (const { file, name, milliseconds } of slowest)
  process.stdout.write(`  ${(milliseconds / 1000).toFixed(1).padStart(6)} s  ${file}: ${name}\n`);
process.stdout.write(
  `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function isOfSubtests(details: { readonly error?: unknown }): boolean {
  return (details.error as { failureType?: string } | undefined)?.failureType === 'subtestsFailed';
}

function errorText(details: { readonly error?: unknown }): string {
  const error = details.error as (Error & { cause?: unknown }) | undefined;
  const cause = error?.cause;
  return cause instanceof Error
    ? (cause.stack ?? cause.message)
    : String(cause ?? error?.stack ?? error);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
