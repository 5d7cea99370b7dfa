import type { OwnerId } from '../kernel/ids.ts';
import type { Place } from './sealed.ts';

const LONGEST_NAME = 120;

/** What may be stored about an owner. Each field is sealed separately. */
export const FIELDS = ['number', 'name', 'legal_representative', 'bank_account', 'phone'] as const;

export type FieldName = (typeof FIELDS)[number];

export function placeOfField(owner: OwnerId, field: FieldName): Place {
  return { table: 'owner_fields', row: owner, column: field };
}

/** The name of a person or organisation as stored; undefined if it cannot be a name. */
export function parseName(typed: unknown): string | undefined {
  const name = typeof typed === 'string' ? typed.normalize('NFC').trim() : '';
  return name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name) ? undefined : name;
}

/** A bank account number in one spelling, with or without groups; undefined if it cannot be one. */
export function parseBankAccount(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined;
  const plain = typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '');
  // banks share no check digit for company accounts
  return /^\d{8,30}$/.test(plain) ? plain : undefined;
}
