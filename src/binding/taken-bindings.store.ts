import type { BindingId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Party } from './binding.ts';

/** Its owners confirmed it; under its lock. */
export async function saveConfirmed(tx: Tx, id: BindingId): Promise<void> {
  await tx.query(sql`update bindings set confirm_by = null where id = ${id}`);
}

/** Bindings from elsewhere that nobody confirmed in time, and that are not held for it yet. */
export async function findUnconfirmed(db: Db, most: number): Promise<BindingId[]> {
  const rows = await db.query<{ id: BindingId }>(sql`
    select id from bindings
     where confirm_by <= bindery_now() and state in ('active', 'suspended') and not 'confirmation' = any(suspended_by)
     order by confirm_by limit ${most}`);
  return rows.map(({ id }) => id);
}

export async function secondsToNextUnconfirmed(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from confirm_by - bindery_now())::float8 as seconds from bindings
     where confirm_by > bindery_now() and state in ('active', 'suspended') and not 'confirmation' = any(suspended_by)
     order by confirm_by limit 1`);
  return row?.seconds;
}

/** A live binding with what its platforms call its accounts. */
export interface ExportedBinding {
  readonly id: BindingId;
  readonly primary: { readonly platform: string; readonly externalId: string };
  readonly sub: { readonly platform: string; readonly externalId: string };
  readonly pack: string;
  readonly since: Date;
  readonly origin: string | null;
  readonly grade: number | null;
  readonly suspendedBy: readonly Party[];
}

/** A page of the live bindings whose primary is of a platform, in the order of their ids. */
export async function findExportedBindings(
  db: Db,
  { platform, after, most }: { platform: string; after: string; most: number },
): Promise<ExportedBinding[]> {
  return await db.query<ExportedBinding>(sql`
    select b.id, json_build_object('platform', p.platform, 'externalId', coalesce(p.external_id, p.id)) as primary,
           json_build_object('platform', s.platform, 'externalId', coalesce(s.external_id, s.id)) as sub,
           b.pack, b.since, b.origin, cardinality(b.reached) as grade, b.suspended_by as "suspendedBy"
      from bindings b join account_cards p on p.id = b.primary_id join account_cards s on s.id = b.sub_id
     where b.platform = ${platform} and b.id > ${after} and b.state in ('active', 'suspended')
     order by b.id limit ${most}`);
}

/** Live bindings of a platform that came from this origin, in the order of their ids. */
export async function findTaken(
  db: Db,
  { platform, origin, after }: { platform: string; origin: string; after: string },
  most: number,
): Promise<BindingId[]> {
  const rows = await db.query<{ id: BindingId }>(sql`
    select id from bindings
     where platform = ${platform} and origin = ${origin} and id > ${after} and origin is not null and state in ('active', 'suspended')
     order by id limit ${most}`);
  return rows.map(({ id }) => id);
}
