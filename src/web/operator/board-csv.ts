import { stringify } from 'csv-stringify/sync';

/**
 * A table as spreadsheets open it: the byte order mark tells Excel that it is UTF-8, and what would be taken for a formula
 * is marked as text (CWE-1236); names in it are operators' own.
 */
export function toCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return stringify([[...columns], ...rows.map((row) => [...row])], {
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}
