import type { AccountId, BindingRequestId, SittingId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Side } from './binding-request.ts';

/**
 * One person at one browser, taking part in one binding request. The second sign-in of a binding lives here and nowhere
 * else, so that it never replaces the browser's own session (protocol §2); two tabs are two sittings.
 */
export interface Sitting {
  readonly id: SittingId;
  readonly requestId: BindingRequestId;
  readonly side: Side;
  /** The code it was opened with; 0 for a starter's. */
  readonly codeSerial: number;
  readonly accountId: AccountId | null;
  /** Seconds since the person signed in here; null before. */
  readonly signedInSecondsAgo: number | null;
}

interface SittingRow {
  readonly id: SittingId;
  readonly request_id: BindingRequestId;
  readonly side: Side;
  readonly code_serial: number;
  readonly account_id: AccountId | null;
  readonly signed_in_ago: number | null;
}

const LIFETIME_SECONDS = 3600;

export async function insertSitting(
  db: Db,
  sitting: {
    requestId: BindingRequestId;
    side: Side;
    browser: Buffer;
    codeSerial?: number;
    accountId?: AccountId;
    signedInSecondsAgo?: number;
  },
): Promise<SittingId> {
  const id = newId('sit');
  await db.query(sql`
    insert into sittings (id, request_id, side, browser, code_serial, account_id, auth_time, expires_at)
    values (${id}, ${sitting.requestId}, ${sitting.side}, ${sitting.browser}, ${sitting.codeSerial ?? 0}, ${sitting.accountId ?? null},
            bindery_now() - make_interval(secs => ${sitting.signedInSecondsAgo ?? null}),
            bindery_now() + make_interval(secs => ${LIFETIME_SECONDS}))`);
  return id;
}

/** The sitting, if it is this browser's. */
export async function findSitting(db: Db, id: string, browser: Buffer): Promise<Sitting | undefined> {
  const [row] = await db.query<SittingRow>(sql`
    select id, request_id, side, code_serial, account_id, extract(epoch from bindery_now() - auth_time)::float8 as signed_in_ago
      from sittings where id = ${id} and browser = ${browser} and expires_at > bindery_now()`);
  return row && toSitting(row);
}

export async function findSittingOf(db: Db, requestId: BindingRequestId, side: Side, browser: Buffer): Promise<Sitting | undefined> {
  const [row] = await db.query<SittingRow>(sql`
    select id, request_id, side, code_serial, account_id, extract(epoch from bindery_now() - auth_time)::float8 as signed_in_ago
      from sittings where request_id = ${requestId} and side = ${side} and browser = ${browser} and expires_at > bindery_now()
     order by created_at desc limit 1`);
  return row && toSitting(row);
}

export async function saveSignIn(db: Db, id: SittingId, accountId: AccountId): Promise<void> {
  await db.query(sql`update sittings set account_id = ${accountId}, auth_time = bindery_now() where id = ${id}`);
}

function toSitting(row: SittingRow): Sitting {
  return {
    id: row.id,
    requestId: row.request_id,
    side: row.side,
    codeSerial: row.code_serial,
    accountId: row.account_id,
    signedInSecondsAgo: row.signed_in_ago,
  };
}
