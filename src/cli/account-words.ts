import type { FieldRefusal } from '../accounts/account-fields.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { ProfileRefusal } from '../provisioning/change-profile.ts';
import type { CreateRefusal } from '../provisioning/create-account.ts';
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

/** A refusal of one account as the error that a command prints. */
export function refusedError(what: string, { code, site, detail }: Refusal<Code>): Error {
  const field = code === 'invalid_field' ? `: ${String(detail?.field)}` : '';
  return new Error(`${what}${field} ${WORDS[code]} (${site}).`);
}
