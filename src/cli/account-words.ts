import type { FieldRefusal } from '../accounts/account-fields.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { ProfileRefusal } from '../provisioning/change-profile.ts';
import type { CreateRefusal } from '../provisioning/create-account.ts';
import type { RowRefusal } from '../provisioning/import-row.ts';
import type { ResetRefusal } from '../provisioning/reset-password.ts';

type Code = FieldRefusal | CreateRefusal | ProfileRefusal | ResetRefusal;

// biome-ignore format: a table is read by its columns
const WORDS = {
  invalid_field:     'is not well formed: too long, empty, or with characters that nobody sees',
  unknown_account:   'is gone',
  login_taken:       'has a login that another account of the platform has',
  external_id_taken: 'has an external id that another account of the platform has',
  kind_in_use:       'keeps its kind: it has bindings or evidence of that kind',
  account_closed:    'is closed',
  password_length:   'needs a password of 8 to 256 characters',
} as const satisfies Record<Code, string>;

/** Why a row of a file of accounts was refused. */
// biome-ignore format: a table is read by its columns
export const ROW_WORDS = {
  unreadable_row:     'this is not a row: broken JSON or CSV, or bytes that are not UTF-8',
  row_too_long:       'the row is too long',
  unknown_field:      'the row has a field that is not known',
  missing_field:      'the field is missing',
  invalid_field:      'the field is not well formed: too long, or with characters that nobody sees',
  unknown_hash:       'the hash is of a form that is not known',
  hash_too_costly:    'the hash would take too long or too much memory to check',
  login_taken:        'another account of the platform has this login',
  kind_in_use:        'the account has bindings or evidence of its kind',
  owner_not_believed: 'owners are taken over with --believe-owners only',
  owner_differs:      'the account or the reference belongs to another owner',
  owner_kind_differs: 'an account of this kind has another kind of owner',
} as const satisfies Record<RowRefusal, string>;

/** A refusal of one account as the error that a command prints. */
export function refusedError(what: string, { code, site, detail }: Refusal<Code>): Error {
  const field = code === 'invalid_field' ? `: ${String(detail?.field)}` : '';
  return new Error(`${what}${field} ${WORDS[code]} (${site}).`);
}
