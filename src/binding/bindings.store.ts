import type { Account, Kind } from '../accounts/account.ts';
import type { AccountId, BindingId, BindingRequestId, OwnerId } from '../kernel/ids.ts';
import type { Clearance } from '../policy/clearance.ts';
import type { SameOwnerMethod } from '../policy/hooks/same-owner.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import type { Binding, Party } from './binding.ts';

export interface NewBinding {
  readonly id: BindingId;
  readonly primaryId: AccountId;
  readonly subId: AccountId;
  readonly primaryOwnerId: OwnerId;
  readonly subOwnerId: OwnerId;
  readonly pack: string;
  readonly packVersion: number;
  readonly platform: string;
  readonly kind: Kind;
  readonly sameOwnerMethod: SameOwnerMethod;
  /** Of a binding that was made elsewhere (R50). */
  readonly taken?: TakenOver;
}

export interface TakenOver {
  /** Where it was made, in a word. */
  readonly origin: string;
  readonly at: Date;
  /** Null: its owners need not confirm it. */
  readonly confirmBy: Date | null;
  /** It is more than the limit of its pack allows, and kept. */
  readonly overLimit: boolean;
}

export async function insertBinding(
  tx: Tx,
  binding: NewBinding,
  { since, reached }: Pick<Extract<Binding, { state: 'active' }>, 'since' | 'reached'>,
): Promise<void> {
  const { taken } = binding;
  await tx.query(sql`
    insert into bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id,
                          pack, pack_version, platform, kind, state,
                          same_owner_method, same_owner_checked_at, since, reached,
                          origin, imported_at, confirm_by, over_limit)
    values (${binding.id}, ${binding.primaryId}, ${binding.subId},
            ${binding.primaryOwnerId}, ${binding.subOwnerId},
            ${binding.pack}, ${binding.packVersion}, ${binding.platform}, ${binding.kind}, 'active',
            ${binding.sameOwnerMethod}, ${taken?.at ?? since}, ${since}, ${reached}::timestamptz[],
            ${taken?.origin ?? null}, ${taken?.at ?? null}, ${taken?.confirmBy ?? null}, ${taken?.overLimit ?? false})`);
}

/** How many slots of a primary are filled under a pack (R2). */
export async function countSlots(db: Db, primary: AccountId, pack: string): Promise<number> {
  const [row] = await db.query<{ used: number }>(
    sql`select count(*)::int as used from occupied_slots where primary_id = ${primary} and pack = ${pack}`,
  );
  return row?.used ?? 0;
}

/**
 * Counts, graph and clearance of a pair of accounts, for the policy. They are exact only while
 * owners and accounts are locked.
 */
export interface PairFacts {
  readonly per_primary: number;
  readonly per_owner: number;
  /** Over all organisations of the owner's company group. */
  readonly per_group: number;
  readonly company_group: readonly OwnerId[];
  readonly primary_is_sub_of: AccountId | null;
  readonly sub_is_sub_of: AccountId | null;
  readonly sub_is_primary_of: number;
  /** The newest clearance of the pair that is valid and unused (R23). */
  readonly clearance: Clearance | null;
  readonly wrong_codes: number;
  readonly seconds_since_start: number;
}

interface Pair {
  readonly primary: Pick<Account, 'id' | 'platform' | 'kind' | 'ownerId'>;
  readonly sub: AccountId;
  readonly pack: string;
  /** Null: no request of theirs is open. */
  readonly except: BindingRequestId | null;
}

/**
 * Slots are counted within one pack and, for an owner, also within one platform and one kind of
 * primary: a limit is never used up by what another one limits (R2).
 */
export function pairFactsOf({ primary: account, sub, pack, except: own }: Pair): Query<PairFacts> {
  const { id: primary, platform, kind, ownerId } = account;
  const except = own ?? ''; // null would be equal to the missing request of every binding
  return query(
    sql`
    select (select count(*) from occupied_slots
             where primary_id = ${primary} and pack = ${pack} and request_id is distinct from ${except})::int as per_primary,
           (select count(*) from occupied_slots
             where primary_owner_id = ${ownerId} and pack = ${pack} and platform = ${platform} and kind = ${kind}
               and request_id is distinct from ${except})::int as per_owner,
           (select count(*) from occupied_slots
             where primary_owner_id = any(array(select owner_group(array[${ownerId}::text]))) and pack = ${pack} and platform = ${platform} and kind = ${kind}
               and request_id is distinct from ${except})::int as per_group,
           array(select owner_group(array[${ownerId}::text])) as company_group,
           (select primary_id from bindings where sub_id = ${primary} and state in ('active', 'suspended')) as primary_is_sub_of,
           (select primary_id from bindings where sub_id = ${sub} and state in ('active', 'suspended')) as sub_is_sub_of,
           (select count(*) from bindings where primary_id = ${sub} and state in ('active', 'suspended'))::int as sub_is_primary_of,
           (select jsonb_build_object('caseId', case_id, 'doubts', doubts) from clearances
             where primary_id = ${primary} and sub_id = ${sub} and pack = ${pack} and used_at is null and valid_until > bindery_now()
             order by given_at desc, case_id limit 1) as clearance,
           coalesce((select wrong_codes from binding_requests where id = ${except}), 0) as wrong_codes,
           coalesce((select extract(epoch from bindery_now() - created_at) from binding_requests where id = ${except}), 0)::float8 as seconds_since_start`,
    ([row]: readonly PairFacts[]) => {
      if (!row) throw new Error('a select of scalars gave no row');
      return row;
    },
  );
}

export interface BindingRow {
  readonly id: BindingId;
  readonly primary_id: AccountId;
  readonly sub_id: AccountId;
  readonly primary_owner_id: OwnerId;
  readonly sub_owner_id: OwnerId;
  readonly pack: string;
  readonly pack_version: number;
  readonly platform: string;
  readonly kind: Kind;
  readonly state: 'active' | 'suspended' | 'history' | 'purged';
  readonly suspended_by: readonly Party[];
  readonly version: number;
  readonly reached: readonly Date[] | null;
  /** Permission names and times, as in JSON. */
  readonly gained: Readonly<Record<string, string>>;
  readonly same_owner_method: SameOwnerMethod;
  readonly same_owner_checked_at: Date;
  readonly since: Date;
  readonly ended_at: Date | null;
  /** Where it was made, if elsewhere, and when it was taken over (R50). */
  readonly origin: string | null;
  readonly imported_at: Date | null;
  /** Until when its owners must confirm it. */
  readonly confirm_by: Date | null;
  readonly over_limit: boolean;
  readonly now: Date;
}

export async function findBinding(db: Db, id: string): Promise<BindingRow | undefined> {
  const [row] = await db.query<BindingRow>(
    sql`select *, bindery_now() as now from bindings where id = ${id}`,
  );
  return row;
}

export async function lockBinding(tx: Tx, id: string): Promise<BindingRow | undefined> {
  const [row] = await tx.query<BindingRow>(
    sql`select *, bindery_clock() as now from bindings where id = ${id} for update`,
  );
  return row;
}

/** Locks the live bindings of these accounts, in the order of their ids. */
export async function lockBindingsOf(
  tx: Tx,
  accounts: readonly AccountId[],
): Promise<BindingRow[]> {
  return await tx.query<BindingRow>(sql`
    select *, bindery_clock() as now from bindings
     where (primary_id = any(${accounts}::text[]) or sub_id = any(${accounts}::text[])) and state in ('active', 'suspended') order by id for update`);
}

/**
 * Locks the live bindings of subsidiaries to parents of one group (R1), in the order of their ids.
 */
export async function lockAffiliateBindings(
  tx: Tx,
  {
    parents,
    subsidiaries,
  }: { readonly parents: readonly OwnerId[]; readonly subsidiaries: readonly OwnerId[] },
): Promise<BindingRow[]> {
  return await tx.query<BindingRow>(sql`
    select *, bindery_clock() as now from bindings
     where primary_owner_id = any(${parents}::text[]) and sub_owner_id = any(${subsidiaries}::text[]) and same_owner_method = 'affiliate'
       and state in ('active', 'suspended') order by id for update`);
}

/** Writes a state and its members. */
export async function saveBinding(
  tx: Tx,
  id: BindingId,
  next: Exclude<Binding, { state: 'unbound' }>,
): Promise<void> {
  const suspendedBy = next.state === 'suspended' ? next.suspendedBy : [];
  const endedAt = next.state === 'history' ? next.endedAt : null;
  const reached = next.state === 'purged' ? null : next.reached;
  const gained = next.state === 'purged' ? {} : next.gained;
  await tx.query(sql`
    update bindings set state = ${next.state}, version = ${next.version}, suspended_by = ${suspendedBy}, ended_at = coalesce(${endedAt}, ended_at),
           reached = ${reached}::timestamptz[], gained = ${JSON.stringify(gained)}::jsonb
     where id = ${id}`);
}

/** The bindings of an account that people see: live ones, and those in their history (R26). */
export async function findBindingsOf(db: Db, account: AccountId): Promise<BindingRow[]> {
  return await db.query<BindingRow>(sql`
    select *, bindery_now() as now from bindings
     where (primary_id = ${account} or sub_id = ${account}) and state <> 'purged' order by since`);
}

/**
 * Counts active and suspended bindings of the owner. Under the owner's lock, which every new
 * binding needs.
 */
export async function countBindingsOf(tx: Tx, owner: OwnerId): Promise<number> {
  const [row] = await tx.query<{ count: number }>(sql`
    select count(*)::int as count from bindings
     where state in ('active', 'suspended')
       and (primary_owner_id = ${owner}
            or sub_id = any(array(select id from account_cards where owner_id = ${owner})))`);
  return row?.count ?? 0;
}
