import { lockAccounts } from '../accounts/accounts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import { lockOwners } from '../owners/owners.store.ts';
import { partyOf } from './binding-row.ts';
import { findBinding, lockBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { handleBindingCommand } from './handle-binding-command.ts';
import { packOf } from './request-pack.ts';
import { findUnbindingFacts } from './unbinding-facts.store.ts';

/** `not_free` carries `detail.missing`: the preconditions that are not met. */
export type EndRefusal = 'unknown_binding' | 'not_free' | 'already_ended';

/**
 * Unbinds (R25). The facts are read in the transaction that ends the binding, under the locks of
 * both owners and both accounts, so that they cannot change in between. The history stays for as
 * long as the pack says (R26).
 */
export async function endBinding(
  deps: Pick<BindingDeps, 'db' | 'packs'>,
  { bindingId, by }: { readonly bindingId: string; readonly by: AccountId },
): Promise<Result<void, EndRefusal>> {
  const found = await findBinding(deps.db, bindingId);
  // Somebody else's binding is refused like one that does not exist.
  if (!found || !partyOf(found, by)) return refuse('unknown_binding', 'BIND-3E0');
  return await deps.db.transaction(async (tx): Promise<Result<void, EndRefusal>> => {
    await lockOwners(tx, [found.primary_owner_id, found.sub_owner_id]);
    const accounts = await lockAccounts(tx, [found.primary_id, found.sub_id]);
    const row = await lockBinding(tx, found.id);
    const sub = accounts.get(found.sub_id);
    const party = row && partyOf(row, by);
    if (!row || !sub || !party) return refuse('unknown_binding', 'BIND-3E1');
    const facts = { ...(await findUnbindingFacts(tx, sub.id)), accountStatus: sub.status };
    const { preconditions: asked } = (await packOf(deps, row, tx)).unbinding;
    const handled = await handleBindingCommand(
      tx,
      row,
      { type: 'unbind', by: party, now: row.now, facts, asked },
      { actor: by },
    );
    if (handled.ok) return ok(undefined);
    const told = handled.refusal.code === 'not_free' ? 'not_free' : 'already_ended';
    return { ok: false, refusal: recoded(handled.refusal, told) };
  });
}
