import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { codesIn, proseOf, readDocument, rowsOf } from './examples.ts';

const CODE = globSync('{src,migrations,test,bench,examples,sim}/**/*.{ts,js,sql,eta,json,css}');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md']);
const REQUIREMENTS = rowsOf(readDocument('docs/requirements.md')).flatMap(([id = '']) =>
  /^R\d+$/.test(id) ? [id] : [],
);
/** A test asks the demo to break this one, because there is no such requirement. */
const NO_REQUIREMENT = 'R99';

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): ReadonlySet<string> {
  const headings = [...proseOf(readFileSync(document, 'utf8')).matchAll(/^#{1,6} (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Why a reference leads nowhere; undefined when it leads somewhere. */
function wrongWith(path: string, anchor: string | undefined): string | undefined {
  if (!existsSync(path)) return `there is no ${path}`;
  if (anchor === undefined || !path.endsWith('.md') || anchorsOf(path).has(anchor))
    return undefined;
  return `${path} has no heading #${anchor}`;
}

/** What is wrong with the references to our documents in a text that is code. */
function wrongInCode(text: string): readonly string[] {
  const named = [...text.matchAll(/\bdocs\/[\w/-]+(?:\.\w+)*\.(?:md|json|png)(?:#([\w-]+))?/g)];
  const wrong = named.flatMap(
    ([reference, anchor]) => wrongWith(reference.split('#')[0] ?? '', anchor) ?? [],
  );
  const numbered = [
    ...text.matchAll(/\bprotocol(?:\.md)?,? §|\bdocs\/decisions\/\d+(?![\w-])/gi),
  ].map(([found]) => `"${found}" names no place`);
  return [...wrong, ...numbered];
}

describe('references to documents', () => {
  test('lead to a file and a heading, in code, migrations and tests', () => {
    const wrong = CODE.flatMap((file) =>
      wrongInCode(readFileSync(file, 'utf8')).map((what) => `${file}: ${what}`),
    );
    assert.deepEqual(wrong, []);
    const cited = CODE.filter((file) => readFileSync(file, 'utf8').includes('docs/protocol.md#'));
    assert.ok(cited.length > 30, `only ${cited.length} files cite the protocol`);
  });

  test('are found to be wrong where file, heading or number leads nowhere', () => {
    // Written in parts, so that the test above does not find them here.
    const [anchor, path, section] = ['#no-such-heading', `docs/no-such${'.md'}`, `protocol${' §'}`];
    const wrong = wrongInCode(`see docs/protocol.md${anchor} or ${path} or ${section}3`);
    assert.deepEqual(wrong, [
      'docs/protocol.md has no heading #no-such-heading',
      `there is no ${path}`,
      `"${section}" names no place`,
    ]);
    assert.deepEqual(wrongInCode('see docs/protocol.md#redeeming.'), []);
  });

  for (const document of DOCUMENTS) {
    test(`lead somewhere in ${document}`, () => {
      const links = [
        ...proseOf(readFileSync(document, 'utf8')).matchAll(
          /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g,
        ),
      ];
      const wrong = links.flatMap(([, path, anchor]) => {
        const target = path ? normalize(join(dirname(document), path)) : document;
        return wrongWith(target, anchor) ?? [];
      });
      assert.deepEqual(wrong, []);
    });
  }
});

describe('requirements', () => {
  test('have ids without gaps, each in one row of docs/requirements.md', () => {
    const numbers = REQUIREMENTS.map((id) => Number(id.slice(1))).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
    );
    assert.ok(numbers.length > 50);
  });

  test('that code, migrations, tests and documents cite are in docs/requirements.md', () => {
    const known = new Set([...REQUIREMENTS, NO_REQUIREMENT]);
    const unknown = [...CODE, ...DOCUMENTS].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\b(R\d{1,3})[a-e]?\b/g)].flatMap(([, id = '']) =>
        known.has(id) ? [] : [`${file}: ${id}`],
      ),
    );
    assert.deepEqual(unknown, []);
  });
});

describe('decisions', () => {
  const files = globSync('docs/decisions/[0-9]*.md').sort();

  test('have numbers without gaps, each with a title of its number', () => {
    for (const [at, file] of files.entries()) {
      assert.match(file, new RegExp(`/${String(at + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
      assert.match(readFileSync(file, 'utf8'), new RegExp(`^# ${at + 1}\\. \\S`));
    }
  });

  test('are all in the index, under their titles', () => {
    const index = rowsOf(readDocument('docs/decisions/README.md')).map(
      ([number, link]) => `${number} ${link}`,
    );
    const written = files.map((file) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
      return `${number} [${title}](${file.replace('docs/decisions/', '')})`;
    });
    assert.deepEqual(index, written);
  });
});

describe('docs/rules.md', () => {
  test('names files that exist', () => {
    const named = codesIn(readDocument('docs/rules.md')).filter((code) =>
      /^(src|test|docs)\/[\w./-]+\.\w+$/.test(code),
    );
    assert.deepEqual(
      named.filter((path) => !existsSync(path)),
      [],
    );
  });
});
