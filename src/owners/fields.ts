import type { OwnerId } from '../kernel/ids.ts';
import type { Place } from './sealed.ts';

const LONGEST_NAME = 120;

/** What may be kept of an owner, each sealed by itself. */
export const FIELDS = ['number', 'name', 'legal_representative', 'bank_account', 'phone'] as const;

export type FieldName = (typeof FIELDS)[number];

export function placeOfField(owner: OwnerId, field: FieldName): Place {
  return { table: 'owner_fields', row: owner, column: field };
}

/** The name of a person or an organisation as it is kept; undefined for what cannot be one. */
export function parseName(typed: unknown): string | undefined {
  const name = typeof typed === 'string' ? typed.normalize('NFC').trim() : '';
  return name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name) ? undefined : name;
}

/** A bank account's number as people write it, grouped or not, in its one spelling; undefined for what cannot be one. */
export function parseBankAccount(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined;
  const plain = typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '');
  return /^\d{8,30}$/.test(plain) ? plain : undefined; // no check digit: those of companies have none that all banks share
}
