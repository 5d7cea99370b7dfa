import type { OwnerId } from '../kernel/ids.ts';
import type { Place } from './sealed.ts';

/** What may be kept of an owner, each sealed by itself. */
export const FIELDS = ['number', 'name', 'legal_representative', 'bank_account', 'phone'] as const;

export type FieldName = (typeof FIELDS)[number];

export function placeOfField(owner: OwnerId, field: FieldName): Place {
  return { table: 'owner_fields', row: owner, column: field };
}
