import { globSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';

/** A statement as it stands in the source, and the file and function that send it. */
export interface SourceStatement {
  /** `src/binding/requests.store.ts findOverdueRequests` */
  readonly where: string;
  readonly text: string;
}

interface Quasi {
  readonly cooked: string;
}

/** A node of swc's tree, as far as it is looked at here. */
interface Node {
  readonly type?: string;
  readonly identifier?: { readonly value: string };
  readonly tag?: { readonly value?: string };
  readonly template?: { readonly quasis: readonly Quasi[] };
}

/**
 * Every statement of the `sql` tag in src, found in the syntax tree: none has to be listed to be
 * checked.
 */
export function sourceStatements(): readonly SourceStatement[] {
  return globSync('src/**/*.ts')
    .sort()
    .flatMap((file) =>
      statementsOf(readFileSync(file, 'utf8')).map(({ name, text }) => ({
        where: `${file} ${name}`,
        text,
      })),
    );
}

/** The statements of one file, with the name of the innermost function around each. */
function statementsOf(source: string): readonly { readonly name: string; readonly text: string }[] {
  const found: { name: string; text: string }[] = [];
  const visit = (node: unknown, name: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, identifier, tag, template } = node as Node;
    if (type === 'TaggedTemplateExpression' && tag?.value === 'sql')
      found.push({ name, text: textOf(template?.quasis ?? []) });
    const inner = type === 'FunctionDeclaration' ? (identifier?.value ?? name) : name;
    for (const child of Object.values(node)) visit(child, inner);
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024' }), '(top)');
  return found;
}

/** As the `sql` tag writes it: what is interpolated is a parameter. */
function textOf(quasis: readonly Quasi[]): string {
  return quasis.reduce(
    (text, { cooked }, at) => (at === 0 ? cooked : `${text}$${at}${cooked}`),
    '',
  );
}
