import { normaliseLogin } from '../accounts/account.ts';
import { lockingOwnersOf } from '../accounts/accounts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { query, runQueries } from '../store/query.ts';
import { assemble, type Statement, sql } from '../store/sql.ts';
import type { Comparison, Condition, Field } from './filter.ts';
import type { User } from './user.ts';

/** Columns that survive JSON. */
interface UserRow {
  readonly id: AccountId;
  readonly platform: string;
  readonly external_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly avatar_url: string | null;
  readonly kind: User['kind'];
  readonly status: User['status'];
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    platform: row.platform,
    // An account to which its platform gives no name has its own id in its place.
    externalId: row.external_id === row.id ? null : row.external_id,
    userName: row.login,
    displayName: row.display_name,
    photo: row.avatar_url,
    kind: row.kind,
    status: row.status,
    version: row.version,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

/** An account that the platform has not closed. */
export async function findUser(db: Db, platform: string, id: string): Promise<User | undefined> {
  const [row] = await db.query<UserRow>(sql`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, version,
           milliseconds(created_at) as created_at, milliseconds(updated_at) as updated_at
      from provisioned_accounts where id = ${id} and platform = ${platform} and status <> 'closed'`);
  return row && toUser(row);
}

/** Locks its owner, then the account; undefined if it is closed or of another platform. */
export async function lockUser(tx: Tx, platform: string, id: string): Promise<User | undefined> {
  const { user } = await runQueries(tx, {
    owners: lockingOwnersOf([id as AccountId]),
    user: query(
      sql`
      select id, platform, external_id, login, display_name, avatar_url, kind, status, version,
             milliseconds(created_at) as created_at, milliseconds(updated_at) as updated_at
        from provisioned_accounts where id = ${id} and platform = ${platform} and status <> 'closed' for update`,
      ([row]: readonly UserRow[]) => row && toUser(row),
    ),
  });
  return user;
}

/** The closed account that the platform calls so. */
export async function findClosed(
  tx: Tx,
  platform: string,
  externalId: string,
): Promise<AccountId | undefined> {
  const [row] = await tx.query<{ id: AccountId }>(sql`
    select id from provisioned_accounts
     where platform = ${platform} and external_id = ${externalId} and status = 'closed'`);
  return row?.id;
}

/** Which accounts are asked for, in which order, and which of them. */
export interface Listing {
  readonly platform: string;
  readonly filter: Condition | undefined;
  readonly sort: { readonly by: Field; readonly descending: boolean };
  readonly limit: number;
  readonly from:
    | { readonly offset: number }
    /** In order of ids only. */
    | { readonly after: string };
}

/** For the rest of this transaction: a statement that takes longer is cancelled. */
export async function limitTime(tx: Tx, milliseconds: number): Promise<void> {
  await tx.query(sql`select set_config('statement_timeout', ${String(milliseconds)}, true)`);
}

export async function countUsers(
  db: Db,
  { platform, filter }: Pick<Listing, 'platform' | 'filter'>,
): Promise<number> {
  const [row] = await db.query<{ total: number }>(assemble`
    select count(*)::int as total from provisioned_accounts
     where platform = ${platform} and status <> 'closed' and ${matching(filter)}`);
  return row?.total ?? 0;
}

export async function listUsers(db: Db, listing: Listing): Promise<User[]> {
  if (listing.limit === 0) return [];
  const rows = await db.query<UserRow>(pageOf(listing));
  return rows.map(toUser);
}

/** The statement of a page, for the check of its plan too. */
export function pageOf({ platform, filter, sort, limit, from }: Listing): Statement {
  const direction = sort.descending ? sql`desc` : sql`asc`;
  const column = COLUMNS[sort.by];
  const order =
    sort.by === 'id'
      ? assemble`id ${direction}`
      : assemble`${column} ${direction}, id ${direction}`;
  const start = 'after' in from ? assemble`id > ${from.after}` : sql`true`;
  const offset = 'offset' in from ? from.offset : 0;
  return assemble`
    select id, platform, external_id, login, display_name, avatar_url, kind, status, version,
           milliseconds(created_at) as created_at, milliseconds(updated_at) as updated_at
      from provisioned_accounts
     where platform = ${platform} and status <> 'closed' and ${start} and ${matching(filter)}
     order by ${order} limit ${limit} offset ${offset}`;
}

/** The columns of what can be compared. Names that people read are compared without case. */
// biome-ignore format: a table is read by its columns
const COLUMNS: Readonly<Record<Field, Statement>> = {
  id:           sql`id`,
  externalId:   sql`external_id`,
  userName:     sql`login collate "C"`,
  displayName:  sql`lower(display_name)`,
  photo:        sql`avatar_url`,
  active:       sql`(status <> 'frozen')`,
  kind:         sql`kind`,
  status:       sql`status`,
  platform:     sql`platform`,
  created:      sql`date_trunc('milliseconds', created_at)`,
  lastModified: sql`date_trunc('milliseconds', updated_at)`,
  resourceType: sql`'User'::text`,
};

function matching(condition: Condition | undefined): Statement {
  if (condition === undefined) return sql`true`;
  switch (condition.op) {
    case 'and':
    case 'or': {
      const [first = sql`true`, ...more] = condition.parts.map(matching);
      return condition.op === 'and'
        ? more.reduce((all, part) => assemble`(${all} and ${part})`, first)
        : more.reduce((all, part) => assemble`(${all} or ${part})`, first);
    }
    case 'not':
      return assemble`(${matching(condition.part)}) is not true`;
    case 'pr':
      return condition.field === 'externalId'
        ? sql`external_id <> id`
        : assemble`${COLUMNS[condition.field]} is not null`;
    default:
      return compared(condition);
  }
}

type Compared = Extract<Condition, { readonly value: unknown }>;

function compared({ op, field, value: said }: Compared): Statement {
  const column = COLUMNS[field];
  const value = bound(field, said);
  if (op === 'ne') return assemble`${column} is distinct from ${value}`;
  const compares = op === 'sw' && field === 'userName' ? startsInOrder : COMPARED[op];
  const holds = compares(column, value);
  return field === 'externalId' ? assemble`(${holds} and external_id <> id)` : holds;
}

/** In byte order, what starts with a text stands between it and it with the last character behind. */
function startsInOrder(column: Statement, value: Statement): Statement {
  return assemble`
    (${column} >= ${value} and ${column} <= ${value} || chr(1114111) and starts_with(${column}, ${value}))`;
}

// biome-ignore format: a table is read by its columns
const COMPARED: Readonly<Record<Exclude<Comparison, 'ne'>, (column: Statement, value: Statement) => Statement>> = {
  eq: (column, value) => assemble`${column} = ${value}`,
  co: (column, value) => assemble`strpos(${column}, ${value}) > 0`,
  sw: (column, value) => assemble`starts_with(${column}, ${value})`,
  ew: (column, value) => assemble`right(${column}, length(${value})) = ${value}`,
  gt: (column, value) => assemble`${column} > ${value}`,
  ge: (column, value) => assemble`${column} >= ${value}`,
  lt: (column, value) => assemble`${column} < ${value}`,
  le: (column, value) => assemble`${column} <= ${value}`,
};

function bound(field: Field, value: string | boolean): Statement {
  if (typeof value === 'boolean') return assemble`${value}::boolean`;
  if (field === 'created' || field === 'lastModified') return assemble`${value}::timestamptz`;
  if (field === 'userName') return assemble`${normaliseLogin(value)}::text`;
  if (field === 'displayName') return assemble`lower(${value}::text)`;
  return assemble`${value}::text`;
}
