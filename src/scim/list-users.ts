import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type Db, sqlState } from '../store/database.ts';
import type { Keeper, UserDeps } from './deps.ts';
import { type Asked, cursorOf } from './page.ts';
import { project } from './projection.ts';
import { type Resource, resourceOf } from './user.ts';
import { countUsers, type Listing, limitTime, listUsers as readUsers } from './users.store.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** How long one statement may look for what a filter describes. */
const LONGEST_SEARCH_MS = 5_000;
const QUERY_CANCELED = '57014';

/** A page of a platform's accounts, as RFC 7644 §3.4.2 and RFC 9865 have it. */
export async function listUsers(
  { db }: Pick<UserDeps, 'db'>,
  { platform }: Keeper,
  { asked, base }: { readonly asked: Asked; readonly base: string },
): Promise<Result<Resource, 'too_many'>> {
  const { filter, sort, count: limit, from, projection } = asked;
  const byCursor = 'after' in from;
  const listing: Listing = {
    platform,
    filter,
    sort,
    limit,
    from: byCursor ? { after: from.after } : { offset: from.startIndex - 1 },
  };
  // A cursor carries the total that its first page counted: a million accounts are counted once.
  const known = byCursor ? from.total : undefined;
  const read = async (from: Db) => ({
    total: known ?? (await countUsers(from, listing)),
    users: await readUsers(from, listing),
  });
  const found =
    filter === undefined
      ? await read(db)
      : await inTime(async () =>
          db.transaction(async (tx) => {
            await limitTime(tx, LONGEST_SEARCH_MS);
            return await read(tx);
          }),
        );
  if (!found) return refuse('too_many', 'SCIM-2L0');
  const { total, users } = found;
  const last = users.length === limit ? users.at(-1) : undefined;
  return ok({
    schemas: [LIST_SCHEMA],
    totalResults: total,
    itemsPerPage: users.length,
    ...(byCursor
      ? last && { nextCursor: cursorOf(last.id, total) }
      : { startIndex: from.startIndex }),
    Resources: users.map((user) => project(resourceOf(user, base), projection)),
  });
}

/** Undefined: it took too long, and was cancelled. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === QUERY_CANCELED) return undefined;
    throw error;
  }
}

/** A list of everything that there is, for the documents of the server itself. */
export function listOf(resources: readonly Resource[]): Resource {
  return {
    schemas: [LIST_SCHEMA],
    totalResults: resources.length,
    itemsPerPage: resources.length,
    startIndex: 1,
    Resources: resources,
  };
}
