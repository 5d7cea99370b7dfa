import { lockAccounts } from '../accounts/accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import { lockOwners } from '../owners/owners.store.ts';
import { decide, evolve, STATUS_OF } from './binding.ts';
import { partyOf, toBinding } from './binding-row.ts';
import { findBinding, lockBinding, saveBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { setStatus } from './status.store.ts';
import { findUnbindingFacts } from './unbinding-facts.store.ts';
import { packOf } from './view-request.ts';

/** `not_free` carries `detail.missing`, the list of what still stands in the way. */
export type EndRefusal = 'unknown_binding' | 'not_free' | 'already_ended';

/**
 * Unbinds (R25): what it takes is looked at in the transaction that ends the binding, under the locks of both owners and
 * both accounts, so that no order, broadcast or approval slips in between. History stays for as long as the pack says (R26).
 */
export async function endBinding(
  deps: Pick<BindingDeps, 'db' | 'packs'>,
  { bindingId, by }: { readonly bindingId: string; readonly by: AccountId },
): Promise<Result<void, EndRefusal>> {
  const seen = await findBinding(deps.db, bindingId);
  if (!seen || !partyOf(seen, by)) return refuse('unknown_binding', 'BIND-3E0'); // another's binding is not told from none
  return await deps.db.transaction(async (tx): Promise<Result<void, EndRefusal>> => {
    await lockOwners(tx, [seen.primary_owner_id, seen.sub_owner_id]);
    const accounts = await lockAccounts(tx, [seen.primary_id, seen.sub_id]);
    const row = await lockBinding(tx, seen.id);
    const sub = accounts.get(seen.sub_id);
    const party = row && partyOf(row, by);
    if (!row || !sub || !party) return refuse('unknown_binding', 'BIND-3E1');
    const facts = { ...(await findUnbindingFacts(tx, sub.id)), accountStatus: sub.status };
    const { preconditions: asked } = (await packOf(deps, row, tx)).unbinding;
    const binding = toBinding(row);
    const decided = decide({ type: 'unbind', by: party, now: row.now, facts, asked }, binding);
    if (!decided.ok) {
      const told = decided.refusal.code === 'not_free' ? 'not_free' : 'already_ended';
      return { ok: false, refusal: recoded(decided.refusal, told) };
    }
    const next = decided.value.reduce(evolve, binding as Parameters<typeof evolve>[0]);
    if (next.state === 'unbound')
      throw new Error(`binding ${row.id} cannot end as if it had never been`);
    await saveBinding(tx, row.id, next);
    await setStatus(tx, row.id, STATUS_OF[next.state]);
    await appendAudit(
      tx,
      { action: 'binding.unbound', subject: row.id, actor: by, detail: { by: party } },
      [
        {
          type: 'urn:bindery:event:binding-ended',
          stream: row.id,
          data: { binding: row.id, version: next.version, by: party },
        },
      ],
    );
    return ok(undefined);
  });
}
