import { ACCOUNT_SCHEMA, findAttribute } from './attributes.ts';
import { isObject, type Resource } from './user.ts';

/** What a caller wants to see (RFC 7644 §3.9): only these attributes, or all but these. */
export interface Projection {
  readonly only: readonly string[];
  readonly without: readonly string[];
}

/** These are always returned (RFC 7643 §7, `returned`). */
const ALWAYS = ['schemas', 'id'];
/** Only where it is asked for: the client knows its own platform. */
const ASKED_FOR = `${ACCOUNT_SCHEMA}:platform`;

/** The resource with what was asked for. A sub-attribute stands for the whole attribute. */
export function project(resource: Resource, { only, without }: Projection): Resource {
  if (only.length > 0) {
    const wanted = new Set([...ALWAYS, ...only.flatMap(keysOf)]);
    return chosen(resource, (key) => wanted.has(key));
  }
  const unwanted = new Set(without.flatMap(keysOf));
  return chosen(
    resource,
    (key) => ALWAYS.includes(key) || (key !== ASKED_FOR && !unwanted.has(key)),
  );
}

/** An attribute by its name, one of the extension as `schema:name`. */
function chosen(resource: Resource, isChosen: (key: string) => boolean): Resource {
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(resource)) {
    if (name !== ACCOUNT_SCHEMA || !isObject(value)) {
      if (isChosen(name)) picked[name] = value;
      continue;
    }
    const more = Object.fromEntries(
      Object.entries(value).filter(([sub]) => isChosen(`${ACCOUNT_SCHEMA}:${sub}`)),
    );
    if (Object.keys(more).length > 0) picked[name] = more;
  }
  return picked;
}

function keysOf(path: string): readonly string[] {
  if (path.toLowerCase() === ACCOUNT_SCHEMA.toLowerCase())
    return ['kind', 'status', 'platform'].map((name) => `${ACCOUNT_SCHEMA}:${name}`);
  const found = findAttribute(path);
  if (found === undefined || found === 'ignored') return [];
  const { name, schema } = found.attribute;
  return [schema === ACCOUNT_SCHEMA ? `${schema}:${name}` : name];
}
