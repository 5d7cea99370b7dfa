import { existsSync, globSync, readFileSync } from 'node:fs';
import { REQUIREMENTS } from './requirements-list.ts';
import { RESULTS_FILE, type TestResult } from './results.ts';

/**
 * `npm run requirements`: which R-ids are shown by which tests, and how those ended at the last full run. A test shows a
 * requirement by naming its id in its own name.
 */
const results: readonly TestResult[] = existsSync(RESULTS_FILE)
  ? JSON.parse(readFileSync(RESULTS_FILE, 'utf8'))
  : [];

/** Names are found in the sources when nothing was run yet, so that the table is honest about that too. */
function namedInSources(): readonly TestResult[] {
  return globSync('test/**/*.test.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:test|it)\(\s*(['"`])(.+?)\1/g)].map(
      ([, , name]) => ({
        file,
        name: name ?? '',
        ok: false,
        skipped: true,
        milliseconds: 0,
      }),
    ),
  );
}

const ran = results.length > 0;
const tests = ran ? results : namedInSources();
let shown = 0;
for (const [id, says] of REQUIREMENTS) {
  const naming = tests.filter(({ name }) => new RegExp(`\\b${id}\\b`).test(name));
  const failing = naming.filter(({ ok, skipped }) => !ok && !skipped);
  const state =
    naming.length === 0 ? 'not yet' : !ran ? 'not run' : failing.length > 0 ? 'FAIL' : 'pass';
  if (state === 'pass') shown += 1;
  process.stdout.write(
    `${id.padEnd(4)} ${state.padEnd(8)} ${String(naming.length).padStart(3)} tests  ${says}\n`,
  );
  for (const { file, name, ok } of naming.slice(0, 3))
    process.stdout.write(`${' '.repeat(13)}${ran ? (ok ? '✔' : '✖') : '·'} ${file}: ${name}\n`);
  if (naming.length > 3) process.stdout.write(`${' '.repeat(15)}and ${naming.length - 3} more\n`);
}
process.stdout.write(
  ran
    ? `\n${shown} of ${REQUIREMENTS.length} requirements are shown by passing tests.\n`
    : '\nNo results yet: run npm test first.\n',
);
