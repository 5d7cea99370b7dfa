import pg from 'pg';
import type { Database } from '../../src/store/database.ts';

/**
 * Signals per account: edges in four months, on the owner's devices, in networks with few or many
 * owners.
 */
const SIGNALS_PER_ACCOUNT = 20;

/** Up to this number of accounts, the load is verified. */
const CHECKED = 10_000;

/** Tables whose indexes are dropped during the load and created again from the migration's text. */
const INDEXED = ['signals', 'signal_owners', 'binding_attempts', 'payments'] as const;

/** Rows are not ordered by owner. The step has no factor in common with any number of accounts. */
const STEP = 7_919;

/**
 * Fills a migrated database with this many accounts, two per owner. Each owner has a phone and a
 * computer. Three owners share a home, ten an office, five hundred a carrier's network. Four owners
 * share one device in fifty. A neighbourhood looks the same for any number of accounts; only the
 * tables grow.
 */
export async function load(
  url: string,
  accounts: number,
): Promise<{ readonly signals: number; readonly seconds: number }> {
  const startedAt = performance.now();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const part of INDEXED)
      for (let ago = 1; ago < 4; ago += 1) await client.query(pastMonth(part, ago));
    await client.query(
      `set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '256MB'`,
    );
    const { rows: indexes } = await client.query<{
      table: string;
      name: string;
      definition: string;
      key: boolean;
    }>(
      `
      select c.relname as table, x.relname as name, i.indisprimary as key,
             case when i.indisprimary then pg_get_constraintdef(k.oid) else pg_get_indexdef(i.indexrelid) end as definition
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
        left join pg_constraint k on k.conindid = i.indexrelid
       where c.relname = any($1) and c.relkind = 'p'`,
      [INDEXED],
    );
    for (const { table, name, key } of indexes)
      await client.query(
        key ? `alter table ${table} drop constraint ${name}` : `drop index ${name}`,
      );
    await client.query(autovacuum(false));
    for (const statement of rowsOf(accounts)) await client.query(statement);
    for (const { table, name, definition, key } of indexes) {
      await client.query(
        key
          ? `alter table ${table} add constraint ${name} ${definition}`
          : definition.replace(' ON ONLY ', ' ON '),
      );
    }
    await client.query(autovacuum(true));
    if (accounts <= CHECKED) await checkOwners(client);
    // Autovacuum would have done this long before. Otherwise the first readers would pay for it.
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
  return {
    signals: accounts * SIGNALS_PER_ACCOUNT,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/**
 * Reads into PostgreSQL's cache what decisions read, as on a server that has run for a while. All
 * of it fits on a machine of 24 GB. Otherwise the first decisions would measure reads from the
 * disk.
 */
export async function warm({ pool }: Database): Promise<void> {
  await pool.query('create extension if not exists pg_prewarm');
  await pool.query(`
    select count(pg_prewarm(c.oid)) from pg_class c
     where c.relkind in ('r', 'i') and (
           c.relname ~ '^(signals_\\d+(_owner_id_first_at_idx)?|(accounts|owners|account_habits|device_keys)(_pkey)?|known_devices(_device)?|bind(ings|ing_requests)(_.*)?)$'
        or c.relname ~ '^(signals_\\d+_device_owner_id_idx|signal_owners_\\d+_(pkey|owner.*)|(binding_attempts|payments)_\\d+(_(owner|party|network).*)?)$'
           and right(substring(c.relname from '\\d+'), 6) >= to_char(now() - interval '1 month', 'YYYYMM'))`);
}

/** Named by number, so that the measurement can compute the names. */
export const NAMES = {
  account: (number: number): string => `acc_${String(number).padStart(9, '0')}`,
  owner: (number: number): string => `own_${String(number).padStart(9, '0')}`,
} as const;

const md5 = (text: string): string => `decode(md5(${text}), 'hex')`;

function rowsOf(accounts: number): readonly string[] {
  const owners = accounts / 2;
  const owner = `lpad((a / 2)::text, 9, '0')`;
  const device = `case when s % 5 = 4 and (a / 2) % 50 < 4 then ${md5(`'shared ' || a / 100`)} else ${md5(`'device ' || a / 2 || ' ' || s % 2`)} end`;
  const network = `case s % 5 when 0 then ${md5(`'home ' || a / 6`)} when 1 then ${md5(`'office ' || a / 20`)} else ${md5(`'carrier ' || a / 1000 || ' ' || s % 5`)} end`;
  const month = `(signal_month(now()) - make_interval(months => s / 5))::date`;
  const at = `now() - make_interval(days => 30 * (s / 5) + (a * 7 + s) % 20)`;
  return [
    `insert into owners (id, kind, identity_index, verified_at, verified_by)
     select 'own_' || lpad(o::text, 9, '0'), 'person', ${md5(`'owner ' || o`)}, now(), 'identity_document' from generate_series(0, ${owners - 1}) o`,
    `insert into accounts (id, login, password_hash, display_name, kind, owner_id, qualification)
     select 'acc_' || lpad(a::text, 9, '0'), 'login' || a, '-', 'Account ' || a, 'personal', 'own_' || ${owner}, 'verified' from generate_series(0, ${accounts - 1}) a`,
    `insert into signals (month, account_id, owner_id, device, network, traits, visits, first_at, last_at)
     select ${month}, 'acc_' || lpad(a::text, 9, '0'), 'own_' || ${owner}, ${device}, ${network},
            array[1, 2, 3, 4, a % 60, 6, 7, 8, 9, 10, a], 3, ${at} - interval '5 days', ${at}
       from generate_series(0, ${accounts * SIGNALS_PER_ACCOUNT - 1}) i,
            lateral (select (i::bigint % ${accounts} * ${STEP} % ${accounts})::int as a, i / ${accounts} as s) each`,
    // The rows that noteVisit would have written for these signals; `checkOwners` verifies them for
    // a small load.
    `insert into signal_owners (month, node, owner_id, kind, first_at)
     select (signal_month(now()) - make_interval(months => ago))::date, node, 'own_' || lpad(o::text, 9, '0'),
            case when no in (1, 2, 8) then 'device' else 'network' end, now() - make_interval(days => 30 * ago + 5 + (o * 7) % 20)
       from generate_series(0, 3) ago, generate_series(0, ${owners - 1}) o,
            unnest(array[${md5(`'device ' || o || ' 0'`)}, ${md5(`'device ' || o || ' 1'`)}, ${md5(`'home ' || o / 3`)}, ${md5(`'office ' || o / 10`)},
                         ${[2, 3, 4].map((no) => md5(`'carrier ' || o / 500 || ' ${no}'`)).join(', ')},
                         case when o % 50 < 4 then ${md5(`'shared ' || o / 50`)} end]) with ordinality as seen(node, no)
      where node is not null`,
    `insert into account_habits (account_id, since, hours, hour_at, gaps, gap_mean, gap_m2)
     select 'acc_' || lpad(a::text, 9, '0'), now() - interval '100 days', array_fill(1.0::float8, array[24]), now() - interval '3 hours', 40, 50000, 1e11
       from generate_series(0, ${accounts - 1}) a`,
    `insert into binding_attempts (month, request_id, side, account_id, owner_id, device, network, verdict, risk, at)
     select signal_month(at), 'brq_' || a, 'initiator', 'acc_' || lpad(a::text, 9, '0'), 'own_' || ${owner}, ${md5(`'device ' || a / 2 || ' 0'`)},
            ${md5(`'home ' || a / 6`)}, 'allow', a % 200 = 0, at
       from generate_series(0, ${accounts - 1}, 5) a, lateral (select now() - make_interval(days => a % 25) as at) clock`,
    `insert into payments (month, account_id, owner_id, direction, party, cents, first_at, last_at)
     select signal_month(at), 'acc_' || lpad(a::text, 9, '0'), 'own_' || ${owner}, direction,
            case direction when 'out' then ${md5(`'bank ' || a / 3`)} else ${md5(`'brand ' || a % 500`)} end, 100000, at, at
       from generate_series(0, ${accounts - 1}) a, unnest(array['in', 'out']) direction, lateral (select now() - make_interval(days => a % 25) as at) clock`,
    `insert into known_devices (owner_id, device_hash, label)
     select 'own_' || lpad(o::text, 9, '0'), ${md5(`'device ' || o || ' ' || no`)}, 'Chrome · Android' from generate_series(0, ${owners - 1}) o, generate_series(0, 1) no`,
    `insert into device_keys (device, key, first_at, last_at)
     select device_hash, substring(sha256(device_hash) for 16), now() - interval '100 days', now() - interval '1 day' from known_devices`,
    // The two accounts of every third owner are bound, by an earlier request.
    `insert into bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id, pack, pack_version, kind, state, same_owner_method, same_owner_checked_at)
     select 'bnd_' || o, 'acc_' || lpad((2 * o)::text, 9, '0'), 'acc_' || lpad((2 * o + 1)::text, 9, '0'), 'own_' || lpad(o::text, 9, '0'),
            'own_' || lpad(o::text, 9, '0'), 'douyin', 1, 'personal', 'active', 'identity_document', now() from generate_series(0, ${owners - 1}, 3) o`,
    `insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details, audience, sector, handle_hash, initiator_id, counterparty_id,
                                   primary_id, sub_id, primary_owner_id, binding_id, created_at, expires_at)
     select 'brq_' || id, 'redeemed', 'app', 'back_channel', 'primary', pack, pack_version, '{}', 'app', 'app', sha256(id::bytea), primary_id, sub_id,
            primary_id, sub_id, primary_owner_id, id, now() - interval '2 hours', now() - interval '1 hour' from bindings`,
  ];
}

async function checkOwners(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ wrong: number }>(`
    with seen as (select month, device as node, owner_id, 'device' as kind from signals
                  union select month, network, owner_id, 'network' from signals)
    select (select count(*) from (table seen except select month, node, owner_id, kind from signal_owners) missing)
         + (select count(*) from (select month, node, owner_id, kind from signal_owners except table seen) strange) as wrong`);
  if (Number(rows[0]?.wrong) !== 0)
    throw new Error(`signal_owners is not what the signals say in ${rows[0]?.wrong} rows`);
}

/** Autovacuum is off during the load, because it would slow it down. */
function autovacuum(on: boolean): string {
  return `do $$ declare part text; begin
    for part in select inhrelid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relkind = 'r' loop
      execute format('alter table %s set (autovacuum_enabled = ${on})', part);
    end loop; end $$`;
}

function pastMonth(table: string, ago: number): string {
  const first = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - ago, 1));
  const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1));
  const [from, to] = [first, next].map((day) => day.toISOString().slice(0, 10));
  return `create table ${table}_${from?.slice(0, 7).replace('-', '')} partition of ${table} for values from ('${from}') to ('${to}')`;
}
