import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const LONGEST = 80;
const IDS_AT_END = / \[(?:R\d+|\$)(?:, R\d+)*\]$/;

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly cooked: string }[];
  readonly callee?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
  readonly elements?: readonly ({ readonly expression: Node } | null)[];
}

/**
 * The names of tests in one file: the first argument of each call of `test`, and the first cell of
 * each row of a table if it has ids. A `$` stands for each placeholder.
 */
function testNamesIn(source: string): readonly string[] {
  const names: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, callee, arguments: given, elements } = node as Node;
    const first = type === 'ArrayExpression' ? elements?.[0]?.expression : undefined;
    const text = first && textOf(first);
    if (text !== undefined && / \[R\d/.test(text)) names.push(text);
    if (type === 'CallExpression' && callee?.type === 'Identifier' && callee.value === 'test') {
      const name = given?.[0] && textOf(given[0].expression);
      if (name !== undefined) names.push(name);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024' }));
  return [...new Set(names)];
}

function textOf({ type, value, quasis }: Node): string | undefined {
  if (type === 'StringLiteral') return String(value);
  return type === 'TemplateLiteral' ? quasis?.map(({ cooked }) => cooked).join('$') : undefined;
}

/** What is wrong with the name of a test; undefined when it is a good one. */
function wrongWithName(name: string): string | undefined {
  if (name.replaceAll('$', '').length > LONGEST) return `longer than ${LONGEST}`;
  if (/\bR\d+\b/.test(name.replace(IDS_AT_END, '')))
    return 'an id that is not in brackets at its end';
  return undefined;
}

describe('the name of a test', () => {
  test('each test name is at most 80 characters, with its ids in brackets at the end', () => {
    const files = globSync('test/**/*.ts');
    const names = files.flatMap((file) =>
      testNamesIn(readFileSync(file, 'utf8')).map((name) => ({ file, name })),
    );
    const wrong = names.flatMap(({ file, name }) => {
      const why = wrongWithName(name);
      return why === undefined ? [] : [`${file}: ${why}: ${name}`];
    });
    expect(wrong).toStrictEqual([]);
    expect(names.length).toBeGreaterThan(1000);
  });

  test('the check finds long names and misplaced ids, in calls and in tables', () => {
    // Written in parts, so that the test above does not find them here.
    const [id, long] = ['R2', 'a'.repeat(LONGEST + 1)];
    const source = `
      test('${long}', () => {});
      test('refuses a fourth sub (${id})', () => {});
      test('${id}: refuses a fourth sub', () => {});
      test(\`\${what} [${id}] is refused\`, () => {});
      test(\`\${what} is refused [${id}, R20]\`, () => {});
      test('refuses a fourth sub [${id}]', () => {});
      const TABLE = [['allows a third sub [${id}] in time', 2]];
      const text = 'a sentence about ${id}';`;
    expect(
      testNamesIn(source)
        .filter((name) => wrongWithName(name) !== undefined)
        .sort(),
    ).toStrictEqual(
      [
        long,
        `refuses a fourth sub (${id})`,
        `${id}: refuses a fourth sub`,
        `$ [${id}] is refused`,
        `allows a third sub [${id}] in time`,
      ].sort(),
    );
  });
});
