import { randomInt } from 'node:crypto';
import type { BindingId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Where a binding's status stands for one audience (docs/protocol.md#status-list). */
export interface StatusReference {
  readonly list: number;
  readonly idx: number;
}

/** Entries a list has room for, and how full it may get: a random place is then found at the first or second try. */
const SIZE = 131_072;
const FULL = SIZE / 2;
const TRIES = 64;

/**
 * The status index of a binding for an audience, assigned at random on first use, so that neighbours in a list tell
 * nothing. Run inside a transaction that holds the binding's row, so that two callers get the same one.
 */
export async function assignStatus(
  tx: Tx,
  binding: BindingId,
  audience: string,
  status: number,
): Promise<StatusReference> {
  const [known] = await tx.query<
    StatusReference | { readonly list: number; readonly idx: null }
  >(sql`
    (select list_id as list, idx from status_entries where binding_id = ${binding} and audience = ${audience})
    union all
    (select id, null from status_lists where taken < ${FULL} order by id desc limit 1)
    order by idx nulls last limit 1`);
  if (known && known.idx !== null) return known;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const list = (tries === 0 && known?.list) || (await openList(tx));
    const [taken] = await tx.query<StatusReference>(sql`
      with placed as (
        insert into status_entries (list_id, idx, binding_id, audience, status)
        values (${list}, ${randomInt(SIZE)}, ${binding}, ${audience}, ${status})
        on conflict (list_id, idx) do nothing
        returning list_id, idx
      ), counted as (
        update status_lists set taken = taken + 1, version = version + (case when ${status}::int = 0 then 0 else 1 end)
         where id in (select list_id from placed)
      )
      select list_id as list, idx from placed`);
    if (taken) return taken;
  }
  throw new Error('no free status index was found; the newest list is fuller than it may be');
}

async function openList(tx: Tx): Promise<number> {
  const [open] = await tx.query<{ id: number }>(
    sql`select id from status_lists where taken < ${FULL} order by id desc limit 1`,
  );
  if (open) return open.id;
  const [made] = await tx.query<{ id: number }>(
    sql`insert into status_lists (size) values (${SIZE}) returning id`,
  );
  if (!made) throw new Error('insert … returning gave no row');
  return made.id;
}

/** Sets the status of a binding for every audience, in the transaction that changes the binding. */
export async function setStatus(tx: Tx, binding: BindingId, status: number): Promise<void> {
  await tx.query(sql`
    with changed as (
      update status_entries set status = ${status} where binding_id = ${binding} and status <> ${status} returning list_id
    )
    update status_lists set version = version + 1 where id in (select list_id from changed)`);
}

export interface StatusList {
  readonly id: number;
  readonly size: number;
  readonly version: number;
}

export async function findStatusList(db: Db, id: number): Promise<StatusList | undefined> {
  const [row] = await db.query<StatusList>(
    sql`select id, size, version from status_lists where id = ${id}`,
  );
  return row;
}

export async function findStatusLists(db: Db): Promise<number[]> {
  return (await db.query<{ id: number }>(sql`select id from status_lists order by id`)).map(
    ({ id }) => id,
  );
}

/** The entries of a list that are not simply valid. */
export async function findSetEntries(
  db: Db,
  list: number,
): Promise<{ readonly idx: number; readonly status: number }[]> {
  return await db.query(
    sql`select idx, status from status_entries where list_id = ${list} and status <> 0`,
  );
}
