import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { VARIABLES } from '../src/config.ts';
import { TASKS } from '../src/store/jobs.store.ts';
import { codesIn, readDocument, tableUnder } from './docs/examples.ts';

const LAW = resolve('.dependency-cruiser.cjs');
const SOURCES = globSync('src/**/*.ts').filter((file) => !file.endsWith('.d.ts'));
/** A guide: a longer file holds more than one thing. */
const LONGEST = 300;

/** Runs dependency-cruiser over `src` of a folder; gives what it reports, '' if nothing. */
async function breaches(folder: string): Promise<string> {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  return await new Promise((done) => {
    execFile(
      process.execPath,
      [program, '--config', LAW, 'src'],
      { cwd: folder, env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => done(error ? `${out}${err}` : ''),
    );
  });
}

/** What the import law reports of a project with these files. */
async function breachesOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bindery-law-'));
  try {
    writeFileSync(join(folder, 'tsconfig.json'), readFileSync('tsconfig.json'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return await breaches(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the import law', () => {
  test('the sources keep the import law', async () => {
    expect(await breaches('.')).toBe('');
  });

  const code = 'export const one = 1;\n';
  const importing = (path: string) => `import { one } from '${path}';\nexport const two = one;\n`;
  // biome-ignore format: a table is read by its columns
  const BROKEN: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['a room that imports upwards',       { 'src/kernel/a.ts': importing('../web/b.ts'), 'src/web/b.ts': code },     /kernel imports downwards only/],
    ['a type import upwards',              { 'src/store/a.ts': "import type { One } from '../oidc/b.ts';\nexport type Two = One;\n", 'src/oidc/b.ts': 'export type One = 1;\n' }, /store imports downwards only/],
    ['a room that imports main or compose', { 'src/api/a.ts': importing('../compose.ts'), 'src/compose.ts': code },   /no room imports what composes/],
    ['SQL outside a store',               { 'src/binding/a.ts': importing('../store/sql.ts'), 'src/store/sql.ts': code }, /only stores/],
    ['a folder of evidence that imports upwards', { 'src/evidence/claims/a.ts': importing('../pieces/b.ts'), 'src/evidence/pieces/b.ts': code }, /evidence\/claims imports downwards only/],
    ['a folder of evidence that imports what joins them', { 'src/evidence/checks/a.ts': importing('../b.ts'), 'src/evidence/b.ts': code }, /no folder of evidence imports what joins them/],
    ['a journey that imports another',     { 'src/web/account/a.ts': importing('../review/b.ts'), 'src/web/review/b.ts': code }, /journeys meet in web\/core only/],
    ['web/core that imports a journey',    { 'src/web/core/a.ts': importing('../review/b.ts'), 'src/web/review/b.ts': code }, /journeys meet in web\/core only/],
    ['two files that import each other',  { 'src/risk/a.ts': importing('./b.ts'), 'src/risk/b.ts': "import { two } from './a.ts';\nexport const one = two;\n" }, /no cycles/],
    ['a server that imports its tests',   { 'src/jobs/a.ts': importing('../../test/b.ts'), 'test/b.ts': code },      /does not import tests/],
  ];
  for (const [what, files, says] of BROKEN)
    test(`the import law refuses ${what}`, async () =>
      expect(await breachesOf(files)).toMatch(says));

  test('the import law has every room, in the order of docs/architecture.md', () => {
    const { forbidden } = readLaw();
    const named = tableUnder(readDocument('docs/architecture.md'), 'Rooms').flatMap(([room]) =>
      codesIn(room),
    );
    const [top, ...below] = named
      .filter((name) => name.endsWith('/'))
      .map((name) => name.slice(0, -1));
    const held = forbidden
      .map(({ name }) => /^([\w-]+) imports downwards only$/.exec(name)?.[1])
      .filter((room) => room !== undefined);
    expect(held).toStrictEqual(below);
    expect(top).toBe('cli');
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toStrictEqual([top, ...below].sort());
  });
});

describe('the folders of the evidence room', () => {
  test('docs/architecture.md lists the evidence folders in the order of the import law', () => {
    const named = tableUnder(readDocument('docs/architecture.md'), 'The evidence room').flatMap(
      ([folder]) => codesIn(folder).map((name) => name.slice(0, -1)),
    );
    const held = readLaw()
      .forbidden.map(({ name }) => /^evidence\/([\w-]+) imports downwards only$/.exec(name)?.[1])
      .filter((folder) => folder !== undefined);
    expect(held).toStrictEqual(named.slice(1));
    const folders = readdirSync('src/evidence', { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toStrictEqual(named.sort());
  });
});

function readLaw(): { readonly forbidden: readonly { readonly name: string }[] } {
  return createRequire(import.meta.url)(LAW);
}

describe('the kinds of files', () => {
  test(`every source file has at most ${LONGEST} lines`, () => {
    const lengths = SOURCES.map((file) => ({ file, lines: linesOf(file).length }));
    expect(lengths.filter(({ lines }) => lines > LONGEST)).toStrictEqual([]);
    const median = lengths.map(({ lines }) => lines).sort((a, b) => a - b)[
      Math.floor(lengths.length / 2)
    ];
    expect([`the median is ${median}`, median !== undefined && median < 100]).toStrictEqual([
      `the median is ${median}`,
      true,
    ]);
  });

  test('no file is named utils, helpers or the like', () => {
    const drawers = /^(utils?|helpers?|manager|service|common|shared|misc|types)$/i;
    const parts = SOURCES.flatMap((file) =>
      file
        .replace(/\.ts$/, '')
        .split(/[/.-]/)
        .map((part) => ({ file, part })),
    );
    expect(parts.filter(({ part }) => drawers.test(part)).map(({ file }) => file)).toStrictEqual(
      [],
    );
  });

  test('pages stand in web/, routes in api/ and scim/', () => {
    const elsewhere = SOURCES.filter(
      (file) =>
        (/\.(pages|views)\.ts$/.test(file) && !file.startsWith('src/web/')) ||
        (file.endsWith('.routes.ts') && !/^src\/(api|scim)\//.test(file)),
    );
    expect(elsewhere).toStrictEqual([]);
  });

  test('pure files get time and chance as arguments', () => {
    const pure = SOURCES.filter(
      (file) =>
        (/^src\/(policy|permissions)\//.test(file) && !/\.store\.ts$|registry\.ts$/.test(file)) ||
        /^src\/binding\/(binding|binding-request|answer-redemption|code|policy-outcome|unbinding-preconditions)\.ts$/.test(
          file,
        ),
    );
    const takes =
      /Date\.now\(|new Date\(\)|Math\.random|performance\.now|from 'node:(?!util\/types')|\basync\b|\bawait\b/;
    expect(
      pure.filter((file) =>
        takes.test(readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
      ),
    ).toStrictEqual([]);
    expect(pure.length).toBeGreaterThan(12);
  });

  test('only main.ts and the commands read the environment', () => {
    const readers = SOURCES.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
    expect(readers.sort()).toStrictEqual(['src/cli/main.ts', 'src/main.ts']);
  });
});

describe('lists that are kept in two places', () => {
  test('.env.example has the variables of config.ts, in its order', () => {
    const named = linesOf('.env.example').flatMap(
      (line) => /^([A-Z_]+)=.* # \S/.exec(line)?.[1] ?? [],
    );
    expect(named).toStrictEqual([...VARIABLES]);
  });

  test('migrations are numbered without a gap', () => {
    const numbers = readdirSync('migrations')
      .sort()
      .map((file) => Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(basename(file))?.[1]));
    expect(numbers).toStrictEqual(numbers.map((_, at) => at + 1));
  });

  test('docs/architecture.md says when and why each task runs', () => {
    const named = tableUnder(readDocument('docs/architecture.md'), 'Jobs').flatMap(([task]) =>
      codesIn(task),
    );
    expect(named).toStrictEqual([...TASKS]);
  });

  test('every file that docs/architecture.md names exists', () => {
    const named = codesIn(readDocument('docs/architecture.md')).filter((code) =>
      /^(src|test|migrations|examples|bench|docs)\/[\w./-]+$/.test(code),
    );
    expect(named.filter((path) => !existsSync(path))).toStrictEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}
