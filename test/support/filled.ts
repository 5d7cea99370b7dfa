import type { Database } from '../../src/store/database.ts';

/**
 * Rows of an installation of some size, each with a number `n`. There are enough
 * that PostgreSQL prefers an index wherever one serves. Nothing is due, so that a job that reads
 * more than it takes is seen.
 */
const ROWS = 4_000;

const id = (prefix: string): string => `'${prefix}_' || n`;
const key = (salt: string): string => `substr(sha256(('${salt}' || n)::bytea), 1, 16)`;
const AGO = "now() - n * interval '1 minute'";
const AHEAD = "now() + interval '1 hour' + n * interval '1 minute'";
const SIDES = "(array['initiator', 'counterparty'])[1 + n % 2]";

/** Table (columns), values, and of how many rows; in the order of their references. */
// biome-ignore format: a table is read by its columns
const TABLES: readonly (readonly [table: string, values: string, rows?: number])[] = [
  ['owners (id, kind, identity_index, verified_at, verified_by)', `${id('own')}, 'person', ${key('o')}, now(), 'identity_document'`],
  ['owner_keys (owner_id, kek_id, wrapped_key)', `${id('own')}, 'kek-' || n % 3, ${key('w')}`],
  ['owner_fields (owner_id, name, ciphertext)', `${id('own')}, f, ${key('f')}`],
  ['accounts (id, login, password_hash, display_name, kind, owner_id, qualification, qualified_until)',
    `${id('acc')}, 'login-' || n, 'x', 'Name ' || n, 'personal', 'own_' || (1 + n / 4), 'verified', ${AHEAD}`],
  ['account_imports (platform, fingerprint)', `'local', sha256(('i' || n)::bytea)`],
  ['owner_affiliations (parent_id, subsidiary_id, verified_at)', `${id('own')}, 'own_' || (1 + (n + 7) % ${ROWS}), now()`],
  ['owner_relatives (owner_id, relative_id, relation, recorded_by)', `least('own_' || n, 'own_' || (1 + (n + 3) % ${ROWS})), greatest('own_' || n, 'own_' || (1 + (n + 3) % ${ROWS})), 'sibling', 'staff'`],
  ['owner_references (platform, reference, owner_id)', `'demo', ${key('j')}, ${id('own')}`],
  ['upstream_tickets (purpose, key, browser, sealed, expires_at)', `(array['sent', 'answered', 'start', 'spent'])[1 + n % 4], ${key('k')}, ${key('b')}, '', ${AHEAD}`],
  ['known_devices (owner_id, device_hash, label)', `${id('own')}, ${key('d')}, 'Chrome'`],
  ['orders (id, account_id, opened_at, settled_at)', `${id('ord')}, ${id('acc')}, now(), now()`],
  ['live_broadcasts (id, account_id, started_at, ended_at)', `${id('liv')}, ${id('acc')}, now(), now()`],
  ['second_factors (id, account_id, kind, name, credential_id, public_key, counter, transports)', `${id('fac')}, ${id('acc')}, 'passkey', 'Key', ${key('c')}, ${key('p')}, 0, '{}'`],
  ['passkey_challenges (account_id, purpose, challenge, expires_at)', `${id('acc')}, 'prove', ${key('x')}, ${AHEAD}`],
  ['sign_in_challenges (challenge, browser, expires_at)', `${key('s')}, ${key('b')}, ${AHEAD}`],
  ['totp_enrolments (account_id, factor_id, token, secret, expires_at)', `${id('acc')}, ${id('fac')}, ${key('t')}, ${key('z')}, ${AHEAD}`],
  ['account_contacts (account_id, kind, address_hash, address)', `${id('acc')}, 'mail', ${key('j')}, ${key('k')}`],
  ['contact_codes (token, purpose, kind, address_hash, address, account_id, code, expires_at)', `${key('l')}, 'recover', 'mail', ${key('m')}, ${key('n')}, ${id('acc')}, ${key('q')}, ${AHEAD}`],
  ['outgoing_messages (id, kind, content, to_nobody, next_try_at, expires_at)', `${id('msg')}, 'mail', ${key('u')}, false, ${AHEAD}, ${AHEAD}`],
  ['sandbox_messages (message_id, kind, recipient, subject, body)', `${id('msg')}, 'mail', 'a@b.example', 'Subject', 'Body'`],
  ['bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id, pack, pack_version, kind, state, same_owner_method, same_owner_checked_at, reached)',
    `${id('bnd')}, 'acc_' || (1 + (n + 2000) % ${ROWS}), 'acc_' || n, 'own_' || (1 + n / 4), 'own_' || (1 + n / 4), 'douyin', 1 + n % 7, 'personal', (array['active', 'active', 'suspended', 'history'])[1 + n % 4], 'identity_document', now(), array[now()]`],
  ['status_lists (size)', '100000', 3],
  ['status_entries (list_id, idx, binding_id, audience)', `1, n, ${id('bnd')}, 'https://app'`],
  ['decisions (id, request_id, pack, pack_version, verdict, facts, hooks, decided_at, shadow)',
    `${id('dec')}, ${id('brq')}, 'douyin', 1, (array['allow', 'step_up', 'review', 'deny'])[1 + n % 4], '{}', '[]', ${AGO}, case n % 10 when 0 then '{"hooks": []}'::jsonb end`, 5 * ROWS],
  ['binding_requests (id, state, client_id, channel, role, pack, pack_version, details, audience, sector, interaction_uid, grant_id, handle_hash, start_hash, code_hash, code_left_hash, code_right_hash, link_hash, initiator_id, initiator_browser, primary_id, sub_id, primary_owner_id, decision_id, refusal, refused_at, created_at, expires_at)',
    `${id('brq')}, state, 'app-' || n % 9, 'browser', 'primary', 'douyin', 1 + n % 7, '{}', 'https://app', 'app', 'uid-' || n, 'grant-' || n, ${key('h')}, ${key('r')},
     case state when 'offered' then ${key('1')} end, case state when 'offered' then ${key('2')} end, case state when 'offered' then ${key('3')} end, case state when 'offered' then ${key('4')} end,
     'acc_' || (1 + n % ${ROWS}), ${key('5')}, 'acc_' || (1 + n % ${ROWS}), 'acc_' || (1 + (n + 1) % ${ROWS}), 'own_' || (1 + n % ${ROWS}), ${id('dec')},
     case state when 'refused' then 'risk' end, case state when 'refused' then ${AGO} end, ${AGO}, ${AHEAD}`, 5 * ROWS],
  ['approval_sessions (id, request_id, side, browser, account_id, expires_at)', `${id('sit')}, ${id('brq')}, ${SIDES}, ${key('6')}, ${id('acc')}, ${AHEAD}`],
  ['step_up_checks (id, request_id, side, account_id, owner_id, state, ended_at, next_try_at)',
    `${id('chk')}, ${id('brq')}, 'counterparty', 'acc_' || (1 + n % ${ROWS}), 'own_' || (1 + n % ${ROWS}), case n % 100 when 0 then 'waiting' else 'passed' end, case when n % 100 > 0 then now() end, case n % 100 when 0 then ${AHEAD} end`, 5 * ROWS],
  ['evidence (id, account_id, owner_id, type, state, examiner, valid_until, next_try_at)',
    `${id('evi')}, 'acc_' || (1 + n / 2), 'own_' || (1 + n / 8), (array['id_front', 'id_back'])[1 + n % 2], (array['checking', 'accepted'])[1 + n % 3 / 2], 'provider', ${AHEAD}, case when n % 3 < 2 then ${AHEAD} end`, 2 * ROWS - 2],
  ['micro_deposits (evidence_id, state, until)', `${id('evi')}, 'sent', ${AHEAD}`],
  ['in_person_signings (evidence_id, state, appointed_at)', `${id('evi')}, 'appointed', ${AHEAD}`],
  ['corrections (id, account_id, owner_id, field, state, value, for_owner, due_at)', `${id('cor')}, ${id('acc')}, ${id('own')}, 'name', 'open', ${key('7')}, ${key('8')}, ${AHEAD}`],
  ['evidence_documents (id, evidence_id, owner_id, media_type, size, remove_at)', `${id('doc')}, ${id('evi')}, 'own_' || (1 + n / 4), 'image/png', 1, ${AHEAD}`],
  ['owner_notices (account_id, what, evidence_id, binding_id)', `${id('acc')}, 'evidence.accepted', ${id('evi')}, ${id('bnd')}`],
  ['account_claims (account_id, owner_id)', `${id('acc')}, 'own_' || (1 + n / 4)`],
  ['account_claim_fields (account_id, name, ciphertext, for_owner, digest)', `${id('acc')}, 'name', ${key('9')}, ${key('a')}, ${key('e')}`],
  ['affiliation_claims (evidence_id, parent_index, number)', `${id('evi')}, ${key('pi')}, ${key('pn')}`],
  ['confirmation_codes (account_id, owner_id, code_hash, expires_at)', `${id('acc')}, 'own_' || (1 + n / 4), ${key('cc')}, ${AHEAD}`],
  ['account_consents (account_id, consent, version, language, text_hash)', `${id('acc')}, 'identity_documents', 1, 'en', ${key('g')}`],
  ['review_cases (id, subject_kind, subject_id, state, evidence, due_at, decided_at, applicant, kind, appeal_text, escalated_at)',
    `${id('cas')}, 'binding_request', ${id('brq')}, state, '{}', ${AHEAD}, case state when 'decided' then ${AGO} end, ${id('acc')}, 'personal', case n % 3 when 0 then ${key('i')} end, null`],
  ['review_opinions (case_id, by, decision)', `${id('cas')}, ${id('acc')}, 'accept'`],
  ['review_looks (case_id, by)', `${id('cas')}, ${id('acc')}`],
  ['clearances (case_id, request_id, primary_id, sub_id, pack, doubts, valid_until)', `${id('cas')}, ${id('brq')}, ${id('acc')}, 'acc_' || (1 + (n + 1) % ${ROWS}), 'douyin', '[]', ${AHEAD}`],
  ['audit_log (action, subject, actor, at)', `'owner.opened', 'own_' || (1 + n % ${ROWS}), 'acc_' || (1 + n % ${ROWS}), ${AGO}`, 5 * ROWS],
  ['events (type, stream, data, happened_at)', `'urn:bindery:event:binding-established', ${id('bnd')}, '{}', ${AGO}`, 2 * ROWS],
  ['oidc_artifacts (model, id, payload, grant_id, uid, expires_at)', `'AccessToken', ${id('tok')}, '{}', 'grant-' || n % ${ROWS}, 'uid-' || n, ${AHEAD}`, 5 * ROWS],
  ['clients (client_id, metadata)', `${id('app')}, '{}'`, 1_000],
  ['rate_limits (key, points, expire)', `'sign-in:' || n, 1, (extract(epoch from now()) * 1000)::bigint + 3600000`],
  ['callback_nonces (nonce)', id('non')],
  ['device_nonces (nonce, expires_at)', `${key('j')}, ${AHEAD}`],
  ['device_keys (device, key, first_at, last_at)', `${key('k')}, ${key('l')}, now(), now()`],
  ['orphaned_uploads (id)', id('doc')],
  ['signals (month, account_id, owner_id, device, network, traits, first_at, last_at)', `signal_month(now()), ${id('acc')}, 'own_' || (1 + n / 4), ${key('k')}, ${key('m')}, '{}', now(), now()`],
  ['signal_owners (month, node, owner_id, kind, first_at)', `signal_month(now()), ${key('k')}, 'own_' || (1 + n / 4), 'device', now()`],
  ['binding_attempts (month, request_id, side, account_id, owner_id, device, network, verdict, risk, at)', `signal_month(now()), ${id('brq')}, 'initiator', ${id('acc')}, 'own_' || (1 + n / 4), ${key('k')}, ${key('m')}, 'allow', false, now()`],
  ['payments (month, account_id, owner_id, direction, party, cents, first_at, last_at)', `signal_month(now()), ${id('acc')}, 'own_' || (1 + n / 4), 'in', ${key('q')}, 100, now(), now()`],
  ['account_habits (account_id, since, hours, hour_at)', `${id('acc')}, now(), '{}', now()`],
  ['board_stepped_up (request_id, day, pack, hook)', `${id('brq')}, current_date, 'douyin', 'device'`, 500],
  ['board_tallies (day, pack, what, hook, said, came, bucket, n)', `current_date - n % 900, 'douyin', 'time', 'hook-' || n % 20, '', '', n, 1`],
];

const STATES = `(array['created', 'offered', 'answered', 'approved', 'redeemed', 'refused', 'expired'])[1 + n % 7]`;

/** Fills a migrated database and analyses it. */
export async function fill(db: Database): Promise<void> {
  const client = await db.pool.connect();
  try {
    // the references are right, and checking them is slow
    await client.query(`set session_replication_role = 'replica'`);
    for (const [table, values, rows = ROWS] of TABLES) {
      const names = table.startsWith('owner_fields')
        ? `, unnest(array['name', 'document_number']) f`
        : '';
      const state = table.startsWith('review_cases')
        ? `case n % 10 when 0 then 'open' else 'decided' end`
        : STATES;
      await client.query(
        `insert into ${table} select ${values} from (select n, ${state} as state from generate_series(1, ${rows}) n) r${names} on conflict do nothing`,
      );
    }
    await client.query('vacuum analyze');
  } finally {
    client.release(true);
  }
}
