import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql } from '../store/sql.ts';

/** Kinds of signals, in display order. */
export const SIGNAL_KINDS = [
  'devices',
  'keys',
  'networks',
  'places',
  'hours',
  'attempts',
  'payments',
] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export interface KeptSignals {
  readonly what: SignalKind;
  /** How many of them: devices, networks, payments and so on. */
  readonly count: number;
  readonly since: Date;
}

/** What is stored of an account's visits, attempts and payments: how many, and since when. */
export async function findKeptSignals(db: Db, account: AccountId): Promise<KeptSignals[]> {
  const rows = await db.query<KeptSignals>(sql`
    with mine as materialized (select * from signals where account_id = ${account})
    select * from (
      select 'devices' as what, count(distinct device)::int as count, min(first_at) as since from mine
      union all select 'networks', count(distinct network)::int, min(first_at) from mine
      union all select 'places', count(distinct (provider, country, latitude, longitude))::int, min(first_at) from mine
       where coalesce(provider::text, country, latitude::text) is not null
      union all select 'keys', count(*)::int, min(first_at) from device_keys where device in (select device from mine)
      union all select 'hours', count(*)::int, min(since) from account_habits where account_id = ${account}
      union all select 'attempts', count(distinct a.request_id)::int, min(a.at) from account_cards o join binding_attempts a using (owner_id)
       where o.id = ${account} and a.account_id = ${account}
      union all select 'payments', coalesce(sum(times), 0)::int, min(first_at) from payments where account_id = ${account}) kept
     where count > 0`);
  return SIGNAL_KINDS.flatMap((kind) => rows.filter(({ what }) => what === kind));
}

/** Deletes the accounts' hours. Other signals expire by themselves; these do not. */
export async function forgetHabits(tx: Tx, accounts: readonly AccountId[]): Promise<void> {
  await tx.query(sql`delete from account_habits where account_id = any(${accounts}::text[])`);
}

/** Deletes all signals of an owner and its accounts. For `together`. */
export function forgetOwnerStatements(owner: OwnerId): [Statement, ...Statement[]] {
  return [
    sql`delete from known_devices where owner_id = ${owner}`,
    sql`
    delete from account_habits where account_id in (select id from account_cards where owner_id = ${owner})`,
    sql`
    delete from device_keys k where exists (select 1 from signals s where s.device = k.device and s.owner_id = ${owner})
       and not exists (select 1 from signals s where s.device = k.device and s.owner_id <> ${owner})`,
    sql`delete from signal_owners where owner_id = ${owner}`,
    sql`delete from signals where owner_id = ${owner}`,
    sql`delete from binding_attempts where owner_id = ${owner}`,
    sql`delete from payments where owner_id = ${owner}`,
  ];
}
