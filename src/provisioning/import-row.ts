import type { AccountStatus, Kind } from '../accounts/account.ts';
import {
  parseAvatarUrl,
  parseDisplayName,
  parseExternalId,
  parseKind,
  parseLogin,
  parseStatus,
} from '../accounts/account-fields.ts';
import { parsePasswordHash } from '../accounts/password-hash.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';

/** A row of a file of accounts, read. What it leaves out of an account that exists stays. */
export interface ImportRow {
  readonly externalId: string;
  readonly login: string;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | null | undefined;
  readonly kind: Kind | undefined;
  readonly status: AccountStatus | undefined;
  /** Counts where the account has no password yet: ours is newer than the platform's copy. */
  readonly passwordHash: string | undefined;
  readonly ownerReference: string | undefined;
}

/** In the order in which an export writes them. */
export const IMPORT_FIELDS = [
  'externalId',
  'login',
  'displayName',
  'avatarUrl',
  'kind',
  'status',
  'passwordHash',
  'ownerReference',
] as const satisfies readonly (keyof ImportRow)[];

/** Why a line of a file is no row. */
export type ReadRefusal = 'unreadable_row' | 'row_too_long';

/** Why a row is refused, before or after it was read. `detail.field` names the field. */
export type RowRefusal =
  | ReadRefusal
  | 'unknown_field'
  | 'missing_field'
  | 'invalid_field'
  | 'unknown_hash'
  | 'hash_too_costly'
  | 'login_taken'
  | 'kind_in_use'
  | 'owner_not_believed'
  | 'owner_differs'
  | 'owner_kind_differs';

const LONGEST_REFERENCE = 255;

/** Reads a row. Null and the empty string mean that the field is left out, as in CSV. */
export function parseImportRow(value: unknown): Result<ImportRow, RowRefusal> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('unreadable_row', 'PRO-6I0');
  const row = value as Readonly<Record<string, unknown>>;
  const strange = Object.keys(row).find((name) => !IMPORT_FIELDS.some((each) => each === name));
  // Its name is what was sent, so it is not repeated.
  if (strange !== undefined) return refuse('unknown_field', 'PRO-6I1');
  if (isEmpty(row.externalId)) return missing('externalId');
  if (isEmpty(row.login)) return missing('login');
  const read = {
    externalId: parseExternalId(row.externalId),
    login: parseLogin(row.login),
    displayName: parsed(row.displayName, parseDisplayName),
    avatarUrl: parsed(row.avatarUrl, parseAvatarUrl),
    kind: parsed(row.kind, parseKind),
    status: parsed(row.status, parseStatus),
    passwordHash: parsed(row.passwordHash, parseHash),
    ownerReference: parsed(row.ownerReference, parseReference),
  };
  for (const each of Object.values(read)) if (!each.ok) return each as Refused;
  return ok(
    Object.fromEntries(
      Object.entries(read).map(([name, each]) => [name, each.ok ? each.value : undefined]),
    ) as unknown as ImportRow,
  );
}

type Refused = { readonly ok: false; readonly refusal: Refusal<RowRefusal> };

function parsed<T>(
  value: unknown,
  parse: (value: unknown) => Result<T, RowRefusal>,
): Result<T | undefined, RowRefusal> {
  return isEmpty(value) ? ok(undefined) : parse(value);
}

function parseHash(value: unknown): Result<string, RowRefusal> {
  const read = parsePasswordHash(value);
  if (read.ok) return ok(value as string);
  const { code, site } = read.refusal;
  return { ok: false, refusal: { code, site, detail: { field: 'passwordHash' } } };
}

function parseReference(value: unknown): Result<string, RowRefusal> {
  return typeof value === 'string' && value.length <= LONGEST_REFERENCE && value.isWellFormed()
    ? ok(value)
    : refuse('invalid_field', 'PRO-6I2', { field: 'ownerReference' });
}

function missing(field: keyof ImportRow): Result<never, RowRefusal> {
  return refuse('missing_field', 'PRO-6I3', { field });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
