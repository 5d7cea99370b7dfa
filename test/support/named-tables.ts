/** A table or view that a statement names, and whether the statement writes to it. */
export interface NamedTable {
  readonly name: string;
  readonly written: boolean;
}

const READ_AFTER = new Set(['from', 'join', 'using', 'only', 'table']);
const WRITTEN_AFTER = new Set(['into', 'update']);
/** What ends the list of tables behind `from`. */
const LIST_ENDS = new Set(
  'where group order set select returning limit values union except intersect having for window insert delete'.split(
    ' ',
  ),
);

/**
 * The names that stand in a statement where a table can stand: behind `from`, `join`, `into`,
 * `update` and `using`, and behind the commas of a `from`. The names of its own `with` queries and
 * of functions are among them, so the caller looks for the tables that it knows.
 */
export function namedTables(statement: string): readonly NamedTable[] {
  const tokens = tokensOf(statement);
  const found: NamedTable[] = [];
  /** For each open parenthesis: whether a comma there separates tables. */
  const lists = [false];
  for (const [at, token] of tokens.entries()) {
    const inList = lists.at(-1) === true;
    const before = tokens[at - 1] ?? '';
    if (token === '(') lists.push(false);
    else if (token === ')') lists.pop();
    else if (READ_AFTER.has(token)) lists[lists.length - 1] = token !== 'table';
    else if (LIST_ENDS.has(token)) lists[lists.length - 1] = false;
    else if (WRITTEN_AFTER.has(before)) found.push({ name: token, written: true });
    else if (READ_AFTER.has(before) || (before === ',' && inList))
      found.push({ name: token, written: before === 'from' && tokens[at - 2] === 'delete' });
  }
  return found;
}

/**
 * Words and marks in lower case, without comments and texts; a quoted name is as good as a bare
 * one.
 */
function tokensOf(statement: string): readonly string[] {
  const bare = statement
    .replace(/--.*/g, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/"/g, '')
    .replace(/\bpublic\./g, '');
  return (bare.toLowerCase().match(/[a-z_$][\w$]*|[(),]/g) ?? []).filter(
    (token) => token !== 'lateral',
  );
}
