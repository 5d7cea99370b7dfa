import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codesIn, proseOf, readDocument, rowsOf } from './examples.ts';

const CODE = globSync('{src,migrations,test,bench,examples,sim}/**/*.{ts,js,sql,eta,json,css}');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md']);
const REQUIREMENTS = rowsOf(readDocument('docs/requirements.md')).flatMap(([id = '']) =>
  /^R\d+$/.test(id) ? [id] : [],
);
/** A test asks the demo to break this id, because it does not exist. */
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
  test('references in code, migrations and tests lead to a file and a heading', () => {
    const wrong = CODE.flatMap((file) =>
      wrongInCode(readFileSync(file, 'utf8')).map((what) => `${file}: ${what}`),
    );
    expect(wrong).toStrictEqual([]);
    const cited = CODE.filter((file) => readFileSync(file, 'utf8').includes('docs/protocol.md#'));
    expect(cited.length).toBeGreaterThan(30);
  });

  test('the check finds references to no file, no heading and a number', () => {
    // Written in parts, so that the test above does not find them here.
    const [anchor, path, section] = ['#no-such-heading', `docs/no-such${'.md'}`, `protocol${' §'}`];
    const wrong = wrongInCode(`see docs/protocol.md${anchor} or ${path} or ${section}3`);
    expect(wrong).toStrictEqual([
      'docs/protocol.md has no heading #no-such-heading',
      `there is no ${path}`,
      `"${section}" names no place`,
    ]);
    expect(wrongInCode('see docs/protocol.md#redeeming.')).toStrictEqual([]);
  });

  for (const document of DOCUMENTS) {
    test(`the links in ${document} lead to a file and a heading`, () => {
      const links = [
        ...proseOf(readFileSync(document, 'utf8')).matchAll(
          /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g,
        ),
      ];
      const wrong = links.flatMap(([, path, anchor]) => {
        const target = path ? normalize(join(dirname(document), path)) : document;
        return wrongWith(target, anchor) ?? [];
      });
      expect(wrong).toStrictEqual([]);
    });
  }
});

describe('requirements', () => {
  test('requirements have ids without gaps, in docs/requirements.md', () => {
    const numbers = REQUIREMENTS.map((id) => Number(id.slice(1))).sort((a, b) => a - b);
    expect(numbers).toStrictEqual(numbers.map((_, at) => at + 1));
    expect(numbers.length).toBeGreaterThan(50);
  });

  test('each requirement that code, tests or documents cite exists', () => {
    const known = new Set([...REQUIREMENTS, NO_REQUIREMENT]);
    const unknown = [...CODE, ...DOCUMENTS].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\b(R\d{1,3})[a-e]?\b/g)].flatMap(([, id = '']) =>
        known.has(id) ? [] : [`${file}: ${id}`],
      ),
    );
    expect(unknown).toStrictEqual([]);
  });
});

describe('decisions', () => {
  const files = globSync('docs/decisions/[0-9]*.md').sort();

  test('decisions have numbers without gaps, each in the title of its file', () => {
    for (const [at, file] of files.entries()) {
      expect(file).toMatch(new RegExp(`/${String(at + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
      expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^# ${at + 1}\\. \\S`));
    }
  });

  test('all decisions are in the index, under their titles', () => {
    const index = rowsOf(readDocument('docs/decisions/README.md')).map(
      ([number, link]) => `${number} ${link}`,
    );
    const written = files.map((file) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
      return `${number} [${title}](${file.replace('docs/decisions/', '')})`;
    });
    expect(index).toStrictEqual(written);
  });
});

describe('docs/rules.md', () => {
  test('docs/rules.md names files that exist', () => {
    const named = codesIn(readDocument('docs/rules.md')).filter((code) =>
      /^(src|test|docs)\/[\w./-]+\.\w+$/.test(code),
    );
    expect(named.filter((path) => !existsSync(path))).toStrictEqual([]);
  });
});
