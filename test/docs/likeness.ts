import assert from 'node:assert/strict';

/** Values seen so far, by their placeholders in the document, as `{binding_request}`. */
export type Seen = Map<string, string>;

/** The time of the document's examples; other NumericDates are relative to it. */
const THEN = 1_790_000_000;
const ABOUT_SECONDS = 120;

const NAMES = /\{([a-z_]+)\}/g;

/**
 * Compares a text with the document's. `…` stands for anything. `{name}` stands for one value,
 * which must be the same wherever the name occurs. All other text must be equal.
 */
export function expectText(actual: string, written: string, seen: Seen, where: string): void {
  const names: string[] = [];
  const pattern = written
    .split(/(…|\{[a-z_]+\})/)
    .map((part) => {
      if (part === '…') return '[^]+?';
      if (!/^\{[a-z_]+\}$/.test(part)) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const name = part.slice(1, -1);
      const known = seen.get(name);
      if (known !== undefined) return known.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(name);
      return '([^\\s&"]+)';
    })
    .join('');
  const match = new RegExp(`^${pattern}$`).exec(actual);
  assert.ok(
    match,
    `${where}: the document says ${JSON.stringify(filled(written, seen, true))}, the server ${JSON.stringify(actual)}`,
  );
  for (const [at, name] of names.entries()) seen.set(name, match[at + 1] ?? '');
}

/** The text with its placeholders filled in. An unknown name is an error, or stays if `lenient`. */
export function filled(written: string, seen: Seen, lenient = false): string {
  return written.replace(NAMES, (whole, name: string) => {
    const known = seen.get(name);
    if (known === undefined && !lenient)
      throw new Error(`the document uses ${whole} before anything has given it`);
    return known ?? whole;
  });
}

/**
 * Reads JSON as the document writes it: names and `…` may stand for values, and `…` after the last
 * member for others.
 */
export function parseWritten(text: string): unknown {
  return JSON.parse(
    text
      .replace(/([:[,]\s*)(…|\{[a-z_]+\})(?=\s*[,}\]])/g, '$1"$2"')
      .replace(/,\s*"…"(\s*\})/g, ', "…": "…"$1')
      .replace(/,\s*…(\s*\})/g, ', "…": "…"$1'),
  );
}

/** Compares a JSON value with the document's: exactly the same members, with like values. */
export function expectLike(
  actual: unknown,
  written: unknown,
  seen: Seen,
  where = 'the answer',
): void {
  if (written === '…') assert.notEqual(actual, undefined, `${where} is missing`);
  else if (typeof written === 'string') expectString(actual, written, seen, where);
  else if (typeof written === 'number' && written > THEN / 2) expectMoment(actual, written, where);
  else if (Array.isArray(written)) expectList(actual, written, seen, where);
  else if (typeof written === 'object' && written !== null)
    expectMembers(actual, written as Record<string, unknown>, seen, where);
  else assert.equal(actual, written, where);
}

/** A name may stand for a number as well. */
function expectString(actual: unknown, written: string, seen: Seen, where: string): void {
  const comparable =
    typeof actual === 'string' || (typeof actual === 'number' && /^\{[a-z_]+\}$/.test(written));
  assert.ok(
    comparable,
    `${where} is ${JSON.stringify(actual)}, the document says ${JSON.stringify(written)}`,
  );
  expectText(String(actual), written, seen, where);
}

function expectMoment(actual: unknown, written: number, where: string): void {
  const expected = Math.round(Date.now() / 1000) + written - THEN;
  const near = typeof actual === 'number' && Math.abs(actual - expected) < ABOUT_SECONDS;
  assert.ok(near, `${where} is ${String(actual)}; by the document it is about ${expected}`);
}

function expectList(actual: unknown, written: readonly unknown[], seen: Seen, where: string): void {
  assert.ok(Array.isArray(actual), `${where} is no list: ${JSON.stringify(actual)}`);
  const open = written.at(-1) === '…';
  const items = open ? written.slice(0, -1) : written;
  if (!open)
    assert.equal(
      actual.length,
      items.length,
      `${where} has ${actual.length} items: ${JSON.stringify(actual)}`,
    );
  for (const [at, item] of items.entries()) expectLike(actual[at], item, seen, `${where}[${at}]`);
}

function expectMembers(
  actual: unknown,
  written: Record<string, unknown>,
  seen: Seen,
  where: string,
): void {
  assert.ok(
    typeof actual === 'object' && actual !== null,
    `${where} is no object: ${JSON.stringify(actual)}`,
  );
  const { '…': open, ...members } = written;
  const there = Object.keys(actual);
  const missing = Object.keys(members).filter((name) => !there.includes(name));
  const extra = there.filter((name) => !(name in members));
  assert.deepEqual(missing, [], `${where} lacks what the document shows: ${missing.join(', ')}`);
  if (open === undefined)
    assert.deepEqual(
      extra,
      [],
      `${where} has what the document does not show: ${extra.join(', ')}`,
    );
  for (const [name, value] of Object.entries(members)) {
    expectLike((actual as Record<string, unknown>)[name], value, seen, `${where}.${name}`);
  }
}
