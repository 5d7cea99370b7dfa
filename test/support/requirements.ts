import { existsSync, globSync, readFileSync } from 'node:fs';
import { requirementsShown } from './requirements-table.ts';
import { RESULTS_FILE, type TestResult } from './results.ts';

/**
 * `npm run requirements`: which R-ids are proven by which tests, and how those ended at the last
 * full run. The reporter of `npm test` wrote the results.
 */
const MOST_NAMED = 3;
const ran = existsSync(RESULTS_FILE);
const results: readonly TestResult[] = ran
  ? JSON.parse(readFileSync(RESULTS_FILE, 'utf8'))
  : namedInSources();

/** Before the first run the names are read from the sources, and no test counts as run. */
function namedInSources(): readonly TestResult[] {
  return globSync('test/**/*.test.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\btest\(\s*(['"`])(.+?)\1/g)].map(
      ([, , name = '']) => ({
        file,
        name,
        ok: false,
        skipped: true,
        milliseconds: 0,
      }),
    ),
  );
}

const shown = requirementsShown(results);
for (const { id, state, says, proofs } of shown) {
  process.stdout.write(
    `${id.padEnd(4)} ${state.padEnd(8)} ${String(proofs.length).padStart(3)} tests  ${says}\n`,
  );
  for (const { file, name, ok } of proofs.slice(0, MOST_NAMED))
    process.stdout.write(`${' '.repeat(13)}${ran ? (ok ? '✔' : '✖') : '·'} ${file}: ${name}\n`);
  if (proofs.length > MOST_NAMED)
    process.stdout.write(`${' '.repeat(15)}and ${proofs.length - MOST_NAMED} more\n`);
}
const passing = shown.filter(({ state }) => state === 'pass').length;
process.stdout.write(
  ran
    ? `\n${passing} of ${shown.length} requirements are proven by passing tests.\n`
    : '\nNo results yet: run npm test first.\n',
);
