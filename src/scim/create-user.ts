import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { changeProfile } from '../provisioning/change-profile.ts';
import { changeStatus } from '../provisioning/change-status.ts';
import { createAccount } from '../provisioning/create-account.ts';
import type { Tx } from '../store/database.ts';
import type { Keeper, UserDeps } from './deps.ts';
import { actorOf, inScim, tieOwner } from './save-user.ts';
import type { ScimCode } from './scim-errors.ts';
import { transact } from './transact.ts';
import { parseUser, type SaidUser, statusOf, type User } from './user.ts';
import { findClosed, findUser } from './users.store.ts';

/** A platform adds an account (RFC 7644 §3.3), or reopens one that it closed. */
export async function createUser(
  deps: UserDeps,
  keeper: Keeper,
  body: unknown,
): Promise<Result<User, ScimCode>> {
  const parsed = parseUser(body);
  if (!parsed.ok) return parsed;
  const said = parsed.value;
  const { userName } = said;
  if (userName === undefined) return refuse('invalid_value', 'SCIM-2C0', { field: 'userName' });
  return await transact(deps.db, async (tx): Promise<Result<User, ScimCode>> => {
    const id = await create(tx, keeper, { ...said, userName });
    if (!id.ok) return id;
    const tied = await tieOwner(tx, deps, {
      keeper,
      id: id.value,
      reference: said.ownerReference,
    });
    if (!tied.ok) return tied;
    const user = await findUser(tx, keeper.platform, id.value);
    if (!user) throw new Error('an account that was just created is gone');
    return ok(user);
  });
}

async function create(
  tx: Tx,
  keeper: Keeper,
  said: SaidUser & { readonly userName: string },
): Promise<Result<User['id'], ScimCode>> {
  const by = actorOf(keeper);
  const { platform } = keeper;
  const profile = {
    login: said.userName,
    displayName: said.displayName ?? said.userName,
    avatarUrl: said.photo ?? null,
    kind: said.kind ?? 'personal',
  };
  const status = statusOf(said, 'normal');
  const at = { platform, externalId: said.externalId ?? null };
  const created = await createAccount(tx, { ...profile, at, passwordHash: null }, by);
  if (created.ok) {
    if (status !== 'normal') await changeStatus(tx, created.value, status, by);
    return created;
  }
  // What the platform calls so is the same account, also after it was closed.
  const closed =
    created.refusal.code === 'external_id_taken' && said.externalId !== undefined
      ? await findClosed(tx, platform, said.externalId)
      : undefined;
  if (!closed) return inScim(created.refusal);
  const opened = await changeStatus(tx, closed, status, by);
  if (!opened.ok) return inScim(opened.refusal);
  const changed = await changeProfile(tx, closed, profile, by);
  return changed.ok ? ok(closed) : inScim(changed.refusal);
}
