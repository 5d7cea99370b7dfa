import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { type Identity, parseIdentity } from '../../owners/blind-index.ts';
import type { NumberRefusal } from '../../owners/document-number.ts';
import { type FieldName, parseBankAccount, parseName } from '../../owners/fields.ts';
import type { Place } from '../../owners/sealed.ts';
import type { Track } from '../consents/track.ts';

/** As typed. */
export interface Typed {
  readonly name: unknown;
  readonly number: unknown;
  readonly legalRepresentative?: unknown;
  readonly bankAccount?: unknown;
}

export type TypedRefusal =
  | NumberRefusal
  | 'malformed_name'
  | 'malformed_representative'
  | 'malformed_bank_account';

/** What an account says about its owner, in one spelling. */
export interface Claim {
  readonly identity: Identity;
  readonly fields: readonly { readonly name: FieldName; readonly value: string }[];
}

/** What else each track is asked for: the account for a deposit, and who comes to sign. */
// biome-ignore format: a table is read by its columns
const ASKED = {
  personal:         { owner: 'person',       representative: 'never',    bankAccount: 'never' },
  enterprise:       { owner: 'organisation', representative: 'optional', bankAccount: 'needed' },
  special_industry: { owner: 'organisation', representative: 'needed',   bankAccount: 'never' },
  practitioner:     { owner: 'person',       representative: 'never',    bankAccount: 'never' },
} as const satisfies Record<Track, { owner: Identity['kind']; representative: Asked; bankAccount: Asked }>;

type Asked = 'never' | 'optional' | 'needed';

/** Reads what an account on this track typed. A refusal never repeats it. */
export function readClaim(track: Track, typed: Typed): Result<Claim, TypedRefusal> {
  const asked = ASKED[track];
  const name = parseName(typed.name);
  if (name === undefined) return refuse('malformed_name', 'EVI-AC0');
  const identity = parseIdentity(asked.owner, typed.number);
  if (!identity.ok) return identity;
  const fields: { name: FieldName; value: string }[] = [
    { name: 'number', value: identity.value.number },
    { name: 'name', value: name },
  ];
  if (isGiven(asked.representative, typed.legalRepresentative)) {
    const value = parseName(typed.legalRepresentative);
    if (value === undefined) return refuse('malformed_representative', 'EVI-AC1');
    fields.push({ name: 'legal_representative', value });
  }
  if (isGiven(asked.bankAccount, typed.bankAccount)) {
    const value = parseBankAccount(typed.bankAccount);
    if (value === undefined) return refuse('malformed_bank_account', 'EVI-AC2');
    fields.push({ name: 'bank_account', value });
  }
  return ok({ identity: identity.value, fields });
}

export function placeOfClaim(account: string, field: FieldName): Place {
  return { table: 'account_claim_fields', row: account, column: field };
}

/** A form sends an empty field for a value that was left out. */
function isGiven(asked: Asked, typed: unknown): boolean {
  return asked === 'needed' || (asked === 'optional' && typed !== undefined && typed !== '');
}
