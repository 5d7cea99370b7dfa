import { CONSENT_TEXTS, CONSENT_VERSIONS } from '../evidence/consents/consent.ts';
import { EVIDENCE, REQUIRED } from '../evidence/pieces/evidence-type.ts';
import { newId, type OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { DemoAccount } from './demo-world.ts';

export async function hasDemo(db: Db): Promise<boolean> {
  const rows = await db.query(sql`select 1 from accounts where login = 'linxiao'`);
  return rows.length > 0;
}

export async function upsertClient(
  tx: Tx,
  metadata: { readonly client_id: string },
  secretHash: string | null,
): Promise<void> {
  await tx.query(sql`
    insert into clients (client_id, metadata, secret_hash) values (${metadata.client_id}, ${JSON.stringify(metadata)}, ${secretHash})
    on conflict (client_id) do update set metadata = excluded.metadata, secret_hash = excluded.secret_hash, updated_at = now()`);
}

export async function insertAccount(
  tx: Tx,
  account: DemoAccount,
  { owner, passwordHash }: { readonly owner: OwnerId | null; readonly passwordHash: string },
): Promise<void> {
  await tx.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind, owner_id, qualification, roles)
    values (${newId('acc')}, ${account.login}, ${passwordHash}, ${account.name}, ${account.kind},
            ${owner}, ${account.qualification}, ${account.roles ?? []})`);
}

export async function setAdministrator(
  tx: Tx,
  login: string,
  administrator: string,
): Promise<void> {
  await tx.query(sql`
    update accounts set administrator_id = (select id from accounts where login = ${administrator}) where login = ${login}`);
}

/**
 * Adds the accepted evidence of a verified demo account: all that R3 requires for its kind, and the
 * consent for it.
 */
export async function insertAcceptedEvidence(
  tx: Tx,
  { login, kind }: Pick<DemoAccount, 'login' | 'kind'>,
): Promise<void> {
  for (const consent of new Set(REQUIRED[kind].map(([type]) => EVIDENCE[type].consent))) {
    await tx.query(sql`
      insert into account_consents (account_id, consent, version, language, text_hash)
      select id, ${consent}, ${CONSENT_VERSIONS[consent]}::int, 'zh-CN', ${Buffer.from(CONSENT_TEXTS[consent]['zh-CN'], 'base64url')}
        from accounts where login = ${login}`);
  }
  for (const [type] of REQUIRED[kind]) {
    await tx.query(sql`
      insert into evidence (id, account_id, owner_id, type, state, examiner, accepted_at)
      select ${newId('evi')}, id, owner_id, ${type}, 'accepted', 'person', bindery_now() from accounts where login = ${login}`);
  }
}

/** Adds a binding that exists when the demo starts. */
export async function insertBinding(
  tx: Tx,
  packVersion: number,
  [primary, sub]: readonly [string, string],
): Promise<void> {
  await tx.query(sql`
    insert into bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id, pack, pack_version, kind, state,
                          same_owner_method, same_owner_checked_at)
    select ${newId('bnd')}, p.id, s.id, p.owner_id, s.owner_id, 'douyin', ${packVersion}::int, p.kind, 'active',
           case p.kind when 'personal' then 'identity_document' else 'legal_entity' end, bindery_now()
      from accounts p, accounts s where p.login = ${primary} and s.login = ${sub}`);
}

/** Adds a live broadcast and an unsettled order, which prevent unbinding (R25). */
export async function insertObstacles(tx: Tx, login: string): Promise<void> {
  await tx.query(sql`
    insert into live_broadcasts (id, account_id, started_at)
    select 'live-demo-1', id, bindery_now() - interval '1 hour' from accounts where login = ${login}`);
  await tx.query(sql`
    insert into orders (id, account_id, opened_at)
    select 'order-demo-1', id, bindery_now() - interval '3 days' from accounts where login = ${login}`);
}
