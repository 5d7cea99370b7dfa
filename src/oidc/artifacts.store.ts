import type { Lifetimes } from '../lifetimes.ts';
import type { Db } from '../store/database.ts';
import { sqlState } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Artifact, ArtifactWrite } from './artifact.ts';

/** A request's writes, for one statement. */
export interface ArtifactBatch {
  readonly saved: readonly ArtifactWrite[];
  /** Sessions with a new id. The row moves, so that a request with the old id finds nothing. */
  readonly moved: readonly (ArtifactWrite & { readonly from: string })[];
  readonly consumed: readonly Pick<ArtifactWrite, 'model' | 'key'>[];
  readonly removed: readonly Pick<ArtifactWrite, 'model' | 'key'>[];
  /** Keys of ended sessions. Their rows stay for a while as tombstones. */
  readonly ended: readonly string[];
  readonly revoked: readonly { readonly model: string; readonly grantId: string }[];
  readonly proofs: readonly ArtifactWrite[];
}

export type ConflictReason = 'consumed' | 'replayed' | 'session_over';

/** Another request was first. None of this request's writes was kept. */
export class ArtifactConflict extends Error {
  readonly reason: ConflictReason;
  /** The keys of replayed proofs. */
  readonly keys: readonly string[];
  constructor(reason: ConflictReason, keys: readonly string[], options?: ErrorOptions) {
    super(`artifact conflict: ${reason}`, options);
    this.reason = reason;
    this.keys = keys;
  }
}

/**
 * A row and its related rows, as JSON of one shape. `account` has the members of
 * accounts/account.ts.
 */
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
 * Finds every live artifact under `key`; introspection asks for a value under several models. The
 * same statement returns the grant, the session it may depend on and the account (model `Account`).
 * `clientId` selects one of a session's grants. An expired pushed request is still found, to see
 * that it was used (RFC 9126 §4).
 */
export async function findArtifacts(
  db: Db,
  key: string,
  clientId: string | undefined,
): Promise<Artifact[]> {
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
         and id = (select coalesce(grant_id, payload #>> '{result,consent,grantId}', payload ->> 'grantId',
                               payload #>> array['authorizations', ${clientId ?? null}::text, 'grantId']) from hit limit 1)
      union all
      select model, id, payload, uid, expires_at, consumed_at from oidc_artifacts
       where destroyed_at is null and (expires_at > now() or expires_at is null)
         and uid = (select coalesce(payload #>> '{session,uid}', case when payload @> '{"expiresWithSession": true}' then payload ->> 'sessionUid' end)
                      from hit limit 1)
    )
    select model, id as key, payload::text as payload, uid, extract(epoch from consumed_at)::float8 as consumed_at,
           extract(epoch from now() - consumed_at)::float8 as consumed_for, extract(epoch from expires_at - now())::float8 as seconds_left
      from near
    union all
    select 'Account', id, jsonb_build_object('id', id, 'platform', platform, 'externalId', external_id, 'login', login, 'displayName', display_name,
             'avatarUrl', avatar_url, 'kind', kind, 'status', status, 'ownerId', owner_id,
             'qualification', qualification_now(qualification, qualified_until), 'administratorId', administrator_id, 'roles', roles,
             'signedOutAt', floor(extract(epoch from signed_out_at)))::text,
           null, null, null, null
      from account_cards
     where id = (select coalesce(payload #>> '{result,login,accountId}', payload ->> 'accountId', payload #>> '{session,accountId}')
                   from hit limit 1)`);
  return rows.map(toArtifact);
}

export async function findSessionByUid(db: Db, uid: string): Promise<Artifact | undefined> {
  const [row] = await db.query<FoundRow>(sql`
    select model, id as key, payload::text as payload, uid, null::float8 as consumed_at, null::float8 as consumed_for,
           extract(epoch from expires_at - now())::float8 as seconds_left
      from oidc_artifacts where uid = ${uid} and destroyed_at is null and (expires_at > now() or expires_at is null)`);
  return row && toArtifact(row);
}

function toArtifact(row: FoundRow): Artifact {
  const {
    model,
    key,
    payload,
    uid,
    consumed_at: consumedAt,
    consumed_for: consumedFor,
    seconds_left: secondsLeft,
  } = row;
  return { model, key, payload, uid, consumedAt, consumedFor, secondsLeft };
}

/**
 * Writes a batch in one statement. With an {@link ArtifactConflict}, nothing is written. The SQL
 * function `oidc_write` has the rules.
 */
export async function writeArtifacts(db: Db, batch: ArtifactBatch): Promise<void> {
  try {
    await db.query(sql`select oidc_write(${batchJson(batch)}::jsonb)`);
  } catch (error) {
    throw conflictOf(error) ?? error;
  }
}

/** Uses a proof up at once. False: it was used before. */
export async function useProof(
  db: Db,
  { key, ttl }: Pick<ArtifactWrite, 'key' | 'ttl'>,
): Promise<boolean> {
  const used = await db.query(sql`
    insert into oidc_artifacts (model, id, payload, expires_at)
    values ('ReplayDetection', ${key}, '{}', now() + make_interval(secs => ${ttl}))
    on conflict do nothing returning 1`);
  return used.length > 0;
}

/** Stores the proofs of a request that was refused. */
export async function recordProofs(db: Db, proofs: readonly ArtifactWrite[]): Promise<void> {
  await db.query(sql`
    insert into oidc_artifacts (model, id, payload, expires_at)
    select 'ReplayDetection', key, payload, now() + make_interval(secs => ttl)
      from jsonb_to_recordset(${listJson(proofs)}::jsonb) as p(key text, payload jsonb, ttl float8)
    on conflict do nothing`);
}

/**
 * Deletes up to `batch` expired rows and returns how many. Rows locked by a request are left for
 * the next time. A pushed request is kept for longer, because an interaction still uses it.
 */
export async function deleteExpired(
  { db, lifetimes: { oidc } }: { readonly db: Db; readonly lifetimes: Lifetimes },
  batch: number,
): Promise<number> {
  const rows = await db.query(sql`
    delete from oidc_artifacts where ctid = any(array(
      select ctid from oidc_artifacts
       where expires_at < now() and (model <> 'PushedAuthorizationRequest' or expires_at < now() - make_interval(secs => ${oidc.expiredPushedRequest}))
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
  // Only a session is inserted without ON CONFLICT. A conflict means its tombstone, or the same
  // session under another id.
  if (
    state === '23505' &&
    (constraint === 'oidc_artifacts_uid' || constraint === 'oidc_artifacts_pkey')
  )
    return new ArtifactConflict('session_over', [], { cause: error });
  return undefined;
}

function batchJson({ saved, moved, proofs, ...named }: ArtifactBatch): string {
  const lists = { saved: listJson(saved), moved: listJson(moved), proofs: listJson(proofs) };
  return `${JSON.stringify(named).slice(0, -1)},"saved":${lists.saved},"moved":${lists.moved},"proofs":${lists.proofs}}`;
}

/** A payload is already JSON text and is not encoded again. */
function listJson(writes: readonly ArtifactWrite[]): string {
  return `[${writes.map(({ payload, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"payload":${payload}}`).join()}]`;
}
