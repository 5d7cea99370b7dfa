import { createHash } from 'node:crypto';

/** A statement ready for `pg`: its text never varies with its values, so PostgreSQL plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const prepared = new WeakMap<TemplateStringsArray, { name: string; text: string }>();

/**
 * Tagged template that makes a *named prepared* statement: `sql\`select 1 where id = ${id}\``.
 * Every interpolation is a bound parameter; there is no way to splice text in, so none to inject it.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  let known = prepared.get(strings);
  if (!known) {
    const text = strings.reduce((whole, part, index) => `${whole}$${index}${part}`);
    known = { name: nameOf(text), text };
    prepared.set(strings, known);
  }
  return { name: known.name, text: known.text, values };
}

const joined = new Map<string, { name: string; text: string }>();

/**
 * Writes that stand or fall together, as one statement and one round trip. They run on one snapshot, so none may read or
 * change a row that another of them writes.
 */
export function together(statements: readonly [Statement, ...Statement[]]): Statement {
  const [only] = statements;
  if (statements.length === 1) return only;
  const key = statements.map(({ name }) => name).join();
  let known = joined.get(key);
  if (!known) {
    let before = 0;
    const texts = statements.map(({ text, values }) => {
      const from = before;
      before += values.length;
      return text.replace(/\$(\d+)/g, (_, at) => `$${Number(at) + from}`);
    });
    const last = texts.pop();
    const text = `with ${texts.map((each, at) => `part_${at} as (${each})`).join(', ')} ${last}`;
    known = { name: nameOf(text), text };
    joined.set(key, known);
  }
  return { ...known, values: statements.flatMap(({ values }) => values) };
}

/** PostgreSQL knows a prepared statement by its name, so equal names must mean equal texts. */
function nameOf(text: string): string {
  return `b_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`;
}
