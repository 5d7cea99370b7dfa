import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const TEMPLATES = globSync('src/web/**/*.eta');

/** Members of JavaScript values, and those that layout, templates and parts pass on. */
const OTHERS: ReadonlySet<string> = new Set(
  [
    'asset backToApp body brand csrf deviceNonce languages m signedIn signUp t',
    'apart desk device field options passkeys script send wide',
    'forEach join length some',
  ].flatMap((names) => names.split(' ')),
);

/** All members of the page models, at every depth. */
const DECLARED: ReadonlySet<string> = new Set(
  ['src/web/*/*.model.ts', 'src/web/front/front.pages.ts', 'src/web/core/i18n.ts']
    .flatMap((pattern) => globSync(pattern))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/readonly (\w+)\??:/g)])
    .map(([, name = '']) => name),
);

/**
 * The members that a template reads: `it.m.notice` gives `m` and `notice`. Strings are left out.
 */
function readIn(template: string): readonly string[] {
  const code = [...template.matchAll(/<%[~=]?([\s\S]*?)%>/g)].map(([, inner = '']) =>
    inner.replace(/'[^']*'/g, ''),
  );
  return code.flatMap((each) => [...each.matchAll(/\.(\w+)/g)].map(([, name = '']) => name));
}

describe('templates', () => {
  test('templates read only members that the models have', () => {
    const unknown = TEMPLATES.flatMap((file) =>
      readIn(readFileSync(file, 'utf8'))
        .filter((name) => !DECLARED.has(name) && !OTHERS.has(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(unknown).toStrictEqual([]);
    expect(TEMPLATES.length).toBeGreaterThan(40);
  });

  test('template names are unique over all journeys', () => {
    const names = globSync('src/web/*/*.eta').map((file) => file.split('/').at(-1) ?? '');
    expect(new Set(names).size).toBe(names.length);
  });

  test('every template has a row in Views, and every row has its template', () => {
    const rows = globSync('src/web/**/*.ts')
      .flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/interface Views \{([\s\S]*?)\n *\}/g),
      ])
      .flatMap(([, body = '']) => [...body.matchAll(/readonly '?([\w-]+)'?:/g)])
      .map(([, name = '']) => name);
    const names = globSync('src/web/*/*.eta').map((file) => basename(file, '.eta'));
    // The layout is not rendered by name: templates name it.
    expect([...rows, 'layout'].sort()).toStrictEqual(names.sort());
  });

  test('every part that a template includes is there', () => {
    const missing = TEMPLATES.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?:include|layout)\('([^']+)'/g)]
        .map(([, name = '']) => name)
        .filter((name) => {
          const from = name.startsWith('/') ? 'src/web' : dirname(file);
          return !existsSync(`${join(from, name)}.eta`);
        })
        .map((name) => `${file} ${name}`),
    );
    expect(missing).toStrictEqual([]);
  });

  test('parts/sketch.eta draws every sketch of the page model, and no other', () => {
    const model = readFileSync('src/web/core/page.model.ts', 'utf8');
    const [, union = ''] = /type Sketch =([^;]*);/.exec(model) ?? [];
    const drawn = readFileSync('src/web/core/parts/sketch.eta', 'utf8').matchAll(/^ {2}(\w+): '/gm);
    const sketches = [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
    expect([...drawn].map(([, name = '']) => name).sort()).toStrictEqual(sketches.sort());
  });

  test('a template that reads an unknown member is found', () => {
    expect(readIn("<% if (it.m.gone) { %>x.y<%= it.t('a.b') %>")).toStrictEqual(['m', 'gone', 't']);
    expect(DECLARED.has('gone')).toBe(false);
  });
});
