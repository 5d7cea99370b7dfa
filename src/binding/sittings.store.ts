import type { AccountId, BindingRequestId, FactorId, SittingId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import type { DeviceSeen, Visitor } from '../risk/device.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql, together } from '../store/sql.ts';
import type { Side } from './binding-request.ts';
import { fromRow, type RequestRow, type StoredRequest } from './request-row.ts';

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
  /** When the passkey that it was signed in by was enrolled, ISO 8601; null: by password, or that passkey was removed since. */
  readonly passkeySince: string | null;
}

export interface SittingRow {
  readonly id: SittingId;
  readonly request_id: BindingRequestId;
  readonly side: Side;
  readonly code_serial: number;
  readonly account_id: AccountId | null;
  readonly signed_in_ago: number | null;
  readonly passkey_since?: string | null;
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
    passkey?: FactorId | null;
  },
): Promise<SittingId> {
  const id = newId('sit');
  await db.query(sql`
    insert into sittings (id, request_id, side, browser, code_serial, account_id, passkey_id, auth_time, expires_at)
    values (${id}, ${sitting.requestId}, ${sitting.side}, ${sitting.browser}, ${sitting.codeSerial ?? 0}, ${sitting.accountId ?? null}, ${sitting.passkey ?? null},
            bindery_now() - make_interval(secs => ${sitting.signedInSecondsAgo ?? null}),
            bindery_now() + make_interval(secs => ${LIFETIME_SECONDS}))`);
  return id;
}

/** A sitting of the other side's by what was typed or followed; undefined when the code is nobody's, or dead. */
export async function openByCode(db: Db, codeHash: Buffer, browser: Buffer): Promise<SittingId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into sittings (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'other', ${browser}, code_serial, bindery_now() + make_interval(secs => ${LIFETIME_SECONDS})
      from binding_requests where code_hash = ${codeHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

export async function openByLink(db: Db, linkHash: Buffer, browser: Buffer): Promise<SittingId | undefined> {
  const id = newId('sit');
  const opened = await db.query(sql`
    insert into sittings (id, request_id, side, browser, code_serial, expires_at)
    select ${id}, id, 'other', ${browser}, code_serial, bindery_now() + make_interval(secs => ${LIFETIME_SECONDS})
      from binding_requests where link_hash = ${linkHash} and state = 'offered' and expires_at > bindery_now()
    returning 1`);
  return opened.length > 0 ? id : undefined;
}

/** Who has taken the two sides of the request. */
interface Taken {
  readonly starterId: AccountId | null;
  readonly otherId: AccountId | null;
}

/** The sitting, if it is this browser's, and who the two sides are, as far as they have agreed. */
export async function findSitting(db: Db, id: string, browser: Buffer): Promise<(Sitting & Taken) | undefined> {
  const [row] = await db.query<SittingRow & { readonly starter_id: AccountId | null; readonly other_id: AccountId | null }>(sql`
    select s.id, s.request_id, s.side, s.code_serial, s.account_id,
           extract(epoch from bindery_now() - s.auth_time)::float8 as signed_in_ago, r.starter_id, r.other_id,
           (select to_json(enrolled_at) #>> '{}' from second_factors where id = s.passkey_id and account_id = s.account_id) as passkey_since
      from sittings s join binding_requests r on r.id = s.request_id
     where s.id = ${id} and s.browser = ${browser} and s.expires_at > bindery_now()`);
  return row && { ...toSitting(row), starterId: row.starter_id, otherId: row.other_id };
}

/** The sitting, if it is this browser's, and its request, locked: what is read of the request stays true until the end. */
export async function lockSitting(
  tx: Tx,
  id: string,
  browser: Buffer,
): Promise<{ readonly sitting: Sitting; readonly stored: StoredRequest } | undefined> {
  const [row] = await tx.query<RequestRow & { readonly sitting: SittingRow }>(sql`
    select r.*, bindery_now() as now,
           json_build_object('id', s.id, 'request_id', s.request_id, 'side', s.side, 'code_serial', s.code_serial,
             'account_id', s.account_id, 'signed_in_ago', extract(epoch from bindery_now() - s.auth_time)::float8,
             'passkey_since', (select enrolled_at from second_factors where id = s.passkey_id and account_id = s.account_id)) as sitting
      from sittings s join binding_requests r on r.id = s.request_id
     where s.id = ${id} and s.browser = ${browser} and s.expires_at > bindery_now()
       for update of r`);
  return row && { sitting: toSitting(row.sitting), stored: fromRow(row) };
}

export async function findSittingOf(db: Db, requestId: BindingRequestId, side: Side, browser: Buffer): Promise<SittingId | undefined> {
  const [row] = await db.query<{ readonly id: SittingId }>(sql`
    select id from sittings
     where request_id = ${requestId} and side = ${side} and browser = ${browser} and expires_at > bindery_now()
     order by created_at desc limit 1`);
  return row?.id;
}

export async function saveSignIn(
  db: Db,
  id: SittingId,
  { account, passkey }: { readonly account: AccountId; readonly passkey: FactorId | null },
  also: readonly Statement[] = [],
): Promise<void> {
  const signedIn = sql`update sittings set account_id = ${account}, passkey_id = ${passkey}, auth_time = bindery_now() where id = ${id}`;
  await db.query(together([signedIn, ...also]));
}

/** What is in front of this sitting, and how it was signed in to. */
export function deviceAt({ passkeySince }: Pick<Sitting, 'passkeySince'>, { device }: Pick<Visitor, 'device'>): DeviceSeen {
  return { ...device, passkeySince };
}

export function toSitting(row: SittingRow): Sitting {
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
