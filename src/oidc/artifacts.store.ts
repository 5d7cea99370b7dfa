import type { Db } from '../store/database.ts';
import { sqlState } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Artifact, ArtifactWrite } from './artifact.ts';

/** A request's writes, as one statement takes them. */
export interface ArtifactBatch {
  readonly saved: readonly ArtifactWrite[];
  /** Sessions that changed their id: the row moves, so that a request still holding the old id finds nothing. */
  readonly moved: readonly (ArtifactWrite & { readonly from: string })[];
  readonly consumed: readonly Pick<ArtifactWrite, 'model' | 'key'>[];
  readonly removed: readonly Pick<ArtifactWrite, 'model' | 'key'>[];
  /** Keys of sessions that ended: their rows stay a while as tombstones. */
  readonly ended: readonly string[];
  readonly revoked: readonly { readonly model: string; readonly grantId: string }[];
  readonly proofs: readonly ArtifactWrite[];
}

export type ConflictReason = 'consumed' | 'replayed' | 'session_over';

/** Another request was first. Nothing of this request's writes was kept. */
export class ArtifactConflict extends Error {
  readonly reason: ConflictReason;
  /** Of replayed proofs: which. */
  readonly keys: readonly string[];
  constructor(reason: ConflictReason, keys: readonly string[], options?: ErrorOptions) {
    super(`artifact conflict: ${reason}`, options);
    this.reason = reason;
    this.keys = keys;
  }
}

/** A row, and what stands beside it, as JSON of one shape. `account` is the account row in the terms of accounts/account.ts. */
interface FoundRow {
  readonly model: string;
  readonly key: string;
  readonly payload: string;
  readonly uid: string | null;
  readonly consumed_at: number | null;
  readonly consumed_for: number | null;
  readonly seconds_left: number | null;
}

/**
 * Every live artifact under `key` (a value is asked for under several models at introspection), and with it, in the same
 * statement, the grant, the session it may depend on and the account (model `Account`). `clientId` names which of a
 * session's grants is meant. An expired pushed request is still found: it must be seen to be used up (RFC 9126 §4).
 */
export async function findArtifacts(db: Db, key: string, clientId: string | undefined): Promise<Artifact[]> {
  const rows = await db.query<FoundRow>(sql`
    with hit as (
      select model, id, payload, grant_id, uid, expires_at, consumed_at from oidc_artifacts
       where id = ${key} and destroyed_at is null
         and (expires_at > now() or expires_at is null or model = 'PushedAuthorizationRequest')
    ), near as (
      select model, id, payload, uid, expires_at, consumed_at from hit
      union all
      select model, id, payload, uid, expires_at, consumed_at from oidc_artifacts
       where model = 'Grant' and (expires_at > now() or expires_at is null)
         and id = any(array(select coalesce(grant_id, payload #>> '{result,consent,grantId}', payload ->> 'grantId',
                                            payload #>> array['authorizations', ${clientId ?? null}::text, 'grantId']) from hit))
      union all
      select model, id, payload, uid, expires_at, consumed_at from oidc_artifacts
       where destroyed_at is null and (expires_at > now() or expires_at is null)
         and uid = any(array(select coalesce(payload #>> '{session,uid}',
                                             case when payload @> '{"expiresWithSession": true}' then payload ->> 'sessionUid' end) from hit))
    )
    select model, id as key, payload::text as payload, uid, extract(epoch from consumed_at)::float8 as consumed_at,
           extract(epoch from now() - consumed_at)::float8 as consumed_for, extract(epoch from expires_at - now())::float8 as seconds_left
      from near
    union all
    select 'Account', id, jsonb_build_object('id', id, 'login', login, 'displayName', display_name, 'kind', kind, 'status', status,
             'ownerId', owner_id, 'qualification', qualification, 'administratorId', administrator_id, 'roles', roles)::text,
           null, null, null, null
      from accounts
     where id = any(array(select coalesce(payload #>> '{result,login,accountId}', payload ->> 'accountId', payload #>> '{session,accountId}')
                            from hit))`);
  return rows.map(toArtifact);
}

export async function findSessionByUid(db: Db, uid: string): Promise<Artifact | undefined> {
  const [row] = await db.query<FoundRow>(sql`
    select model, id as key, payload::text as payload, uid, null::float8 as consumed_at, null::float8 as consumed_for,
           extract(epoch from expires_at - now())::float8 as seconds_left
      from oidc_artifacts where uid = ${uid} and destroyed_at is null and (expires_at > now() or expires_at is null)`);
  return row && toArtifact(row);
}

export async function findByUserCode(db: Db, userCode: string): Promise<Artifact | undefined> {
  const [row] = await db.query<FoundRow>(sql`
    select model, id as key, payload::text as payload, uid, extract(epoch from consumed_at)::float8 as consumed_at,
           extract(epoch from now() - consumed_at)::float8 as consumed_for, extract(epoch from expires_at - now())::float8 as seconds_left
      from oidc_artifacts where user_code = ${userCode} and destroyed_at is null and (expires_at > now() or expires_at is null)`);
  return row && toArtifact(row);
}

function toArtifact(row: FoundRow): Artifact {
  const { model, key, payload, uid, consumed_at: consumedAt, consumed_for: consumedFor, seconds_left: secondsLeft } = row;
  return { model, key, payload, uid, consumedAt, consumedFor, secondsLeft };
}

/**
 * Writes a batch in one statement: all of it or, with an {@link ArtifactConflict}, nothing. What decides is conditional
 * and counted: a row is consumed only while nobody consumed it, a proof is new or refused, an ended session stays ended.
 * A session's `uid` is unique, tombstones included, which is what keeps a request in flight from bringing it back.
 */
export async function writeArtifacts(db: Db, batch: ArtifactBatch): Promise<void> {
  const { saved, moved, consumed, removed, ended, revoked, proofs } = batch;
  try {
    await db.query(sql`
      with removed as (
        delete from oidc_artifacts a using unnest(${column(removed, 'model')}::text[], ${column(removed, 'key')}::text[]) as r(model, id)
         where a.model = r.model and a.id = r.id
      ), revoked as (
        delete from oidc_artifacts a using unnest(${column(revoked, 'model')}::text[], ${column(revoked, 'grantId')}::text[]) as r(model, grant_id)
         where a.model = r.model and a.grant_id = r.grant_id
      ), ended as (
        update oidc_artifacts set destroyed_at = now(), payload = '{}', expires_at = least(expires_at, now() + interval '1 hour')
         where model = 'Session' and id = any(${ended}::text[]) and destroyed_at is null
      ), consumed as (
        update oidc_artifacts a set consumed_at = now()
          from unnest(${column(consumed, 'model')}::text[], ${column(consumed, 'key')}::text[]) as c(model, id)
         where a.model = c.model and a.id = c.id and a.consumed_at is null
           and (a.expires_at > now() or a.expires_at is null or a.model = 'PushedAuthorizationRequest')
        returning 1
      ), moved as (
        update oidc_artifacts a set id = m.key, payload = m.payload::jsonb, expires_at = now() + make_interval(secs => m.ttl)
          from unnest(${column(moved, 'from')}::text[], ${column(moved, 'key')}::text[], ${column(moved, 'payload')}::text[],
                      ${column(moved, 'ttl')}::float8[]) as m(old_id, key, payload, ttl)
         where a.model = 'Session' and a.id = m.old_id and a.destroyed_at is null
        returning 1
      ), saved as (
        insert into oidc_artifacts (model, id, payload, grant_id, uid, user_code, expires_at)
        select w.model, w.key, w.payload::jsonb, w.grant_id, w.uid, w.user_code, now() + make_interval(secs => w.ttl)
          from unnest(${column(saved, 'model')}::text[], ${column(saved, 'key')}::text[], ${column(saved, 'payload')}::text[],
                      ${column(saved, 'grantId')}::text[], ${column(saved, 'uid')}::text[], ${column(saved, 'userCode')}::text[],
                      ${column(saved, 'ttl')}::float8[]) as w(model, key, payload, grant_id, uid, user_code, ttl)
        on conflict (id, model) do update
           set payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at
         where oidc_artifacts.destroyed_at is null
        returning 1
      ), proofs as (
        insert into oidc_artifacts (model, id, payload, expires_at)
        select w.model, w.key, w.payload::jsonb, now() + make_interval(secs => w.ttl)
          from unnest(${column(proofs, 'model')}::text[], ${column(proofs, 'key')}::text[], ${column(proofs, 'payload')}::text[],
                      ${column(proofs, 'ttl')}::float8[]) as w(model, key, payload, ttl)
        on conflict (id, model) do nothing
        returning id
      )
      select case
        when (select count(*) from consumed) <> ${consumed.length}::int then oidc_conflict('consumed')
        when (select count(*) from proofs)   <> ${proofs.length}::int   then oidc_conflict('replayed ' ||
          (select string_agg(id, ' ') from unnest(${column(proofs, 'key')}::text[]) as p(id) where id not in (select id from proofs)))
        when (select count(*) from moved)    <> ${moved.length}::int    then oidc_conflict('session_over')
        when (select count(*) from saved)    <> ${saved.length}::int    then oidc_conflict('session_over')
      end`);
  } catch (error) {
    throw conflictOf(error) ?? error;
  }
}

/** Keeps the proofs of a request that was refused. */
export async function recordProofs(db: Db, proofs: readonly ArtifactWrite[]): Promise<void> {
  await db.query(sql`
    insert into oidc_artifacts (model, id, payload, expires_at)
    select w.model, w.key, w.payload::jsonb, now() + make_interval(secs => w.ttl)
      from unnest(${column(proofs, 'model')}::text[], ${column(proofs, 'key')}::text[], ${column(proofs, 'payload')}::text[],
                  ${column(proofs, 'ttl')}::float8[]) as w(model, key, payload, ttl)
    on conflict (id, model) do nothing`);
}

/**
 * Deletes up to `batch` expired rows and tells how many. Rows that a request holds are left for the next time. A pushed
 * request outlives its expiry by two hours, longer than the interaction that will use it up.
 */
export async function deleteExpired(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from oidc_artifacts where ctid = any(array(
      select ctid from oidc_artifacts
       where expires_at < now() and (model <> 'PushedAuthorizationRequest' or expires_at < now() - interval '2 hours')
       order by expires_at limit ${batch}::int for update skip locked))
    returning 1`);
  return rows.length;
}

function conflictOf(error: unknown): ArtifactConflict | undefined {
  const state = sqlState(error);
  if (state === 'BND01') {
    const [reason, ...keys] = (error as Error).message.split(' ');
    return new ArtifactConflict(reason as ConflictReason, keys, { cause: error });
  }
  const { constraint } = error as { constraint?: string };
  if (state === '23505' && constraint === 'oidc_artifacts_uid') return new ArtifactConflict('session_over', [], { cause: error });
  return undefined;
}

function column<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] {
  return rows.map((row) => row[name]);
}
