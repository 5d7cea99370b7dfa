import type { AccountId, ApprovalSessionId, BindingRequestId, FactorId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import type { ObservedDevice, Visitor } from '../risk/device.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql, together } from '../store/sql.ts';
import type { Side } from './binding-request.ts';
import { fromRow, type RequestRow, type StoredRequest } from './request-row.ts';

/**
 * One person at one browser, taking part in one binding request. The second sign-in of a binding lives here and nowhere
 * else, so that it never replaces the browser's own session (docs/protocol.md#approval); two tabs are two approval sessions.
 */
export interface ApprovalSession {
  readonly id: ApprovalSessionId;
  readonly requestId: BindingRequestId;
  readonly side: Side;
  /** The code it was opened with; 0 for a initiator's. */
  readonly codeSerial: number;
  readonly accountId: AccountId | null;
  /** Seconds since the person signed in here; null before. */
  readonly signedInSecondsAgo: number | null;
  /** When the passkey that it was signed in by was enrolled, ISO 8601; null: by password, or that passkey was removed since. */
  readonly passkeySince: string | null;
}

export interface ApprovalSessionRow {
  readonly id: ApprovalSessionId;
  readonly request_id: BindingRequestId;
  readonly side: Side;
  readonly code_serial: number;
  readonly account_id: AccountId | null;
  readonly signed_in_ago: number | null;
  readonly passkey_since?: string | null;
}

const LIFETIME_SECONDS = 3600;

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
  },
): Promise<ApprovalSessionId> {
  const id = newId('sit');
  await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, account_id, passkey_id, auth_time, expires_at)
    values (${id}, ${approvalSession.requestId}, ${approvalSession.side}, ${approvalSession.browser}, ${approvalSession.codeSerial ?? 0}, ${approvalSession.accountId ?? null}, ${approvalSession.passkey ?? null},
            bindery_now() - make_interval(secs => ${approvalSession.signedInSecondsAgo ?? null}),
            bindery_now() + make_interval(secs => ${LIFETIME_SECONDS}))`);
  return id;
}

/** An approval session of the counterparty's by what was typed or followed; undefined when the code is nobody's, or dead. */
export async function openByCode(
  db: Db,
  codeHash: Buffer,
  browser: Buffer,
): Promise<ApprovalSessionId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'counterparty', ${browser}, code_serial, bindery_now() + make_interval(secs => ${LIFETIME_SECONDS})
      from binding_requests where code_hash = ${codeHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

export async function openByLink(
  db: Db,
  linkHash: Buffer,
  browser: Buffer,
): Promise<ApprovalSessionId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'counterparty', ${browser}, code_serial, bindery_now() + make_interval(secs => ${LIFETIME_SECONDS})
      from binding_requests where link_hash = ${linkHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

/** Who has taken the two sides of the request. */
interface Taken {
  readonly initiatorId: AccountId | null;
  readonly counterpartyId: AccountId | null;
}

/** The approval session, if it is this browser's, and who the two sides are, as far as they have agreed. */
export async function findApprovalSession(
  db: Db,
  id: string,
  browser: Buffer,
): Promise<(ApprovalSession & Taken) | undefined> {
  const [row] = await db.query<
    ApprovalSessionRow & {
      readonly initiator_id: AccountId | null;
      readonly counterparty_id: AccountId | null;
    }
  >(sql`
    select s.id, s.request_id, s.side, s.code_serial, s.account_id,
           extract(epoch from bindery_now() - s.auth_time)::float8 as signed_in_ago, r.initiator_id, r.counterparty_id,
           (select to_json(enrolled_at) #>> '{}' from second_factors where id = s.passkey_id and account_id = s.account_id) as passkey_since
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

/** The approval session, if it is this browser's, and its request, locked: what is read of the request stays true until the end. */
export async function lockApprovalSession(
  tx: Tx,
  id: string,
  browser: Buffer,
): Promise<
  { readonly approvalSession: ApprovalSession; readonly stored: StoredRequest } | undefined
> {
  const [row] = await tx.query<RequestRow & { readonly approval_session: ApprovalSessionRow }>(sql`
    select r.*, bindery_now() as now,
           json_build_object('id', s.id, 'request_id', s.request_id, 'side', s.side, 'code_serial', s.code_serial,
             'account_id', s.account_id, 'signed_in_ago', extract(epoch from bindery_now() - s.auth_time)::float8,
             'passkey_since', (select enrolled_at from second_factors where id = s.passkey_id and account_id = s.account_id)) as approval_session
      from approval_sessions s join binding_requests r on r.id = s.request_id
     where s.id = ${id} and s.browser = ${browser} and s.expires_at > bindery_now()
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
  { account, passkey }: { readonly account: AccountId; readonly passkey: FactorId | null },
  also: readonly Statement[] = [],
): Promise<void> {
  const signedIn = sql`update approval_sessions set account_id = ${account}, passkey_id = ${passkey}, auth_time = bindery_now() where id = ${id}`;
  await db.query(together([signedIn, ...also]));
}

/** What is in front of this approval session, and how it was signed in to. */
export function deviceAt(
  { passkeySince }: Pick<ApprovalSession, 'passkeySince'>,
  { device }: Pick<Visitor, 'device'>,
): ObservedDevice {
  return { ...device, passkeySince };
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
