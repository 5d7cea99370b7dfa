import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { changeStatus } from '../provisioning/change-status.ts';
import type { Tx } from '../store/database.ts';
import type { Keeper, UserDeps } from './deps.ts';
import { applyPatch } from './patch.ts';
import { actorOf, inScim, saveUser, tieOwner } from './save-user.ts';
import type { ScimCode } from './scim-errors.ts';
import { transact } from './transact.ts';
import { parseUser, resourceOf, type SaidUser, type User, versionOf } from './user.ts';
import { findUser, lockUser } from './users.store.ts';

/** Which account, and which version of it: as in the header If-Match, if there is one. */
export interface Target {
  readonly id: string;
  readonly ifMatch: string | undefined;
}

/**
 * PUT (RFC 7644 §3.5.1). The name that people see falls back to the login, and the picture is gone
 * if it is left out. Kind and status stay, so that nobody is unfrozen by a short message.
 */
export async function replaceUser(
  deps: UserDeps,
  keeper: Keeper,
  target: Target & { readonly body: unknown },
): Promise<Result<User, ScimCode>> {
  const parsed = parseUser(target.body);
  if (!parsed.ok) return parsed;
  const { userName, displayName = userName } = parsed.value;
  if (userName === undefined) return refuse('invalid_value', 'SCIM-2R0', { field: 'userName' });
  return await change(deps, keeper, target, () => ok({ ...parsed.value, displayName }));
}

/** PATCH (RFC 7644 §3.5.2). */
export async function patchUser(
  deps: UserDeps,
  keeper: Keeper,
  target: Target & { readonly body: unknown },
): Promise<Result<User, ScimCode>> {
  return await change(deps, keeper, target, (user) => {
    const patched = applyPatch(resourceOf(user, ''), target.body);
    return patched.ok ? parseUser(patched.value) : patched;
  });
}

/** DELETE: the account is closed for good, unless its platform creates it again. */
export async function closeUser(
  deps: UserDeps,
  keeper: Keeper,
  target: Target,
): Promise<Result<null, ScimCode>> {
  return await transact(deps.db, async (tx): Promise<Result<null, ScimCode>> => {
    const user = await lock(tx, keeper, target);
    if (!user.ok) return user;
    const closed = await changeStatus(tx, user.value.id, 'closed', actorOf(keeper));
    return closed.ok ? ok(null) : inScim(closed.refusal);
  });
}

async function change(
  deps: UserDeps,
  keeper: Keeper,
  target: Target & { readonly body: unknown },
  say: (user: User) => Result<SaidUser, ScimCode>,
): Promise<Result<User, ScimCode>> {
  return await transact(deps.db, async (tx): Promise<Result<User, ScimCode>> => {
    if (namesOwner(target.body)) {
      // Owners are locked before accounts, so this is first; what is refused below undoes it.
      const before = await findUser(tx, keeper.platform, target.id);
      const first = before ? say(before) : refuse('unknown_resource', 'SCIM-2R3');
      if (!first.ok) return first;
      const { ownerReference: reference } = first.value;
      const tied = await tieOwner(tx, deps, { keeper, id: target.id as AccountId, reference });
      if (!tied.ok) return tied;
    }
    const user = await lock(tx, keeper, target);
    if (!user.ok) return user;
    const said = say(user.value);
    if (!said.ok) return said;
    const saved = await saveUser(tx, { keeper, user: user.value, said: said.value });
    if (!saved.ok) return saved;
    return ok((await findUser(tx, keeper.platform, target.id)) ?? user.value);
  });
}

function namesOwner(body: unknown): boolean {
  return /ownerReference/i.test(JSON.stringify(body) ?? '');
}

async function lock(
  tx: Tx,
  { platform }: Keeper,
  { id, ifMatch }: Target,
): Promise<Result<User, 'unknown_resource' | 'stale_version'>> {
  const user = await lockUser(tx, platform, id);
  if (!user) return refuse('unknown_resource', 'SCIM-2R1');
  if (ifMatch !== undefined && !matches(ifMatch, user)) return refuse('stale_version', 'SCIM-2R2');
  return ok(user);
}

/** Versions are weak, and compared as such (RFC 9110 §8.8.3.2). */
export function matches(tags: string, user: User): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  return tags.trim() === '*' || tags.split(',').some((tag) => bare(tag) === bare(versionOf(user)));
}
