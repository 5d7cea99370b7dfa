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
    known = { name: `b_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`, text };
    prepared.set(strings, known);
  }
  return { name: known.name, text: known.text, values };
}
