import { dirname, join } from 'node:path';
import { parseSync } from '@swc/core';

/** A site: three to five letters for the room, a dash, three letters or digits. */
const SITE = /^[A-Z]{3,5}-[0-9A-Z]{3}$/;
/** Any text that may be meant as a site. */
const LIKE_A_SITE = /^[A-Za-z]{2,9}-\d?[0-9A-Za-z]{1,5}$/;

export interface FoundSites {
  readonly sites: readonly { readonly site: string; readonly file: string }[];
  /** Places that refuse, and whose site cannot be read from the source. */
  readonly problems: readonly string[];
}

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Functions that take a site, by name: which of their arguments it is. */
type Refusers = ReadonlyMap<string, number>;

/**
 * Reads every site from the syntax trees of `sources` (path → text). A function that has a
 * parameter named `site` refuses for its callers: each call of it gives a literal, the caller's own
 * `site` parameter, or the site of another refusal.
 */
export function sitesOf(sources: ReadonlyMap<string, string>): FoundSites {
  const trees = new Map([...sources].map(([file, text]) => [file, parse(text)]));
  const declared = new Map([...trees].map(([file, tree]) => [file, declaredRefusers(tree)]));
  const sites: { site: string; file: string }[] = [];
  const problems: string[] = [];
  for (const [file, tree] of trees) {
    const known = new Map([
      ...importedRefusers(file, tree, declared),
      ...(declared.get(file) ?? []),
    ]);
    const found = new Set<string>();
    const take = (site: string): void => {
      found.add(site);
      if (SITE.test(site)) sites.push({ site, file });
      else problems.push(`${file}: ${site} is no site`);
    };
    walk(tree, [], (node, within) => {
      if (node.type === 'CallExpression') {
        const at = known.get(nameOf(node.callee as Node) ?? '');
        if (at !== undefined)
          siteAt(node, at, within, take, (what) => problems.push(`${file}: ${what}`));
      }
      if (node.type === 'KeyValueProperty' && nameOf(node.key as Node) === 'site') {
        const value = node.value as Node;
        if (value.type === 'StringLiteral') take(String(value.value));
      }
      if (isOAuthError(node) && !isInside(within, 'refusedAt'))
        problems.push(`${file}: an OAuth error without a site`);
    });
    walk(tree, [], (node) => {
      const text = node.type === 'StringLiteral' ? String(node.value) : '';
      if (/^[A-Z]{3,5}-/.test(text) && LIKE_A_SITE.test(text) && !found.has(text))
        problems.push(`${file}: ${text} is read by nothing`);
    });
  }
  return { sites, problems };
}

function siteAt(
  call: Node,
  at: number,
  within: readonly Node[],
  take: (site: string) => void,
  report: (problem: string) => void,
): void {
  const given = (call.arguments as { expression: Node }[])[at]?.expression;
  if (given?.type === 'StringLiteral') take(String(given.value));
  else if (given?.type === 'MemberExpression' && nameOf(given.property as Node) === 'site') return;
  else if (
    given &&
    nameOf(given) === 'site' &&
    within.some((node) => parameters(node).includes('site'))
  )
    return;
  else
    report(
      `a call of ${nameOf(call.callee as Node)} gives its site as ${given?.type ?? 'nothing'}`,
    );
}

function parse(text: string): Node {
  return parseSync(text, { syntax: 'typescript', target: 'esnext' }) as unknown as Node;
}

function declaredRefusers(tree: Node): Refusers {
  const found = new Map<string, number>();
  walk(tree, [], (node) => {
    const [name, body] =
      node.type === 'FunctionDeclaration'
        ? [nameOf(node.identifier as Node), node]
        : node.type === 'VariableDeclarator'
          ? [nameOf(node.id as Node), node.init as Node | null]
          : [];
    const at = body ? parameters(body).indexOf('site') : -1;
    if (name !== undefined && at >= 0) found.set(name, at);
  });
  return found;
}

function importedRefusers(
  file: string,
  tree: Node,
  declared: ReadonlyMap<string, Refusers>,
): Refusers {
  const found = new Map<string, number>();
  walk(tree, [], (node) => {
    if (node.type !== 'ImportDeclaration') return;
    const from = declared.get(join(dirname(file), String((node.source as Node).value)));
    for (const specifier of node.specifiers as Node[]) {
      const local = nameOf(specifier.local as Node);
      const at = from?.get(nameOf(specifier.imported as Node | null) ?? local ?? '');
      if (local !== undefined && at !== undefined) found.set(local, at);
    }
  });
  return found;
}

function isOAuthError(node: Node): boolean {
  if (node.type !== 'NewExpression') return false;
  const callee = node.callee as Node;
  return (
    callee.type === 'MemberExpression' &&
    nameOf(callee.object as Node) === 'errors' &&
    !/^JW/.test(nameOf(callee.property as Node) ?? '')
  );
}

function isInside(within: readonly Node[], name: string): boolean {
  return within.some(
    (node) => node.type === 'CallExpression' && nameOf(node.callee as Node) === name,
  );
}

/** The names of a function's plain parameters, in their order. */
function parameters(node: Node): readonly (string | undefined)[] {
  const { params } =
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
      ? node
      : { params: [] };
  return (params as Node[]).map((param) => nameOf((param.pat ?? param) as Node));
}

function nameOf(node: Node | null | undefined): string | undefined {
  return node?.type === 'Identifier' ? String(node.value) : undefined;
}

function walk(
  node: Node,
  within: readonly Node[],
  visit: (node: Node, within: readonly Node[]) => void,
): void {
  visit(node, within);
  const inside = [...within, node];
  for (const value of Object.values(node)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each !== 'object' || each === null) continue;
      if ('type' in each) walk(each as Node, inside, visit);
      else
        for (const part of Object.values(each))
          if (typeof part === 'object' && part !== null && 'type' in part)
            walk(part as Node, inside, visit);
    }
  }
}
