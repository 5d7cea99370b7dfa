import { type Filter, parse } from 'scim2-parse-filter';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { ACCOUNT_SCHEMA, USER_SCHEMA } from './attributes.ts';

// biome-ignore format: a table is read by its columns
const FIELDS = {
  'id':                 { field: 'id',           type: 'text' },
  'externalid':         { field: 'externalId',   type: 'text' },
  'username':           { field: 'userName',     type: 'text' },
  'displayname':        { field: 'displayName',  type: 'text' },
  'photos':             { field: 'photo',        type: 'text' },
  'photos.value':       { field: 'photo',        type: 'text' },
  'active':             { field: 'active',       type: 'flag' },
  'meta.created':       { field: 'created',      type: 'moment' },
  'meta.lastmodified':  { field: 'lastModified', type: 'moment' },
  'meta.resourcetype':  { field: 'resourceType', type: 'text' },
  [`${ACCOUNT_SCHEMA}:kind`.toLowerCase()]:     { field: 'kind',     type: 'text' },
  [`${ACCOUNT_SCHEMA}:status`.toLowerCase()]:   { field: 'status',   type: 'text' },
  [`${ACCOUNT_SCHEMA}:platform`.toLowerCase()]: { field: 'platform', type: 'text' },
} as const satisfies Record<string, { field: string; type: 'text' | 'flag' | 'moment' }>;

type Known = (typeof FIELDS)[keyof typeof FIELDS];
export type Field = Known['field'];

const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];

// biome-ignore format: a table is read by its columns
const ALLOWED: Readonly<Record<Known['type'], readonly Comparison[]>> = {
  text:   COMPARISONS,
  flag:   ['eq', 'ne'],
  moment: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
};

/** What is asked of each account. Moments are texts of ISO 8601. */
export type Condition =
  | { readonly op: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly op: 'not'; readonly part: Condition }
  | { readonly op: 'pr'; readonly field: Field }
  | { readonly op: Comparison; readonly field: Field; readonly value: string | boolean };

export type FilterRefusal = 'invalid_filter' | 'filter_too_large' | 'unknown_attribute';

const LONGEST = 10_000;
const MOST_TOKENS = 400;
/** A text, a word, a bracket, or any one character. */
const TOKEN = /"(?:[^"\\\p{Cc}]|\\\P{Cc})*"|[\w.:$/+-]+|[()[\]]|./gsu;
/** Of parentheses and of `not`: the parser calls itself for each. */
const DEEPEST = 30;

/**
 * Reads a filter (RFC 7644 §3.4.2.2). Its size is checked before it is parsed, because the parser
 * has no bounds of its own.
 */
export function parseFilter(filter: string): Result<Condition, FilterRefusal> {
  const bare = withoutTexts(filter);
  if (!bare.ok) return bare;
  const { text, texts } = bare.value;
  let parsed: Filter;
  try {
    parsed = parse(text);
  } catch {
    // The library throws plain errors; its input has no other fault by now.
    return refuse('invalid_filter', 'SCIM-1F3');
  }
  return conditionOf(parsed, texts, '');
}

/**
 * The filter with its texts replaced by their numbers. The library's own reading of them takes
 * exponential time where one is not closed, and does not know JSON's escapes.
 */
export function withoutTexts(
  filter: string,
): Result<{ readonly text: string; readonly texts: readonly string[] }, FilterRefusal> {
  if (filter.length > LONGEST) return refuse('filter_too_large', 'SCIM-1F0');
  const texts: string[] = [];
  let text = '';
  let tokens = 0;
  let depth = 0;
  for (const [token] of filter.matchAll(TOKEN)) {
    if (token === ' ') {
      text += token;
      continue;
    }
    tokens += 1;
    if (/^(?:[([]|not)$/i.test(token)) depth += 1;
    if (token.startsWith('"')) {
      const value = textOf(token);
      if (value === undefined) return refuse('invalid_filter', 'SCIM-1F1');
      text += `"${texts.push(value) - 1}"`;
    } else if (/^[\w.:$/+()[\]-]/.test(token)) text += token;
    else return refuse('invalid_filter', 'SCIM-1F2');
  }
  if (tokens > MOST_TOKENS || depth > DEEPEST) return refuse('filter_too_large', 'SCIM-1F4');
  return ok({ text, texts });
}

function textOf(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token);
    // PostgreSQL stores neither a NUL nor half a character, so no account has one.
    return typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function conditionOf(
  filter: Filter,
  texts: readonly string[],
  prefix: string,
): Result<Condition, FilterRefusal> {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const parts: Condition[] = [];
      for (const each of filter.filters) {
        const part = conditionOf(each, texts, prefix);
        if (!part.ok) return part;
        parts.push(part.value);
      }
      return ok({ op: filter.op, parts });
    }
    case 'not': {
      const part = conditionOf(filter.filter, texts, prefix);
      return part.ok ? ok({ op: 'not', part: part.value }) : part;
    }
    case '[]':
      return conditionOf(filter.valFilter, texts, `${filter.attrPath}.`);
    case 'pr': {
      const known = knownField(`${prefix}${filter.attrPath}`);
      return known ? ok({ op: 'pr', field: known.field }) : refuse('unknown_attribute', 'SCIM-1F5');
    }
    default: {
      const known = knownField(`${prefix}${filter.attrPath}`);
      if (!known) return refuse('unknown_attribute', 'SCIM-1F6');
      return comparison(known, filter.op, numberedText(filter.compValue, texts));
    }
  }
}

/** The attribute to sort by; `photos` cannot be compared. */
export function sortField(path: string): Field | undefined {
  const field = knownField(path)?.field;
  return field === 'photo' ? undefined : field;
}

function knownField(path: string): Known | undefined {
  const name = path.toLowerCase().replace(`${USER_SCHEMA.toLowerCase()}:`, '');
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

function numberedText(
  value: string | number | boolean | null,
  texts: readonly string[],
): string | number | boolean | null | undefined {
  return typeof value === 'string' ? texts[Number(value)] : value;
}

function comparison(
  { field, type }: Known,
  op: Comparison,
  value: string | number | boolean | null | undefined,
): Result<Condition, FilterRefusal> {
  if (value === null && op === 'ne') return ok({ op: 'pr', field });
  if (value === null && op === 'eq') return ok({ op: 'not', part: { op: 'pr', field } });
  if (!ALLOWED[type].includes(op)) return refuse('invalid_filter', 'SCIM-1F7', { field });
  if (type === 'flag')
    return typeof value === 'boolean'
      ? ok({ op, field, value })
      : refuse('invalid_filter', 'SCIM-1F8', { field });
  if (typeof value !== 'string') return refuse('invalid_filter', 'SCIM-1F9', { field });
  if (type === 'text') return ok({ op, field, value });
  return isMoment(value)
    ? ok({ op, field, value: new Date(value).toISOString() })
    : refuse('invalid_filter', 'SCIM-1FA', { field });
}

/** xsd:dateTime (RFC 7643 §2.3.5), in years that PostgreSQL has too. */
function isMoment(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).getUTCFullYear() >= 1
  );
}
