import type { Database } from '../../src/store/database.ts';

/** One step of a plan, as `explain (format json)` tells it; the members that are read here. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly Filter?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A step that reads more rows than it returns. */
export interface Fault {
  /** The table, of a partition the whole of it. */
  readonly table: string;
  readonly what:
    | 'reads the whole table'
    | 'reads a whole index'
    | 'filters by time'
    | 'throws rows away';
  readonly detail: string;
}

/** Tables and indexes by their names, as they are filled. */
export interface Relations {
  readonly [name: string]:
    | { readonly table: string; readonly rows: number; readonly partial: boolean }
    | undefined;
}

/** The number of rows that a step may read without using them. */
const IN_VAIN = 100;
/** A partition with fewer rows is one of a future month, and fast to read. */
const FEW = 10;
const INDEX_READERS = ['Index Scan', 'Index Only Scan', 'Bitmap Index Scan'];

export async function readRelations(db: Database): Promise<Relations> {
  const { rows } = await db.pool.query<{
    name: string;
    table: string;
    rows: number;
    partial: boolean;
  }>(`
    select c.relname as name, coalesce(p.relname, t.relname) as table,
           greatest(t.reltuples, 0)::int as rows,
           coalesce(x.indpred is not null, false) as partial
      from pg_class c left join pg_index x on x.indexrelid = c.oid
      join pg_class t on t.oid = coalesce(x.indrelid, c.oid)
      left join pg_inherits i on i.inhrelid = t.oid left join pg_class p on p.oid = i.inhparent
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'i', 'I')`);
  return Object.fromEntries(rows.map(({ name, ...relation }) => [name, relation]));
}

/** The faults of a plan and of all its parts, each once. */
export function faultsOf(root: PlanNode, relations: Relations): readonly Fault[] {
  const all: Fault[] = [];
  const visit = (node: PlanNode, above: PlanNode | undefined): void => {
    all.push(...faultsOfNode(node, relations, above));
    for (const part of node.Plans ?? []) visit(part, node);
  };
  visit(root, undefined);
  return [...new Map(all.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function faultsOfNode(
  node: PlanNode,
  relations: Relations,
  above: PlanNode | undefined,
): readonly Fault[] {
  const relation = relations[node['Relation Name'] ?? node['Index Name'] ?? ''];
  if (!relation || relation.rows < FEW) return [];
  const { 'Node Type': type, 'Index Cond': condition, Filter: filter = '' } = node;
  const fault = (what: Fault['what'], detail: string): Fault => ({
    table: relation.table,
    what,
    detail,
  });
  const faults: Fault[] = [];
  if (type === 'Seq Scan') faults.push(fault('reads the whole table', filter));
  // A bitmap index scan leaves the filter to the step above it.
  const thinnedBy = type === 'Bitmap Index Scan' ? (above?.Filter ?? '') : filter;
  const partial = relations[node['Index Name'] ?? '']?.partial ?? false;
  // A partial index holds only what was asked for, unless a filter removes rows.
  if (INDEX_READERS.includes(type) && condition === undefined && !(partial && thinnedBy === ''))
    faults.push(fault('reads a whole index', thinnedBy));
  // A row found by its key may have any filter. Many rows may not be filtered by time.
  const byTime = /bindery_(now|clock)\(\)|\bnow\(\)|clock_timestamp\(\)/.test(filter);
  if (byTime && !/ = /.test(condition ?? node['Recheck Cond'] ?? ''))
    faults.push(fault('filters by time', filter));
  const inVain = (node['Rows Removed by Filter'] ?? 0) * (node['Actual Loops'] ?? 1);
  if (inVain > IN_VAIN) faults.push(fault('throws rows away', `${inVain} by ${filter}`));
  return faults;
}
