import { z } from 'zod';

/** Lists are read in pages: `next` of one is `after` of the following. */
export const pageQuery = z.object({
  after: z.string().max(128).default(''),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** One row more than asked was read, to know whether there is a next page. */
export function paged<Row, Shown>(
  rows: readonly Row[],
  limit: number,
  { show, cursor }: { readonly show: (row: Row) => Shown; readonly cursor: (row: Row) => string },
): { readonly items: readonly Shown[]; readonly next: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items: items.map(show), next: last === undefined ? null : cursor(last) };
}
