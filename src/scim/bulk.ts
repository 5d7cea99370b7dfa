import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { isObject, isTexts } from './user.ts';

const BULK_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const BULK_ANSWER_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
export const MOST_BULK_OPERATIONS = 1_000;

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** One operation of a bulk message (RFC 7644 §3.7). */
export interface BulkOperation {
  readonly method: Method;
  readonly bulkId: string | undefined;
  /** Undefined: it makes one. May be `bulkId:…`. */
  readonly id: string | undefined;
  readonly data: unknown;
  readonly version: string | undefined;
}

export interface Bulk {
  /** Each one after those that it refers to; else as they were sent. */
  readonly operations: readonly BulkOperation[];
  /** After so many errors nothing more is done. */
  readonly failOnErrors: number;
}

export type BulkRefusal =
  | 'invalid_syntax'
  | 'too_many_operations'
  | 'circular_reference'
  | 'unknown_reference';

const REFERENCE = /^bulkId:(.+)$/;

/** Reads a bulk message; refuses the whole of it where operations refer to each other in a circle. */
export function parseBulk(body: unknown): Result<Bulk, BulkRefusal> {
  if (!isObject(body) || !isTexts(body.schemas) || !body.schemas.includes(BULK_SCHEMA))
    return refuse('invalid_syntax', 'SCIM-1B0', { field: 'schemas' });
  const { Operations: said, failOnErrors = Number.POSITIVE_INFINITY } = body;
  if (!Array.isArray(said)) return refuse('invalid_syntax', 'SCIM-1B1', { field: 'Operations' });
  if (said.length > MOST_BULK_OPERATIONS) return refuse('too_many_operations', 'SCIM-1B2');
  if (typeof failOnErrors !== 'number' || failOnErrors < 1)
    return refuse('invalid_syntax', 'SCIM-1B3', { field: 'failOnErrors' });
  const operations = said.map(parseOperation);
  const known = operations.filter((each) => each !== undefined);
  if (known.length < operations.length)
    return refuse('invalid_syntax', 'SCIM-1B4', { field: 'Operations' });
  const ids = known.flatMap(({ bulkId }) => bulkId ?? []);
  if (new Set(ids).size < ids.length)
    return refuse('invalid_syntax', 'SCIM-1B5', { field: 'bulkId' });
  const sorted = inOrder(known);
  return sorted.ok ? ok({ operations: sorted.value, failOnErrors }) : sorted;
}

function parseOperation(said: unknown): BulkOperation | undefined {
  if (!isObject(said) || typeof said.path !== 'string') return undefined;
  const method = METHODS.find((each) => each === String(said.method).toUpperCase());
  const [path, id] = /^\/Users(?:\/([^/]+))?$/.exec(said.path) ?? [];
  if (method === undefined || path === undefined) return undefined;
  const { bulkId, version, data } = said;
  if (bulkId !== undefined && typeof bulkId !== 'string') return undefined;
  if (version !== undefined && typeof version !== 'string') return undefined;
  // A name for what is made is needed, and only there is no id (RFC 7644 §3.7).
  if (method === 'POST' ? id !== undefined || !bulkId : id === undefined) return undefined;
  return { method, bulkId, id, data, version };
}

/** Depth first, without calling itself: a chain may be as long as the message. */
function inOrder(
  operations: readonly BulkOperation[],
): Result<readonly BulkOperation[], BulkRefusal> {
  const named = new Map(operations.map((each) => [each.bulkId, each]));
  const sorted = new Set<BulkOperation>();
  for (const first of operations) {
    const path = [first];
    for (let at = path.at(-1); at; at = path.at(-1)) {
      const before = referencesOf(at).map((name) => named.get(name));
      if (before.includes(undefined)) return refuse('unknown_reference', 'SCIM-1B6');
      const next = before.find((each) => each && !sorted.has(each));
      if (next && path.includes(next)) return refuse('circular_reference', 'SCIM-1B7');
      if (next) path.push(next);
      else sorted.add(path.pop() as BulkOperation);
    }
  }
  return ok([...sorted]);
}

const references = new WeakMap<BulkOperation, readonly string[]>();

function referencesOf(operation: BulkOperation): readonly string[] {
  const known = references.get(operation);
  if (known) return known;
  const found: string[] = [];
  withReferences([operation.id, operation.data], (name) => {
    found.push(name);
    return '';
  });
  references.set(operation, found);
  return found;
}

/** The same value with each `bulkId:…` replaced. The depth of a body is bounded where it is read. */
export function withReferences(value: unknown, idOf: (bulkId: string) => string): unknown {
  if (typeof value === 'string') {
    const name = REFERENCE.exec(value)?.[1];
    return name === undefined ? value : idOf(name);
  }
  if (Array.isArray(value)) return value.map((each) => withReferences(each, idOf));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withReferences(each, idOf)]),
  );
}
