import type { Keeper, UserDeps } from './deps.ts';
import { type Asked, cursorOf } from './page.ts';
import { project } from './projection.ts';
import { type Resource, resourceOf } from './user.ts';
import { countUsers, listUsers as readUsers } from './users.store.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** A page of a platform's accounts, as RFC 7644 §3.4.2 and RFC 9865 have it. */
export async function listUsers(
  { db }: Pick<UserDeps, 'db'>,
  { platform }: Keeper,
  { asked, base }: { readonly asked: Asked; readonly base: string },
): Promise<Resource> {
  const { filter, sort, count, from, projection } = asked;
  const byCursor = 'after' in from;
  // A cursor carries the total that its first page counted: a million accounts are counted once.
  const total = (byCursor ? from.total : undefined) ?? (await countUsers(db, { platform, filter }));
  const users = await readUsers(db, {
    platform,
    filter,
    sort,
    limit: count,
    from: byCursor ? { after: from.after } : { offset: from.startIndex - 1 },
  });
  const last = users.length === count ? users.at(-1) : undefined;
  return {
    schemas: [LIST_SCHEMA],
    totalResults: total,
    itemsPerPage: users.length,
    ...(byCursor
      ? last && { nextCursor: cursorOf(last.id, total) }
      : { startIndex: from.startIndex }),
    Resources: users.map((user) => project(resourceOf(user, base), projection)),
  };
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
