import { appendAudit } from '../audit/audit-log.store.ts';
import { partyOf } from '../binding/binding-row.ts';
import { type BindingRow, lockBinding } from '../binding/bindings.store.ts';
import { handleBindingCommand } from '../binding/handle-binding-command.ts';
import { findUnconfirmed, saveConfirmed } from '../binding/taken-bindings.store.ts';
import { ROUND } from '../evidence/pieces/handle-each.ts';
import { tell } from '../evidence/pieces/notices.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { ProvisioningDeps } from './deps.ts';

export type ConfirmRefusal = 'unknown_binding' | 'nothing_to_confirm';

/**
 * One of the two accounts confirms a binding that was made elsewhere (R50). They have one owner, so
 * one is enough. If nobody did so in time, it acts again from now on.
 */
export async function confirmImported(
  { db }: ProvisioningDeps,
  { bindingId, by }: { readonly bindingId: string; readonly by: AccountId },
): Promise<Result<void, ConfirmRefusal>> {
  return await db.transaction(async (tx): Promise<Result<void, ConfirmRefusal>> => {
    const row = await lockBinding(tx, bindingId);
    // Somebody else's binding is refused like one that does not exist.
    if (!row || !partyOf(row, by)) return refuse('unknown_binding', 'PRO-9C0');
    if (row.confirm_by === null || !isLive(row)) return refuse('nothing_to_confirm', 'PRO-9C1');
    await saveConfirmed(tx, row.id);
    await appendAudit(tx, { action: 'binding.confirmed', subject: row.id, actor: by });
    if (!row.suspended_by.includes('confirmation')) return ok(undefined);
    const command = { type: 'resume', by: 'confirmation' } as const;
    const resumed = await handleBindingCommand(tx, row, command, { actor: by });
    if (!resumed.ok) throw new Error(`a hold cannot be lifted (${resumed.refusal.site})`);
    await tellBoth(tx, row, { what: 'binding.resumed', reason: 'confirmed' });
    return ok(undefined);
  });
}

/** Suspends bindings from elsewhere that nobody confirmed in time. Returns how many were due. */
export async function suspendUnconfirmed({ db }: ProvisioningDeps): Promise<number> {
  const due = await findUnconfirmed(db, ROUND);
  for (const id of due) {
    await db.transaction(async (tx) => {
      const row = await lockBinding(tx, id);
      if (!row || row.confirm_by === null || !isLive(row)) return;
      const command = { type: 'suspend', by: 'confirmation' } as const;
      const context = { actor: 'system', detail: { because: 'not_confirmed' } };
      // Refused where another process was faster.
      if (!(await handleBindingCommand(tx, row, command, context)).ok) return;
      await tellBoth(tx, row, { what: 'binding.suspended', reason: 'not_confirmed' });
    });
  }
  return due.length;
}

function isLive({ state }: BindingRow): boolean {
  return state === 'active' || state === 'suspended';
}

async function tellBoth(
  tx: Tx,
  { id, primary_id, sub_id }: BindingRow,
  news: { readonly what: 'binding.suspended' | 'binding.resumed'; readonly reason: string },
): Promise<void> {
  const about = { ...news, evidenceId: null, bindingId: id };
  await tell(
    tx,
    [primary_id, sub_id].map((accountId) => ({ accountId, ...about })),
  );
}
