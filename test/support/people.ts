import { randomBytes } from 'node:crypto';
import type { Kind } from '../../src/accounts/account.ts';
import { saveSignIn } from '../../src/binding/approval-sessions.store.ts';
import type { BindingDeps } from '../../src/binding/deps.ts';
import { followLink, openStart } from '../../src/binding/follow-link.ts';
import type { ShownCode } from '../../src/binding/live-code.ts';
import { offerFromApprovalSession } from '../../src/binding/offer-binding.ts';
import { startRequest } from '../../src/binding/start-request.ts';
import {
  type AccountId,
  type ApprovalSessionId,
  newId,
  type OwnerId,
} from '../../src/kernel/ids.ts';
import type { Visitor } from '../../src/risk/device.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';

/** A password hash that no password has, for accounts that nobody signs in to. */
const NO_PASSWORD = 'x';

export async function makeOwner(
  db: Db,
  kind: 'person' | 'organisation' = 'person',
): Promise<OwnerId> {
  const id = newId('own');
  const by = kind === 'person' ? 'identity_document' : 'legal_entity';
  await db.query(sql`
    insert into owners (id, kind, identity_index, verified_at, verified_by)
    values (${id}, ${kind}, ${randomBytes(32)}, bindery_now(), ${by})`);
  return id;
}

export async function makeAccount(
  db: Db,
  owner: OwnerId | null,
  kind: Kind = 'personal',
): Promise<AccountId> {
  const id = newId('acc');
  await db.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind, owner_id, qualification)
    values (${id}, ${id.toLowerCase()}, ${NO_PASSWORD}, ${`Account ${id.slice(-4)}`}, ${kind}, ${owner}, 'verified')`);
  return id;
}

export async function makeAccounts(db: Db, owner: OwnerId, count: number): Promise<AccountId[]> {
  return await Promise.all(Array.from({ length: count }, () => makeAccount(db, owner)));
}

/** A person at a new browser. */
export function makeVisitor(address = '127.0.0.1'): Visitor {
  const browser = randomBytes(32);
  const unknown = {
    place: '',
    traits: [],
    contradictions: 0,
    local: true,
    proof: null,
    location: null,
  };
  return {
    browser,
    address,
    device: {
      device: browser.toString('base64url'),
      label: 'Chrome · Linux',
      network: '127.0.0.0/24',
      ...unknown,
    },
  };
}

export interface Offered extends ShownCode {
  readonly handle: string;
  readonly initiatorApprovalSession: string;
  readonly visitor: Visitor;
}

/** A back-channel request that its initiator has approved, with a live code. */
export async function offerAs(
  deps: BindingDeps,
  initiator: AccountId,
  details: Partial<{ role: 'primary' | 'sub'; pack: string }> = {},
): Promise<Offered> {
  const { handle, reference, save } = startRequest(deps, {
    client: { client_id: 'demo-web' },
    details: {
      type: 'account_binding',
      role: details.role ?? 'primary',
      pack: details.pack ?? 'douyin',
      actions: ['comment', 'repost'],
      privileges: [],
      datatypes: ['profile'],
      locations: [],
    },
    jkt: undefined,
    uiLocales: undefined,
    loginHint: undefined,
  });
  await deps.db.transaction(save);
  const visitor = makeVisitor();
  const opened = await openStart(deps, { reference, visitor });
  if (!opened.ok) throw new Error(opened.refusal.site);
  await saveSignIn(deps.db, opened.value.approvalSessionId as ApprovalSessionId, {
    account: initiator,
    passkey: null,
  });
  const offered = await offerFromApprovalSession(deps, {
    approvalSessionId: opened.value.approvalSessionId,
    visitor,
  });
  if (!offered.ok) throw new Error(offered.refusal.site);
  return {
    ...offered.value,
    handle,
    initiatorApprovalSession: opened.value.approvalSessionId,
    visitor,
  };
}

/** The counterparty, freshly signed in and looking at the approval page. */
export async function arriveAs(
  deps: BindingDeps,
  link: string,
  account: AccountId,
  visitor = makeVisitor(),
): Promise<{ approvalSessionId: string; visitor: Visitor }> {
  const arrived = await followLink(deps, { link, visitor });
  if (!arrived.ok) throw new Error(arrived.refusal.site);
  await saveSignIn(deps.db, arrived.value.approvalSessionId as ApprovalSessionId, {
    account,
    passkey: null,
  });
  return { approvalSessionId: arrived.value.approvalSessionId, visitor };
}

/**
 * One offered request for each of `subs`, and each sub signed in at its approval page: what the
 * verbs would have written, by two statements, so that the set-up of a race of a hundred is fast.
 */
export async function offerToMany(
  db: Db,
  initiator: AccountId,
  subs: readonly AccountId[],
): Promise<{ readonly approvalSessionId: string; readonly visitor: Visitor }[]> {
  const visitor = makeVisitor();
  const details = {
    type: 'account_binding',
    role: 'primary',
    pack: 'douyin',
    actions: ['comment', 'repost'],
    privileges: [],
    datatypes: [],
    locations: [],
  };
  const requests = subs.map(() => newId('brq'));
  const approvalSessions = subs.map(() => newId('sit'));
  await db.query(sql`
    insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details, audience, sector, code_hash, code_serial,
                                  initiator_id, initiator_browser, initiator_device, expires_at)
    select id, 'offered', 'demo-web', 'back_channel', 'primary', 'douyin', (select max(version) from pack_versions where pack = 'douyin'), ${JSON.stringify(details)}::jsonb, 'demo-web', 'demo-web',
           sha256(convert_to(id, 'UTF8')), 1, ${initiator}, ${visitor.browser}, ${JSON.stringify(visitor.device)}::jsonb,
           bindery_now() + interval '15 minutes'
      from unnest(${requests}::text[]) as id`);
  await db.query(sql`
    insert into approval_sessions (id, request_id, side, browser, code_serial, account_id, auth_time, expires_at)
    select id, request, 'counterparty', ${visitor.browser}, 1, account, bindery_now(), bindery_now() + interval '1 hour'
      from unnest(${approvalSessions}::text[], ${requests}::text[], ${subs}::text[]) as s (id, request, account)`);
  return approvalSessions.map((approvalSessionId) => ({ approvalSessionId, visitor }));
}

/** Frees every slot for the next round of a race. */
export async function forgetBindings(db: Db): Promise<void> {
  await db.query(sql`update bindings set state = 'purged'`);
}

export async function countBindings(db: Db, primary: AccountId): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`
    select count(*)::int as count from bindings where primary_id = ${primary} and state in ('active', 'suspended')`);
  return row?.count ?? -1;
}
