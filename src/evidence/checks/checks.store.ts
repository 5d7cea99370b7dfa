import type { Side } from '../../binding/request-states.ts';
import type { AccountId, BindingRequestId, CheckId, OwnerId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { EvidenceDeps } from '../deps.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'lifetimes'>;

/**
 * A fresh identity check: the face of one side now, against the person whom its account is verified
 * as.
 */
export interface Check {
  readonly id: CheckId;
  readonly requestId: BindingRequestId;
  readonly side: Side;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  readonly state: 'waiting' | 'passed' | 'failed' | 'moot';
}

/**
 * False if this side has a check that is not over. It is due at once; its job comes with the state
 * of its request.
 */
export async function insertCheck(tx: Tx, check: Omit<Check, 'state'>): Promise<boolean> {
  const rows = await tx.query(sql`
    insert into step_up_checks (id, request_id, side, account_id, owner_id, next_try_at)
    values (${check.id}, ${check.requestId}, ${check.side}, ${check.accountId}, ${check.ownerId}, bindery_now())
    on conflict do nothing returning 1`);
  return rows.length > 0;
}

export async function countFailed(tx: Tx, request: BindingRequestId, side: Side): Promise<number> {
  const [row] = await tx.query<{ failed: number }>(sql`
    select count(*)::int as failed from step_up_checks where request_id = ${request} and side = ${side} and state = 'failed'`);
  return row?.failed ?? 0;
}

export async function findCheck(db: Db, id: string): Promise<Check | undefined> {
  const [row] = await db.query<Check>(sql`
    select id, request_id as "requestId", side, account_id as "accountId", owner_id as "ownerId", state from step_up_checks where id = ${id}`);
  return row;
}

/** Under the lock of its request. False if the check is over already. */
export async function endCheck(
  tx: Tx,
  id: CheckId,
  state: Exclude<Check['state'], 'waiting'>,
): Promise<boolean> {
  const rows = await tx.query(sql`
    update step_up_checks set state = ${state}, ended_at = bindery_now(), next_try_at = null where id = ${id} and state = 'waiting' returning 1`);
  return rows.length > 0;
}

/** Seconds until the next check is due, 0 where one is; undefined where none waits. */
export async function secondsToNextCheck(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select greatest(extract(epoch from next_try_at - bindery_now()), 0)::float8 as seconds
      from step_up_checks where next_try_at is not null order by next_try_at limit 1`);
  return row?.seconds;
}

/**
 * Takes checks whose provider must be asked (again) for this worker, as with pieces of evidence.
 */
export async function claimChecks(
  { db, lifetimes: { evidence } }: Deps,
  batch: number,
): Promise<CheckId[]> {
  const rows = await db.query<{ id: CheckId }>(sql`
    update step_up_checks
       set attempts = attempts + 1,
           next_try_at = bindery_now() + make_interval(secs => (${evidence.pauses}::int[])[least(attempts + 1, ${evidence.pauses.length}::int)])
     where id = any(array(
       select id from step_up_checks where next_try_at <= bindery_now()
        order by next_try_at limit ${batch}::int for update skip locked))
    returning id`);
  return rows.map(({ id }) => id);
}

/**
 * The provider has the question. If its answer is lost, it is asked again later under the same id.
 */
export async function postponeCheck(
  { db, lifetimes: { evidence } }: Deps,
  id: CheckId,
): Promise<void> {
  await db.query(sql`
    update step_up_checks set next_try_at = bindery_now() + make_interval(secs => ${evidence.takenCheck}) where id = ${id} and next_try_at is not null`);
}

/** Checks that nobody waits for: their request continued or ended without them. */
export async function findMootChecks(db: Db, batch: number): Promise<CheckId[]> {
  const rows = await db.query<{ id: CheckId }>(sql`
    select c.id from step_up_checks c join request_states r on r.id = c.request_id
     where c.state = 'waiting' and r.state <> 'proving' limit ${batch}`);
  return rows.map(({ id }) => id);
}

/**
 * The verified person behind an account; undefined for an organisation's and an unverified account.
 */
export async function findPersonBehind(db: Db, account: AccountId): Promise<OwnerId | undefined> {
  const [row] = await db.query<{ id: OwnerId }>(sql`
    select o.id from account_cards a join present_owners o on o.id = a.owner_id
     where a.id = ${account} and o.kind = 'person' and o.verified_at is not null`);
  return row?.id;
}
