import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sitesOf } from './support/sites.ts';

const SOURCES = new Map(
  globSync('src/**/*.ts')
    .filter((file) => !file.endsWith('.d.ts'))
    .map((file) => [file, readFileSync(file, 'utf8')]),
);

describe('the places that refuse', () => {
  const { sites, problems } = sitesOf(SOURCES);

  test('every refusal has a site that can be read from the source', () => {
    expect(problems).toStrictEqual([]);
  });

  test('every refusal has a site of its own', () => {
    const names = sites.map(({ site }) => site);
    const twice = sites.filter(({ site }, at) => names.indexOf(site) !== at);
    expect(twice).toStrictEqual([]);
  });

  test('the reader finds as many sites as the sources have', () => {
    const written = [...SOURCES.values()].flatMap(
      (text) => text.match(/'[A-Z]{3,5}-[0-9A-Z]{3}'/g) ?? [],
    );
    expect(sites.length).toBe(written.length);
    expect(sites.length).toBeGreaterThan(380);
  });
});

describe('the reader of sites', () => {
  const kernel = 'export function refuse(code: string, site: string) { return { code, site }; }\n';
  const read = (text: string) =>
    sitesOf(
      new Map([
        ['src/kernel/refusals.ts', kernel],
        ['src/binding/a.ts', `import { refuse } from '../kernel/refusals.ts';\n${text}`],
      ]),
    );

  test('a site is read through a function that passes it on', () => {
    const passing =
      "const refusing = (code: string, site: string) => () => refuse(code, site);\nrefusing('a', 'BIND-2RB');\n";
    expect(read(passing)).toStrictEqual({
      sites: [{ site: 'BIND-2RB', file: 'src/binding/a.ts' }],
      problems: [],
    });
  });

  test('a site is read in a value', () => {
    expect(read("export const one = { code: 'a', site: 'EVI-CS0' };").sites.length).toStrictEqual(
      1,
    );
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, source: string, problem: RegExp])[] = [
    ['a site of another form',              "refuse('a', 'BIND-12345');",                          /BIND-12345 is no site/],
    ['a site in small letters',             "refuse('a', 'bind-2rb');",                            /bind-2rb is no site/],
    ['a site that is concatenated',          'refuse("a", "BIND-" + "2R1");',                        /BinaryExpression/],
    ['a site in a variable',                "const where = 'BIND-2R1';\nrefuse('a', where);",      /gives its site as Identifier/],
    ['a call without a site',               "refuse('a');",                                        /gives its site as nothing/],
    ['a site that no refusal takes',         "export const one = ['BIND-2R1'];",                    /BIND-2R1 is read by nothing/],
    ['an OAuth error without a site',       "throw new errors.InvalidGrant('x');",                 /an OAuth error without a site/],
  ];
  for (const [what, source, problem] of WRONG) {
    test(`the reader of sites reports ${what}`, () =>
      expect(read(source).problems.join('\n')).toMatch(problem));
  }
});
