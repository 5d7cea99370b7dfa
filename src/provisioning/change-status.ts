import type { Account, AccountStatus } from '../accounts/account.ts';
import {
  findAccounts,
  lockingAccounts,
  lockingOwnersOf,
  saveStatus,
} from '../accounts/accounts.store.ts';
import { withdrawAllRoles } from '../accounts/change-roles.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import { type BindingRow, lockBindingsOf } from '../binding/bindings.store.ts';
import { changeForCause } from '../binding/change-for-cause.ts';
import { tell } from '../evidence/pieces/notices.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { runQueries } from '../store/query.ts';
import type { Provisioner } from './create-account.ts';
import { STATUS_EFFECTS } from './status-effects.ts';

// biome-ignore format: a table is read by its columns
const NOTICES = {
  suspend: 'binding.suspended',
  resume:  'binding.resumed',
  revoke:  'binding.ended',
} as const;

/**
 * Sets the status of an account, and writes all that follows in the same transaction: its bindings
 * are suspended, resumed or ended, with events for relying parties; its sessions and tokens are
 * over; both sides are told (R47). The status that it has already changes nothing.
 */
export async function changeStatus(
  tx: Tx,
  id: AccountId,
  status: AccountStatus,
  { actor, origin }: Provisioner,
): Promise<Result<{ readonly changed: boolean }, 'unknown_account'>> {
  // Owners before accounts before bindings, as everywhere.
  const { accounts } = await runQueries(tx, {
    owners: lockingOwnersOf([id]),
    accounts: lockingAccounts([id]),
  });
  const account = accounts.get(id);
  if (!account) return refuse('unknown_account', 'PRO-2S0');
  if (account.status === status) return ok({ changed: false });
  const { signOut } = STATUS_EFFECTS[status];
  await saveStatus(tx, id, { status, signOut });
  const detail = { origin, from: account.status, to: status };
  await appendAudit(tx, { action: 'account.status_changed', subject: id, actor, detail });
  // Its platform may open it again, and then perhaps for somebody else.
  if (status === 'closed') await withdrawAllRoles(tx, account, actor);
  for (const row of await lockBindingsOf(tx, [id])) await apply(tx, row, account, status);
  return ok({ changed: true });
}

async function apply(tx: Tx, row: BindingRow, { id }: Account, status: AccountStatus) {
  const { bindings: change, because } = STATUS_EFFECTS[status];
  const counterpart = row.primary_id === id ? row.sub_id : row.primary_id;
  if (change === 'resume' && (await isFrozen(tx, counterpart))) return;
  if (!(await changeForCause(tx, row, { cause: 'platform', change, because }))) return;
  const told = { what: NOTICES[change], evidenceId: null, bindingId: row.id } as const;
  await tell(tx, [
    { ...told, accountId: id, reason: because },
    { ...told, accountId: counterpart, reason: 'platform_of_the_other_side' },
  ]);
}

/** Read without a lock: who freezes it at this moment waits for the binding, and then holds it. */
async function isFrozen(tx: Tx, id: AccountId): Promise<boolean> {
  return (await findAccounts(tx, [id])).get(id)?.status === 'frozen';
}
