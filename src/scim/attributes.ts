/** The schemas of an account (RFC 7643 §4.1, and ours). */
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ACCOUNT_SCHEMA = 'urn:bindery:scim:schemas:extension:account:2.0:User';

/** What an attribute is here; it has the name that the schema gives it. */
export interface Attribute {
  readonly name: string;
  readonly schema: typeof USER_SCHEMA | typeof ACCOUNT_SCHEMA;
  /** `fixed`: only the server says it. `once`: stays as soon as it is there. `needed`: always there. */
  readonly change: 'fixed' | 'once' | 'needed' | 'free';
}

// biome-ignore format: a table is read by its columns
const KEPT = [
  ['schemas',        USER_SCHEMA,    'fixed'],
  ['id',             USER_SCHEMA,    'fixed'],
  ['meta',           USER_SCHEMA,    'fixed'],
  ['externalId',     USER_SCHEMA,    'once'],
  ['userName',       USER_SCHEMA,    'needed'],
  ['displayName',    USER_SCHEMA,    'needed'],
  ['photos',         USER_SCHEMA,    'free'],
  ['active',         USER_SCHEMA,    'needed'],
  ['kind',           ACCOUNT_SCHEMA, 'needed'],
  ['status',         ACCOUNT_SCHEMA, 'needed'],
  ['platform',       ACCOUNT_SCHEMA, 'fixed'],
  ['ownerReference', ACCOUNT_SCHEMA, 'free'],
] as const;

/** Attributes of RFC 7643 §4.1 that are accepted and not kept: a platform may send them (§3). */
const IGNORED: ReadonlySet<string> = new Set(
  [
    'name',
    'nickName',
    'profileUrl',
    'title',
    'userType',
    'preferredLanguage',
    'locale',
    'timezone',
    'password',
    'emails',
    'phoneNumbers',
    'ims',
    'addresses',
    'groups',
    'entitlements',
    'roles',
    'x509Certificates',
  ].map((name) => name.toLowerCase()),
);

const keyOf = (schema: string, name: string): string => `${schema}:${name}`.toLowerCase();

const ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map(
  KEPT.map(([name, schema, change]) => [keyOf(schema, name), { name, schema, change }]),
);

/** An attribute as it is named: `userName`, or with its schema before it. */
export interface NamedAttribute {
  readonly attribute: Attribute;
  /** What stands behind the name: `.value`, or `[type eq "photo"].value`. */
  readonly rest: string;
}

/**
 * Finds the attribute of a path (RFC 7644 §3.10): names are compared without case. `ignored`: SCIM
 * knows it, and it is not kept here.
 */
export function findAttribute(path: string): NamedAttribute | 'ignored' | undefined {
  const [, schema, name = '', rest = ''] =
    /^(?:(urn:[\w:.-]+):)?([a-z$][\w$-]*)((?:\[.*\])?(?:\.[a-z$][\w$-]*)?)$/is.exec(path) ?? [];
  const attribute = ATTRIBUTES.get(keyOf(schema ?? USER_SCHEMA, name));
  if (attribute) return { attribute, rest };
  const isCore = schema === undefined || schema.toLowerCase() === USER_SCHEMA.toLowerCase();
  // Extensions of others: the enterprise extension of RFC 7643 §4.3.
  const isForeign = /^urn:ietf:params:scim:schemas:extension:/i.test(schema ?? '');
  return (isCore && IGNORED.has(name.toLowerCase())) || isForeign ? 'ignored' : undefined;
}

export function isSchema(text: string, schema: string): boolean {
  return text.toLowerCase() === schema.toLowerCase();
}
