import { ok, type Result, refuse } from '../kernel/refusals.ts';
import {
  type Condition,
  type Field,
  type FilterRefusal,
  parseFilter,
  sortField,
} from './filter.ts';
import type { Projection } from './projection.ts';
import { isTexts } from './user.ts';

export const MOST_RESULTS = 1_000;
export const DEFAULT_RESULTS = 100;

/** What is asked of a list (RFC 7644 §3.4.2, RFC 9865). */
export interface Asked {
  readonly filter: Condition | undefined;
  readonly sort: { readonly by: Field; readonly descending: boolean };
  readonly count: number;
  readonly from:
    | { readonly startIndex: number }
    /** After this id; of the first page undefined. `total` was counted there. */
    | { readonly after: string; readonly total: number | undefined };
  readonly projection: Projection;
}

export type PageRefusal =
  | FilterRefusal
  | 'invalid_value'
  | 'invalid_path'
  | 'invalid_cursor'
  | 'invalid_count';

/** Reads a query string, or the message of `/.search`: their members have the same names. */
export function parseAsked(said: Readonly<Record<string, unknown>>): Result<Asked, PageRefusal> {
  const projection = parseProjection(said);
  if (!projection.ok) return projection;
  if (said.filter !== undefined && typeof said.filter !== 'string')
    return refuse('invalid_filter', 'SCIM-1G0');
  const filter = said.filter === undefined ? ok(undefined) : parseFilter(said.filter);
  if (!filter.ok) return filter;
  const count = numberOf(said.count, DEFAULT_RESULTS);
  if (count === undefined) return refuse('invalid_count', 'SCIM-1G1');
  const by = said.sortBy === undefined ? 'id' : sortField(String(said.sortBy));
  if (by === undefined) return refuse('invalid_path', 'SCIM-1G2', { field: 'sortBy' });
  const sort = { by, descending: String(said.sortOrder).toLowerCase() === 'descending' };
  const from = fromOf(said, sort);
  if (!from.ok) return from;
  return ok({
    filter: filter.value,
    sort,
    count: Math.min(Math.max(count, 0), MOST_RESULTS),
    from: from.value,
    projection: projection.value,
  });
}

function fromOf(
  said: Readonly<Record<string, unknown>>,
  sort: Asked['sort'],
): Result<Asked['from'], PageRefusal> {
  if (said.cursor === undefined) {
    const startIndex = numberOf(said.startIndex, 1);
    return startIndex === undefined
      ? refuse('invalid_value', 'SCIM-1G3', { field: 'startIndex' })
      : ok({ startIndex: Math.max(startIndex, 1) });
  }
  // A cursor remembers an id, so its pages are in order of ids.
  if (sort.by !== 'id' || sort.descending)
    return refuse('invalid_value', 'SCIM-1G4', { field: 'sortBy' });
  if (said.startIndex !== undefined)
    return refuse('invalid_value', 'SCIM-1G5', { field: 'startIndex' });
  if (said.cursor === '') return ok({ after: '', total: undefined });
  const [, total, after = ''] =
    /^(\d{1,9})\.(acc_[\w-]{22})$/.exec(
      Buffer.from(String(said.cursor), 'base64url').toString('latin1'),
    ) ?? [];
  return total === undefined
    ? refuse('invalid_cursor', 'SCIM-1G6')
    : ok({ after, total: Number(total) });
}

/** Where the next page begins. Its holder sees only accounts of its own platform anyway. */
export function cursorOf(after: string, total: number): string {
  return Buffer.from(`${total}.${after}`).toString('base64url');
}

/** `attributes` and `excludedAttributes`: a list, or names with commas between them. */
export function parseProjection(
  said: Readonly<Record<string, unknown>>,
): Result<Projection, 'invalid_value'> {
  const only = namesOf(said.attributes);
  const without = namesOf(said.excludedAttributes);
  // RFC 7644 §3.9: one or the other.
  if (!only || !without || (only.length > 0 && without.length > 0))
    return refuse('invalid_value', 'SCIM-1G7', { field: 'attributes' });
  return ok({ only, without });
}

function namesOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  const names = typeof value === 'string' ? value.split(',') : value;
  return isTexts(names)
    ? names.map((name) => name.trim()).filter((name) => name !== '')
    : undefined;
}

function numberOf(value: unknown, otherwise: number): number | undefined {
  if (value === undefined) return otherwise;
  return /^-?\d{1,9}$/.test(String(value)) ? Number(value) : undefined;
}
