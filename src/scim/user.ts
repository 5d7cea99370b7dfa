import type { AccountStatus, Kind } from '../accounts/account.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { ACCOUNT_SCHEMA, isSchema, USER_SCHEMA } from './attributes.ts';

/** The states that a platform gives an account; it closes one by deleting it. */
export type LiveStatus = Exclude<AccountStatus, 'closed'>;

/** An account as its platform sees it. */
export interface User {
  readonly id: AccountId;
  readonly platform: string;
  /** Null: the platform gave none. */
  readonly externalId: string | null;
  readonly userName: string;
  readonly displayName: string;
  readonly photo: string | null;
  readonly kind: Kind;
  readonly status: LiveStatus;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a platform says of an account. Undefined: it does not say. */
export interface SaidUser {
  readonly externalId?: string | undefined;
  readonly userName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly photo?: string | undefined;
  readonly active?: boolean | undefined;
  readonly kind?: Kind | undefined;
  readonly status?: LiveStatus | undefined;
  readonly ownerReference?: string | undefined;
}

export type Resource = Readonly<Record<string, unknown>>;

export const KINDS = ['personal', 'enterprise', 'special_industry'] as const;
export const STATUSES = ['normal', 'restricted', 'frozen'] as const;

/** RFC 7644 §3.14: changes with each change of the account. */
export function versionOf({ version }: Pick<User, 'version'>): string {
  return `W/"${version}"`;
}

/** The resource of RFC 7643 §3, with all that is returned by default. */
export function resourceOf(user: User, base: string): Resource {
  return {
    schemas: [USER_SCHEMA, ACCOUNT_SCHEMA],
    id: user.id,
    ...(user.externalId === null ? {} : { externalId: user.externalId }),
    userName: user.userName,
    displayName: user.displayName,
    ...(user.photo === null ? {} : { photos: [{ value: user.photo, type: 'photo' }] }),
    active: user.status !== 'frozen',
    [ACCOUNT_SCHEMA]: { kind: user.kind, status: user.status, platform: user.platform },
    meta: {
      resourceType: 'User',
      created: user.createdAt.toISOString(),
      lastModified: user.updatedAt.toISOString(),
      location: `${base}/Users/${user.id}`,
      version: versionOf(user),
    },
  };
}

/** Reads what a platform says. What SCIM knows and we do not keep is ignored (RFC 7643 §3). */
export function parseUser(body: unknown): Result<SaidUser, 'invalid_syntax' | 'invalid_value'> {
  if (!isObject(body)) return refuse('invalid_syntax', 'SCIM-1U0');
  const said = withoutCase(body);
  const { schemas } = said;
  if (!isTexts(schemas) || !schemas.some((each) => isSchema(each, USER_SCHEMA)))
    return refuse('invalid_syntax', 'SCIM-1U1', { field: 'schemas' });
  const extension = said[ACCOUNT_SCHEMA.toLowerCase()] ?? {};
  if (!isObject(extension)) return refuse('invalid_value', 'SCIM-1U2');
  const more = withoutCase(extension);
  const values = {
    externalId: text(said.externalid),
    userName: text(said.username),
    displayName: text(said.displayname),
    photo: photoOf(said.photos),
    active: flag(said.active),
    kind: oneOf(KINDS, more.kind),
    status: oneOf(STATUSES, more.status),
    ownerReference: text(more.ownerreference),
  };
  for (const [field, value] of Object.entries(values))
    if (value === WRONG)
      return refuse('invalid_value', 'SCIM-1U3', { field: field === 'photo' ? 'photos' : field });
  return ok(values as SaidUser);
}

/**
 * `active` and `status` say one thing twice. What differs from now is what was meant; of two that
 * contradict each other, the stricter.
 */
export function statusOf(
  { active, status }: Pick<SaidUser, 'active' | 'status'>,
  now: LiveStatus,
): LiveStatus {
  const wasActive = now !== 'frozen';
  if (active === undefined || active === wasActive) return status ?? now;
  if (status === undefined || status === now) return active ? 'normal' : 'frozen';
  return active ? status : 'frozen';
}

const WRONG = Symbol('a value that does not fit');

function text(value: unknown): string | undefined | typeof WRONG {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : WRONG;
}

/** Some clients send a boolean as text. */
function flag(value: unknown): boolean | undefined | typeof WRONG {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value))
    return value.toLowerCase() === 'true';
  return WRONG;
}

function oneOf<Word extends string>(
  words: readonly Word[],
  value: unknown,
): Word | undefined | typeof WRONG {
  if (value === undefined || value === null) return undefined;
  return words.find((word) => word === value) ?? WRONG;
}

/** One picture is kept: the primary one, or else the newest, which a PATCH puts last. */
function photoOf(value: unknown): string | undefined | typeof WRONG {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return WRONG;
  const photos = value.map((each) => (isObject(each) ? withoutCase(each) : undefined));
  if (photos.some((photo) => typeof photo?.value !== 'string')) return WRONG;
  const chosen =
    photos.findLast((photo) => photo?.primary === true) ??
    photos.findLast((photo) => photo?.type !== 'thumbnail') ??
    photos.at(-1);
  return chosen?.value as string | undefined;
}

/** Names of attributes are compared without case (RFC 7643 §2.1). */
function withoutCase(object: Resource): Resource {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

export function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
