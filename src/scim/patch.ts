import {
  PATCH_OPERATION_SCHEMA,
  ScimError,
  type ScimPatchOperation,
  type ScimResource,
  scimPatch,
} from 'scim-patch';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import {
  ACCOUNT_SCHEMA,
  type Attribute,
  findAttribute,
  isSchema,
  USER_SCHEMA,
} from './attributes.ts';
import { type FilterRefusal, withoutTexts } from './filter.ts';
import { isObject, isTexts, type Resource } from './user.ts';

export type PatchRefusal =
  | FilterRefusal
  | 'invalid_syntax'
  | 'invalid_path'
  | 'invalid_value'
  | 'no_target'
  | 'unchangeable';

const MOST_OPERATIONS = 100;
const LONGEST_PATH = 300;

type Op = 'add' | 'replace' | 'remove';

/** One change of one attribute that is kept. */
interface Change {
  readonly op: Op;
  readonly attribute: Attribute;
  readonly rest: string;
  readonly value: unknown;
}

/**
 * Applies a PATCH (RFC 7644 §3.5.2) to a resource, and returns the changed one. Only paths of
 * attributes that the table knows reach the library, which follows any path, `__proto__` too.
 */
export function applyPatch(resource: Resource, body: unknown): Result<Resource, PatchRefusal> {
  const changes = parsePatch(body);
  if (!changes.ok) return changes;
  for (const change of changes.value) {
    const allowed = checkChange(change, resource);
    if (!allowed.ok) return allowed;
  }
  const operations = changes.value.map(operationOf);
  try {
    return ok(scimPatch(structuredClone(resource) as unknown as ScimResource, operations) as never);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return error.scimCode === 'noTarget'
      ? refuse('no_target', 'SCIM-1P0')
      : refuse('invalid_value', 'SCIM-1P1');
  }
}

function parsePatch(body: unknown): Result<readonly Change[], PatchRefusal> {
  if (!isObject(body)) return refuse('invalid_syntax', 'SCIM-1P2');
  const { schemas, Operations: operations } = body;
  if (!isTexts(schemas) || !schemas.some((each) => isSchema(each, PATCH_OPERATION_SCHEMA)))
    return refuse('invalid_syntax', 'SCIM-1P3', { field: 'schemas' });
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > MOST_OPERATIONS)
    return refuse('invalid_syntax', 'SCIM-1P4', { field: 'Operations' });
  const changes: Change[] = [];
  for (const operation of operations) {
    const parsed = parseOperation(operation);
    if (!parsed.ok) return parsed;
    changes.push(...parsed.value);
  }
  return ok(changes);
}

function parseOperation(operation: unknown): Result<readonly Change[], PatchRefusal> {
  if (!isObject(operation)) return refuse('invalid_syntax', 'SCIM-1P5');
  const { path, value } = operation;
  const op = String(operation.op).toLowerCase();
  if (op !== 'add' && op !== 'replace' && op !== 'remove')
    return refuse('invalid_syntax', 'SCIM-1P6', { field: 'op' });
  if (op !== 'remove' && value === undefined)
    return refuse('invalid_value', 'SCIM-1P7', { field: 'value' });
  if (path === undefined) {
    if (op === 'remove') return refuse('no_target', 'SCIM-1P8');
    if (!isObject(value)) return refuse('invalid_value', 'SCIM-1P9', { field: 'value' });
    return changesOf(op, value);
  }
  if (typeof path !== 'string' || path.length > LONGEST_PATH)
    return refuse('invalid_path', 'SCIM-1PA');
  return changeAt(op, path, value);
}

/** Each member of the value is a change of its own. */
function changesOf(op: Op, value: Resource, schema = ''): Result<readonly Change[], PatchRefusal> {
  const changes: Change[] = [];
  for (const [name, each] of Object.entries(value)) {
    if (isSchema(name, 'schemas')) continue;
    const parsed = changeAt(op, `${schema}${name}`, each);
    if (!parsed.ok) return parsed;
    changes.push(...parsed.value);
  }
  return ok(changes);
}

function changeAt(op: Op, path: string, value: unknown): Result<readonly Change[], PatchRefusal> {
  const schema = [ACCOUNT_SCHEMA, USER_SCHEMA].find((each) => isSchema(path, each));
  if (schema !== undefined) {
    if (op === 'remove') return refuse('unchangeable', 'SCIM-1PB');
    return isObject(value)
      ? changesOf(op, value, `${schema}:`)
      : refuse('invalid_value', 'SCIM-1PC', { field: 'value' });
  }
  const found = findAttribute(path);
  if (found === undefined) return refuse('invalid_path', 'SCIM-1PD');
  if (found === 'ignored') return ok([]);
  const { attribute, rest } = found;
  const field = attribute.name;
  if (attribute.change === 'fixed') return refuse('unchangeable', 'SCIM-1PE', { field });
  if (rest !== '') {
    if (field !== 'photos') return refuse('invalid_path', 'SCIM-1PF', { field });
    const readable = withoutTexts(/\[(.*)\]/s.exec(rest)?.[1] ?? '');
    if (!readable.ok) return readable;
    const [sub] = /\.\w+$/.exec(rest) ?? [''];
    if (!['', '.value', '.type', '.primary'].includes(sub.toLowerCase()))
      return refuse('invalid_path', 'SCIM-1PG', { field });
  }
  return ok([{ op, attribute, rest, value }]);
}

function checkChange(
  { op, attribute, value }: Change,
  resource: Resource,
): Result<null, 'unchangeable'> {
  const { name: field, change } = attribute;
  const removes = op === 'remove' || value === null; // RFC 7643 §2.5
  if (removes && (change === 'needed' || (change === 'once' && field in resource)))
    return refuse('unchangeable', 'SCIM-1PH', { field });
  return ok(null);
}

/** `photos.value` without a filter means the one picture that is kept. */
function operationOf({ op, attribute, rest, value }: Change): ScimPatchOperation {
  const { name, schema } = attribute;
  const path = schema === USER_SCHEMA ? name : `${schema}:${name}`;
  if (op === 'remove') return { op, path: `${path}${rest}` };
  if (rest.startsWith('.')) return { op, path, value: [{ [rest.slice(1).toLowerCase()]: value }] };
  return { op, path: `${path}${rest}`, value };
}
