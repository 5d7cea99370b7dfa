import type { AccountSummary } from '../accounts/account.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { ApprovalSession } from './approval-session.ts';
import { type ApprovalSessionRow, toApprovalSession } from './approval-sessions.store.ts';
import type { App } from './apps.store.ts';
import { fromRow, type RequestRow, type StoredRequest } from './request-row.ts';

/** What the pages of a request show beside it. */
export interface ApprovalContext {
  readonly app: App;
  /** The accounts of both sides, as far as they are known, and of the approval session. */
  readonly accounts: ReadonlyMap<AccountId, AccountSummary>;
  /** The filled slots of the primary (R2): the side that is known, or who would be it. */
  readonly slots: { readonly primary: AccountId; readonly used: number } | null;
}

export interface ApprovalSessionPage {
  readonly approvalSession: ApprovalSession;
  readonly stored: StoredRequest;
  readonly beside: ApprovalContext;
}

interface ApprovalSessionPageRow extends RequestRow {
  readonly approval_session: ApprovalSessionRow;
  readonly app: {
    readonly name: string | null;
    readonly uri: string | null;
    readonly logo_uri: string | null;
    readonly unverified: boolean;
    readonly disabled: boolean;
  } | null;
  readonly accounts: readonly AccountSummary[] | null;
  readonly primary_side: AccountId | null;
  readonly slots_used: number | null;
}

/**
 * The approval session by its id, or the initiator's by the interaction that opened the request.
 */
export type ApprovalSessionKey =
  | { readonly approvalSessionId: string }
  | { readonly interactionUid: string };

/**
 * An approval session of this browser with all that its pages show. It is one statement, because a
 * binding opens a dozen of these pages.
 */
export async function findApprovalSessionPage(
  db: Db,
  which: ApprovalSessionKey,
  browser: Buffer,
): Promise<ApprovalSessionPage | undefined> {
  const approvalSessionId = 'approvalSessionId' in which ? which.approvalSessionId : null;
  const interactionUid = 'interactionUid' in which ? which.interactionUid : null;
  const [row] = await db.query<ApprovalSessionPageRow>(sql`
    with clock as materialized (select bindery_now() as at)
    select r.*, clock.at as now,
           json_build_object('id', s.id, 'request_id', s.request_id, 'side', s.side, 'code_serial', s.code_serial,
             'account_id', s.account_id, 'signed_in_ago', seconds_signed_in(s.account_id, s.auth_time)) as approval_session,
           (select json_build_object('name', name, 'uri', uri, 'logo_uri', logo_uri,
             'unverified', unverified, 'disabled', disabled)
              from app_cards where client_id = r.client_id) as app,
           (select json_agg(json_build_object('id', id, 'platform', platform, 'login', login, 'displayName', display_name, 'kind', kind, 'roles', roles))
              from account_cards where id in (r.initiator_id, r.counterparty_id, s.account_id)) as accounts,
           side.id as primary_side,
           case when side.id is not null then
             (select count(*) from occupied_slots o where o.primary_id = side.id and o.pack = r.pack)::int
           end as slots_used
      from clock, approval_sessions s
      join binding_requests r on r.id = s.request_id
     cross join lateral (
             select case r.role when 'primary' then coalesce(r.initiator_id, case s.side when 'initiator' then s.account_id end)
                                else coalesce(r.counterparty_id, case s.side when 'counterparty' then s.account_id end) end as id
           ) as side
     where s.id = coalesce(${approvalSessionId}, (select started.id from approval_sessions started join binding_requests its on its.id = started.request_id
                                           where its.interaction_uid = ${interactionUid} and started.side = 'initiator' and started.browser = ${browser}
                                             and started.expires_at > bindery_now()
                                           order by started.created_at desc limit 1))
       and s.browser = ${browser} and s.expires_at > clock.at`);
  return (
    row && {
      approvalSession: toApprovalSession(row.approval_session),
      stored: fromRow(row),
      beside: toBeside(row),
    }
  );
}

function toBeside({
  client_id,
  app,
  accounts,
  primary_side,
  slots_used,
}: ApprovalSessionPageRow): ApprovalContext {
  return {
    app: {
      clientId: client_id,
      name: app?.name ?? client_id,
      uri: app?.uri ?? null,
      logoUri: app?.logo_uri ?? null,
      unverified: app?.unverified ?? false,
      disabled: app?.disabled ?? false,
    },
    accounts: new Map(accounts?.map((account) => [account.id, account])),
    slots: primary_side === null ? null : { primary: primary_side, used: slots_used ?? 0 },
  };
}
