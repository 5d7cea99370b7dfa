import type { AccountId, ApprovalSessionId, BindingRequestId, FactorId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql, together } from '../store/sql.ts';
import type { ApprovalSession } from './approval-session.ts';
import type { Side } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import { fromRow, type RequestRow, type StoredRequest } from './request-row.ts';

export interface ApprovalSessionRow {
  readonly id: ApprovalSessionId;
  readonly request_id: BindingRequestId;
  readonly side: Side;
  readonly code_serial: number;
  readonly account_id: AccountId | null;
  readonly signed_in_ago: number | null;
  readonly passkey_since?: string | null;
}

export async function insertApprovalSession(
  db: Db,
  approvalSession: {
    requestId: BindingRequestId;
    side: Side;
    browser: Buffer;
    codeSerial?: number;
    accountId?: AccountId;
    signedInSecondsAgo?: number;
    passkey?: FactorId | null;
    lifetimeSeconds: number;
  },
): Promise<ApprovalSessionId> {
  const id = newId('sit');
  await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, account_id, passkey_id, auth_time, expires_at)
    values (${id}, ${approvalSession.requestId}, ${approvalSession.side}, ${approvalSession.browser}, ${approvalSession.codeSerial ?? 0}, ${approvalSession.accountId ?? null}, ${approvalSession.passkey ?? null},
            bindery_now() - make_interval(secs => ${approvalSession.signedInSecondsAgo ?? null}),
            bindery_now() + make_interval(secs => ${approvalSession.lifetimeSeconds}))`);
  return id;
}

/** Opens a counterparty's approval session by code; undefined when no live code is this one. */
export async function openByCode(
  db: Db,
  {
    codeHash,
    browser,
    lifetimeSeconds,
  }: {
    readonly codeHash: Buffer;
    readonly browser: Buffer;
    readonly lifetimeSeconds: number;
  },
): Promise<ApprovalSessionId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'counterparty', ${browser}, code_serial, bindery_now() + make_interval(secs => ${lifetimeSeconds})
      from binding_requests where code_hash = ${codeHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

export async function openByLink(
  db: Db,
  {
    linkHash,
    browser,
    lifetimeSeconds,
  }: {
    readonly linkHash: Buffer;
    readonly browser: Buffer;
    readonly lifetimeSeconds: number;
  },
): Promise<ApprovalSessionId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'counterparty', ${browser}, code_serial, bindery_now() + make_interval(secs => ${lifetimeSeconds})
      from binding_requests where link_hash = ${linkHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

/** The accounts of the two sides, as far as they have agreed. */
interface Sides {
  readonly initiatorId: AccountId | null;
  readonly counterpartyId: AccountId | null;
}

/** This browser's approval session, and the accounts of the two sides. */
export async function findApprovalSession(
  db: Db,
  id: string,
  browser: Buffer,
): Promise<(ApprovalSession & Sides) | undefined> {
  const [row] = await db.query<
    ApprovalSessionRow & {
      readonly initiator_id: AccountId | null;
      readonly counterparty_id: AccountId | null;
    }
  >(sql`
    select s.id, s.request_id, s.side, s.code_serial, s.account_id,
           seconds_signed_in(s.account_id, s.auth_time) as signed_in_ago, r.initiator_id, r.counterparty_id,
           (select to_json(enrolled_at) #>> '{}' from enrolled_factors where id = s.passkey_id and account_id = s.account_id) as passkey_since
      from approval_sessions s join binding_requests r on r.id = s.request_id
     where s.id = ${id} and s.browser = ${browser} and s.expires_at > bindery_now()`);
  return (
    row && {
      ...toApprovalSession(row),
      initiatorId: row.initiator_id,
      counterpartyId: row.counterparty_id,
    }
  );
}

export interface LockedApprovalSession {
  readonly approvalSession: ApprovalSession;
  readonly stored: StoredRequest;
}

/** This browser's approval session and its request, which is locked until the transaction ends. */
export async function lockApprovalSession(
  tx: Tx,
  id: string,
  browser: Buffer,
): Promise<LockedApprovalSession | undefined> {
  const [row] = await tx.query<RequestRow & { readonly approval_session: ApprovalSessionRow }>(sql`
    select r.*, bindery_clock() as now,
           json_build_object('id', s.id, 'request_id', s.request_id, 'side', s.side, 'code_serial', s.code_serial,
             'account_id', s.account_id, 'signed_in_ago', seconds_signed_in(s.account_id, s.auth_time),
             'passkey_since', (select enrolled_at from enrolled_factors where id = s.passkey_id and account_id = s.account_id)) as approval_session
      from approval_sessions s join binding_requests r on r.id = s.request_id
     where s.id = ${id} and s.browser = ${browser} and s.expires_at > bindery_clock()
       for update of r`);
  return row && { approvalSession: toApprovalSession(row.approval_session), stored: fromRow(row) };
}

export async function findApprovalSessionOf(
  db: Db,
  requestId: BindingRequestId,
  side: Side,
  browser: Buffer,
): Promise<ApprovalSessionId | undefined> {
  const [row] = await db.query<{ readonly id: ApprovalSessionId }>(sql`
    select id from approval_sessions
     where request_id = ${requestId} and side = ${side} and browser = ${browser} and expires_at > bindery_now()
     order by created_at desc limit 1`);
  return row?.id;
}

export async function saveSignIn(
  db: Db,
  id: ApprovalSessionId,
  {
    account,
    passkey,
    secondsAgo = 0,
  }: {
    readonly account: AccountId;
    readonly passkey: FactorId | null;
    /** Since the person signed in: at a platform that may be a while. */
    readonly secondsAgo?: number;
  },
  also: readonly Statement[] = [],
): Promise<void> {
  const signedIn = sql`update approval_sessions set account_id = ${account}, passkey_id = ${passkey}, auth_time = bindery_now() - make_interval(secs => ${secondsAgo}) where id = ${id}`;
  await db.query(together([signedIn, ...also]));
}

export function toApprovalSession(row: ApprovalSessionRow): ApprovalSession {
  return {
    id: row.id,
    requestId: row.request_id,
    side: row.side,
    codeSerial: row.code_serial,
    accountId: row.account_id,
    signedInSecondsAgo: row.signed_in_ago,
    passkeySince: row.passkey_since ?? null,
  };
}

/** Those that ended some time ago, a batch at a time. */
export async function deleteOldApprovalSessions(
  { db, lifetimes: { binding } }: Pick<BindingDeps, 'db' | 'lifetimes'>,
  batch: number,
): Promise<number> {
  const rows = await db.query(sql`
    delete from approval_sessions where ctid = any(array(
      select ctid from approval_sessions where expires_at < bindery_now() - make_interval(secs => ${binding.endedApprovalSession})
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
