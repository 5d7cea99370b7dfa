import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { LIFETIMES } from '../lifetimes.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Account } from './account.ts';
import { lockAccounts } from './accounts.store.ts';
import { decideRole, type RoleCommand, type RoleEvent, type RoleRefusal } from './role.ts';
import {
  dropAsked,
  dropAskedBy,
  findAbleToSignIn,
  findAskedBy,
  findOperatorIds,
  putAsked,
  saveRoles,
} from './roles.store.ts';

/** How long another operator may confirm. */

export interface RoleChange extends RoleCommand {
  readonly account: AccountId;
  /** An operator, or `system` for a command. */
  readonly by: AccountId | 'system';
  /** Who stands in the audit log, where it is not `by`: the client that called. */
  readonly actor?: string;
}

/**
 * Grants, confirms or withdraws a role, with its audit row. It counts from the next request on,
 * because every page and route reads roles anew.
 */
export async function changeRoles(
  { db }: { readonly db: Database },
  change: RoleChange,
): Promise<Result<RoleEvent, RoleRefusal | 'unknown_account'>> {
  return await db.transaction(async (tx) => await changeRolesIn(tx, change));
}

async function changeRolesIn(
  tx: Tx,
  { account: id, by, actor = by, ...command }: RoleChange,
): Promise<Result<RoleEvent, RoleRefusal | 'unknown_account'>> {
  // All operators are locked, so that two of them cannot remove each other at once.
  const operators = await findOperatorIds(tx);
  const locked = await lockAccounts(tx, [...operators, id, ...(by === 'system' ? [] : [by])]);
  const account = locked.get(id);
  if (!account) return refuse('unknown_account', 'ACC-7C0');
  const who = by === 'system' ? ('system' as const) : locked.get(by);
  if (!who) return refuse('not_an_operator', 'ACC-7C1');
  const decided = decideRole(
    {
      account,
      by: who,
      operators: await actingOperators(tx, locked),
      askedBy: await findAskedBy(tx, id),
    },
    command,
  );
  if (!decided.ok) return decided;
  await save(tx, account, { ...command, event: decided.value, by });
  const detail = { role: command.role };
  await appendAudit(tx, { action: `role.${decided.value}`, subject: id, actor, detail });
  return ok(decided.value);
}

/** Under the account's lock: all of its roles end, and whatever waits for a confirmation. */
export async function withdrawAllRoles(
  tx: Tx,
  { id, roles }: Pick<Account, 'id' | 'roles'>,
  actor: string,
): Promise<void> {
  await dropAsked(tx, id);
  if (roles.length === 0) return;
  await saveRoles(tx, id, []);
  await dropAskedBy(tx, id);
  for (const role of roles)
    await appendAudit(tx, { action: 'role.withdrawn', subject: id, actor, detail: { role } });
}

async function actingOperators(
  tx: Tx,
  locked: ReadonlyMap<AccountId, Account>,
): Promise<ReadonlySet<AccountId>> {
  const acting = [...locked.values()].filter(
    ({ roles, status }) => status === 'normal' && roles.includes('operator'),
  );
  return await findAbleToSignIn(
    tx,
    acting.map(({ id }) => id),
  );
}

async function save(
  tx: Tx,
  { id, roles }: Account,
  { role, event, by }: RoleCommand & { readonly event: RoleEvent; readonly by: string },
): Promise<void> {
  if (event === 'asked')
    return await putAsked(tx, id, { by, seconds: LIFETIMES.accounts.askedRole });
  if (role === 'operator') await dropAsked(tx, id);
  if (event === 'granted') await saveRoles(tx, id, [...roles, role].sort());
  if (event === 'withdrawn') {
    await saveRoles(
      tx,
      id,
      roles.filter((held) => held !== role),
    );
    if (role === 'operator') await dropAskedBy(tx, id);
  }
}
