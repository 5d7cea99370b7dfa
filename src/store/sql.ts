import { createHash } from 'node:crypto';

/**
 * A statement for `pg`. Its text never depends on its values, so PostgreSQL plans it once per
 * connection.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const prepared = new WeakMap<TemplateStringsArray, { name: string; text: string }>();

/**
 * Tagged template that makes a *named prepared* statement: `sql\`select 1 where id = ${id}\``.
 * Every interpolation is a bound parameter. No text can be inserted, so SQL injection is not
 * possible.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  let known = prepared.get(strings);
  if (!known) {
    const text = strings.reduce((whole, part, index) => `${whole}$${index}${part}`);
    known = { name: nameOf(text), text };
    prepared.set(strings, known);
  }
  const statement = { name: known.name, text: known.text, values };
  made.add(statement);
  return statement;
}

/** The statements that a tag made: only their text may become part of another. */
const made = new WeakSet<Statement>();

/**
 * Tagged template for a statement that is put together from parts, as a filter is. A part is a
 * statement of {@link sql} or of this tag; everything else is a bound parameter, so no text can be
 * inserted here either. It has no name, because its shapes are without number.
 */
export function assemble(strings: TemplateStringsArray, ...parts: readonly unknown[]): Statement {
  const values: unknown[] = [];
  const text = strings.reduce((whole, after, at) => {
    const part = parts[at - 1];
    if (!isMade(part)) return `${whole}$${values.push(part)}${after}`;
    const before = values.length;
    values.push(...part.values);
    return `${whole}${part.text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + before}`)}${after}`;
  });
  const statement = { name: '', text, values };
  made.add(statement);
  return statement;
}

function isMade(part: unknown): part is Statement {
  return typeof part === 'object' && part !== null && made.has(part as Statement);
}

const joined = new Map<string, { name: string; text: string }>();

/**
 * Combines writes that must succeed together in one statement and one round trip. They share one
 * snapshot, so none may read or change a row that another writes. Only the last may be a `select`,
 * because PostgreSQL does not run one that nothing reads.
 */
export function together(statements: readonly [Statement, ...Statement[]]): Statement {
  const [only] = statements;
  if (statements.length === 1) return only;
  return joinedBy('together', statements, (texts) => {
    const last = texts.pop();
    if (texts.some((each) => /^\s*select\b/i.test(each)))
      throw new Error('a select that is not the last statement would not run');
    return `with ${texts.map((each, at) => `part_${at} as (${each})`).join(', ')} ${last}`;
  });
}

/**
 * Combines reads of one snapshot in one statement and one round trip. The result row has a column
 * `part_N` with the rows of the Nth read, as JSON.
 */
export function sideBySide(reads: readonly Statement[]): Statement {
  return joinedBy('side by side', reads, (texts) => {
    const parts = texts.map(
      (each, at) => `(select coalesce(json_agg(r), '[]') from (${each}) r) as part_${at}`,
    );
    return `select ${parts.join(', ')}`;
  });
}

/** Joins statements and renumbers their parameters. The text is built once. */
function joinedBy(
  how: string,
  statements: readonly Statement[],
  join: (texts: string[]) => string,
): Statement {
  const key = [how, ...statements.map(({ name }) => name)].join();
  let known = joined.get(key);
  if (!known) {
    let before = 0;
    const texts = statements.map(({ text, values }) => {
      const from = before;
      before += values.length;
      return text.replace(/\$(\d+)/g, (_, at) => `$${Number(at) + from}`);
    });
    const text = join(texts);
    known = { name: nameOf(text), text };
    joined.set(key, known);
  }
  return { ...known, values: statements.flatMap(({ values }) => values) };
}

/** PostgreSQL finds a prepared statement by its name, so equal names must mean equal texts. */
function nameOf(text: string): string {
  return `b_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`;
}
