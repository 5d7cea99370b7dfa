import type { AccountId, BindingRequestId, DecisionId, OwnerId } from '../kernel/ids.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Db, Tx } from '../store/database.ts';
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
    sql`select *, bindery_now() as now from binding_requests where id = ${id} for update`,
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

/** Frees the interaction for a new request, when this one ran out of time. */
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

/** The request that a client's handle stands for; another client's is not found. */
export async function lockRequestByHandle(
  tx: Tx,
  handleHash: Buffer,
  clientId: string,
): Promise<StoredRequest | undefined> {
  const [row] = await tx.query<RequestRow>(sql`
    select *, bindery_now() as now from binding_requests where handle_hash = ${handleHash} and client_id = ${clientId} for update`);
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

/** Ties the request to the grant that its authorization code will stand for. */
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

/** Ties the handle to a DPoP key from here on. */
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

/** The request whose live code this is; a dead one is not found. */
export async function findRequestByCode(db: Db, hash: Buffer): Promise<StoredRequest | undefined> {
  const [row] = await db.query<RequestRow>(sql`
    select *, bindery_now() as now from binding_requests where code_hash = ${hash} and state = 'offered' and expires_at > bindery_now()`);
  return row && fromRow(row);
}

/**
 * The live requests that a wrong code is about: one whose code has the same half (a typing slip, or a guess that is half
 * right), or one that was started in the guesser's own browser.
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

/** Requests whose owners ran out of time, oldest first. */
export async function findOverdueRequests(db: Db, most: number): Promise<BindingRequestId[]> {
  const rows = await db.query<{ id: BindingRequestId }>(sql`
    select id from binding_requests
     where state in ('created', 'offered', 'answered', 'proving') and expires_at <= bindery_now() order by expires_at limit ${most}`);
  return rows.map(({ id }) => id);
}

/** Writes the state; a code that the new state has no use for is dead from here on. */
export async function saveState(
  tx: Tx,
  id: BindingRequestId,
  next: BindingRequest,
  also: {
    readonly refusedByHook?: string | undefined;
    readonly decisionId?: DecisionId | undefined;
    readonly lifetimeSeconds?: number;
  } = {},
): Promise<void> {
  const columns = stateColumns(next);
  await tx.query(sql`
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
           expires_at = coalesce(bindery_now() + make_interval(secs => ${also.lifetimeSeconds ?? null}), expires_at)
     where id = ${id}`);
}

export interface LiveCode {
  readonly codeHash: Buffer;
  readonly leftHash: Buffer;
  readonly rightHash: Buffer;
  readonly linkHash: Buffer;
  readonly lifetimeSeconds: number;
}

/** Puts a code (and the link that is worth as much) on the request; the one before is dead. */
export async function saveCode(tx: Tx, id: BindingRequestId, code: LiveCode): Promise<void> {
  await tx.query(sql`
    update binding_requests
       set code_hash = ${code.codeHash}, code_left_hash = ${code.leftHash}, code_right_hash = ${code.rightHash},
           link_hash = ${code.linkHash}, code_serial = code_serial + 1, expires_at = bindery_now() + make_interval(secs => ${code.lifetimeSeconds})
     where id = ${id}`);
}

/** The first code, and the browser that is shown it. */
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

export interface SidesKnown {
  readonly counterpartyDevice: ObservedDevice;
  readonly primaryId: AccountId;
  readonly subId: AccountId;
  readonly primaryOwnerId: OwnerId | null;
}

export async function saveSides(tx: Tx, id: BindingRequestId, sides: SidesKnown): Promise<void> {
  await tx.query(sql`
    update binding_requests
       set counterparty_device = ${JSON.stringify(sides.counterpartyDevice)}, primary_id = ${sides.primaryId}, sub_id = ${sides.subId},
           primary_owner_id = ${sides.primaryOwnerId}
     where id = ${id}`);
}
