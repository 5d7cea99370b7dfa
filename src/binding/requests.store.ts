import type { Kind } from '../accounts/account.ts';
import type { AccountId, BindingRequestId, DecisionId, OwnerId } from '../kernel/ids.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Db, Tx } from '../store/database.ts';
import { jobStatement, type NewJob } from '../store/jobs.store.ts';
import { type Statement, sql, together } from '../store/sql.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingRequest } from './binding-request.ts';
import { fromRow, type RequestRow, type StoredRequest, stateColumns } from './request-row.ts';

export interface NewRequest {
  readonly id: BindingRequestId;
  readonly clientId: string;
  readonly channel: 'browser' | 'back_channel';
  readonly details: BindingDetails;
  readonly packVersion: number;
  readonly audience: string;
  readonly sector: string;
  readonly interactionUid?: string;
  readonly handleHash?: Buffer;
  readonly handleJkt?: string | undefined;
  readonly startHash?: Buffer;
  readonly uiLocales?: string | undefined;
  readonly loginHint?: string | undefined;
  readonly lifetimeSeconds: number;
}

export async function insertRequest(
  tx: Tx,
  request: NewRequest,
  also: readonly Statement[] = [],
): Promise<void> {
  const insert = sql`
    insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details, audience, sector, interaction_uid,
                                  handle_hash, handle_jkt, start_hash, ui_locales, login_hint, expires_at)
    values (${request.id}, 'created', ${request.clientId}, ${request.channel}, ${request.details.role}, ${request.details.pack},
            ${request.packVersion}, ${JSON.stringify(request.details)}, ${request.audience}, ${request.sector}, ${request.interactionUid ?? null},
            ${request.handleHash ?? null}, ${request.handleJkt ?? null}, ${request.startHash ?? null},
            ${request.uiLocales ?? null}, ${request.loginHint ?? null},
            bindery_now() + make_interval(secs => ${request.lifetimeSeconds}))`;
  await tx.query(together([insert, ...also]));
}

export async function findRequest(db: Db, id: string): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(
    sql`select *, bindery_now() as now from binding_requests where id = ${id}`,
  );
  return row && fromRow(row);
}

export async function lockRequest(tx: Tx, id: BindingRequestId): Promise<StoredRequest> {
  const [row] = await tx.query<RequestRow>(
    sql`select *, bindery_clock() as now from binding_requests where id = ${id} for update`,
  );
  if (!row) throw new Error(`binding request ${id} is gone`);
  return fromRow(row);
}

export async function findRequestByInteraction(
  db: Db,
  uid: string,
): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(
    sql`select *, bindery_now() as now from binding_requests where interaction_uid = ${uid}`,
  );
  return row && fromRow(row);
}

/** Frees the interaction for a new request, when the time of this one is up. */
export async function releaseInteraction(tx: Tx, id: BindingRequestId): Promise<void> {
  await tx.query(sql`update binding_requests set interaction_uid = null where id = ${id}`);
}

export async function findRequestByStart(
  db: Db,
  startHash: Buffer,
): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(
    sql`select *, bindery_now() as now from binding_requests where start_hash = ${startHash}`,
  );
  return row && fromRow(row);
}

/** Locks the request of a client's handle. Another client's handle is not found. */
export async function lockRequestByHandle(
  tx: Tx,
  handleHash: Buffer,
  clientId: string,
): Promise<StoredRequest | undefined> {
  const [row] = await tx.query<RequestRow>(sql`
    select *, bindery_clock() as now from binding_requests where handle_hash = ${handleHash} and client_id = ${clientId} for update`);
  return row && fromRow(row);
}

/** Gives the request of an authorization code its handle (docs/protocol.md#browser-flow). */
export async function saveHandle(
  tx: Tx,
  id: string,
  handleHash: Buffer,
  jkt: string | null,
): Promise<void> {
  await tx.query(
    sql`update binding_requests set handle_hash = ${handleHash}, handle_jkt = ${jkt} where id = ${id}`,
  );
}

/** Stores the grant that the request's authorization code stands for. */
export async function saveGrant(db: Db, id: string, grantId: string): Promise<void> {
  await db.query(sql`update binding_requests set grant_id = ${grantId} where id = ${id}`);
}

export async function findRequestByGrant(
  db: Db,
  grantId: string,
): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(
    sql`select *, bindery_now() as now from binding_requests where grant_id = ${grantId}`,
  );
  return row && fromRow(row);
}

/** Binds the handle to a DPoP key. */
export async function saveHandleKey(
  tx: Tx,
  id: BindingRequestId,
  jkt: string | null,
): Promise<void> {
  await tx.query(sql`update binding_requests set handle_jkt = ${jkt} where id = ${id}`);
}

export async function savePoll(
  tx: Tx,
  id: BindingRequestId,
  intervalSeconds: number,
): Promise<void> {
  await tx.query(
    sql`update binding_requests set last_polled_at = bindery_now(), poll_interval = ${intervalSeconds} where id = ${id}`,
  );
}

/** The request whose live code this is. A dead code is not found. */
export async function findRequestByCode(db: Db, hash: Buffer): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(sql`
    select *, bindery_now() as now from binding_requests where code_hash = ${hash} and state = 'offered' and expires_at > bindery_now()`);
  return row && fromRow(row);
}

/**
 * The live requests that a wrong code may be meant for: a half of the code is equal, or the request
 * was started in this browser.
 */
export async function findGuessedRequests(
  db: Db,
  left: Buffer,
  right: Buffer,
  browser: Buffer,
): Promise<BindingRequestId[]> {
  const rows = await db.query<{ id: BindingRequestId }>(sql`
    select id from binding_requests where code_left_hash = ${left} and code_hash is not null and expires_at > bindery_now()
    union select id from binding_requests where code_right_hash = ${right} and code_hash is not null and expires_at > bindery_now()
    union select id from binding_requests where initiator_browser = ${browser} and code_hash is not null and expires_at > bindery_now()`);
  return rows.map(({ id }) => id);
}

/**
 * Requests whose time is up, oldest first. The states are those that `expire` ends, spelt out so
 * that the index binding_requests_overdue serves.
 */
export async function findOverdueRequests(db: Db, most: number): Promise<BindingRequestId[]> {
  const rows = await db.query<{ id: BindingRequestId }>(sql`
    select id from binding_requests
     where state in ('created', 'offered', 'answered', 'proving') and expires_at <= bindery_now() order by expires_at limit ${most}`);
  return rows.map(({ id }) => id);
}

/** The requests of an app that have not come to an end. */
export async function findOpenRequestsOf(db: Db, clientId: string): Promise<BindingRequestId[]> {
  const rows = await db.query<{ id: BindingRequestId }>(sql`
    select id from binding_requests
     where client_id = ${clientId} and state in ('created', 'offered', 'answered', 'proving', 'in_review')
     order by id`);
  return rows.map(({ id }) => id);
}

/**
 * Seconds until the owners of the next request run out of time; those who did already do not count.
 */
export async function secondsToNextOverdue(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from expires_at - bindery_now())::float8 as seconds
      from binding_requests
     where state in ('created', 'offered', 'answered', 'proving') and expires_at > bindery_now()
     order by expires_at limit 1`);
  return row?.seconds;
}

/** Which account is which, and the counterparty's device. Known with its answer. */
export interface SidesKnown {
  readonly counterpartyDevice: ObservedDevice;
  readonly primaryId: AccountId;
  readonly subId: AccountId;
  readonly primaryOwnerId: OwnerId | null;
  /** Of the primary: limits are counted within them (R2). */
  readonly platform: string;
  readonly kind: Kind;
}

/** Writes the state. A code dies in every state but `offered`. */
export async function saveState(
  tx: Tx,
  id: BindingRequestId,
  next: BindingRequest,
  also: {
    readonly sides?: SidesKnown;
    readonly refusedByHook?: string | undefined;
    readonly decisionId?: DecisionId | undefined;
    readonly lifetimeSeconds?: number;
    readonly job?: NewJob;
  } = {},
): Promise<void> {
  const columns = stateColumns(next);
  const { sides } = also;
  const save = sql`
    update binding_requests
       set state = ${next.state}, initiator_id = coalesce(${columns.initiatorId}, initiator_id), counterparty_id = coalesce(${columns.counterpartyId}, counterparty_id),
           wrong_codes = coalesce(${columns.wrongCodes}, wrong_codes), decision_id = coalesce(${columns.decisionId ?? also.decisionId ?? null}, decision_id),
           binding_id = ${columns.bindingId}, refusal = ${columns.refusal}, refused_by_hook = coalesce(${also.refusedByHook ?? null}, refused_by_hook),
           asked = ${columns.asked && JSON.stringify(columns.asked)}, asked_until = ${columns.until},
           proofs = coalesce(${columns.proofs && JSON.stringify(columns.proofs)}, proofs),
           ended_because = ${columns.because}, review_due = ${columns.due}, redeemed_at = ${columns.redeemedAt},
           refused_at = case when ${next.state} = 'refused' then coalesce(refused_at, bindery_now()) end,
           code_hash       = case when ${next.state} = 'offered' then code_hash end,
           code_left_hash  = case when ${next.state} = 'offered' then code_left_hash end,
           code_right_hash = case when ${next.state} = 'offered' then code_right_hash end,
           link_hash       = case when ${next.state} = 'offered' then link_hash end,
           counterparty_device = coalesce(${sides ? JSON.stringify(sides.counterpartyDevice) : null}, counterparty_device),
           primary_id = coalesce(${sides?.primaryId ?? null}, primary_id), sub_id = coalesce(${sides?.subId ?? null}, sub_id),
           primary_owner_id = coalesce(${sides?.primaryOwnerId ?? null}, primary_owner_id),
           platform = coalesce(${sides?.platform ?? null}, platform), kind = coalesce(${sides?.kind ?? null}, kind),
           expires_at = coalesce(bindery_now() + make_interval(secs => ${also.lifetimeSeconds ?? null}), expires_at)
     where id = ${id}`;
  await tx.query(also.job ? together([save, jobStatement(also.job)]) : save);
}

export interface LiveCode {
  readonly codeHash: Buffer;
  readonly leftHash: Buffer;
  readonly rightHash: Buffer;
  readonly linkHash: Buffer;
  readonly lifetimeSeconds: number;
}

/** Stores a new code and its link. The one before is dead. */
export async function saveCode(tx: Tx, id: BindingRequestId, code: LiveCode): Promise<void> {
  await tx.query(sql`
    update binding_requests
       set code_hash = ${code.codeHash}, code_left_hash = ${code.leftHash}, code_right_hash = ${code.rightHash},
           link_hash = ${code.linkHash}, code_serial = code_serial + 1, expires_at = bindery_now() + make_interval(secs => ${code.lifetimeSeconds})
     where id = ${id}`);
}

/** Stores the first code, and the browser that shows it. */
export async function saveOffer(
  tx: Tx,
  id: BindingRequestId,
  code: LiveCode,
  initiator: { readonly browser: Buffer; readonly device: ObservedDevice },
): Promise<void> {
  await tx.query(sql`
    update binding_requests
       set code_hash = ${code.codeHash}, code_left_hash = ${code.leftHash}, code_right_hash = ${code.rightHash},
           link_hash = ${code.linkHash}, code_serial = code_serial + 1, expires_at = bindery_now() + make_interval(secs => ${code.lifetimeSeconds}),
           initiator_browser = ${initiator.browser}, initiator_device = ${JSON.stringify(initiator.device)}
     where id = ${id}`);
}
