import { spawnSync } from 'node:child_process';

/**
 * `npm run check`: types, lint and format, import law, dead code. Runs all of them and fails when
 * one does.
 */
// biome-ignore format: a table is read by its columns
const CHECKS = [
  { what: 'types',           command: ['tsc', '--project', '.'] },
  { what: 'lint and format', command: ['biome', 'check', '--error-on-warnings'] },
  { what: 'import law',      command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'test', 'examples', 'bench', 'sim'] },
  { what: 'dead code',       command: ['knip', '--no-progress'] },
] as const;

let failed = 0;
for (const { what, command } of CHECKS) {
  const [program, ...options] = command;
  const startedAt = performance.now();
  const { status } = spawnSync(program, options, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const ok = status === 0;
  if (!ok) failed += 1;
  process.stdout.write(
    `${ok ? '✔' : '✖'} ${what} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
