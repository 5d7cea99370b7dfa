import type { Kind } from '../../accounts/account.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { parseBankAccount, parseName } from '../../owners/fields.ts';
import type { Place } from '../../owners/sealed.ts';

/** What an owner may have corrected. Not the number, because another number is another owner. */
export const CORRECTABLE = ['name', 'legal_representative', 'bank_account'] as const;

export type CorrectableField = (typeof CORRECTABLE)[number];

export type CorrectionState = 'open' | 'accepted' | 'rejected' | 'withdrawn';

// biome-ignore format: a table is read by its columns
const CORRECTABLE_BY = {
  personal:         ['name'],
  enterprise:       ['name', 'legal_representative', 'bank_account'],
  special_industry: ['name', 'legal_representative'],
} as const satisfies Record<Kind, readonly CorrectableField[]>;

// biome-ignore format: a table is read by its columns
const READ = {
  name:                 parseName,
  legal_representative: parseName,
  bank_account:         parseBankAccount,
} as const satisfies Record<CorrectableField, (typed: unknown) => string | undefined>;

/** Reads the new value for an account of this kind. A refusal never repeats it. */
export function readCorrection(
  kind: Kind,
  field: CorrectableField,
  typed: unknown,
): Result<string, 'not_yours' | 'malformed_value'> {
  const mine: readonly CorrectableField[] = CORRECTABLE_BY[kind];
  if (!mine.includes(field)) return refuse('not_yours', 'EVI-CC0', { kind, field });
  const value = READ[field](typed);
  return value === undefined ? refuse('malformed_value', 'EVI-CC1', { field }) : ok(value);
}

export function placeOfCorrection(id: string): Place {
  return { table: 'corrections', row: id, column: 'value' };
}
