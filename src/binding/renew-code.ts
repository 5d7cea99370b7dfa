import { record } from '../journal/record.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import type { BindingDeps } from './deps.ts';
import { issueCode, type ShownCode } from './live-code.ts';
import { saveCode } from './requests.store.ts';
import { apply } from './settle.ts';
import { lockSitting } from './sittings.store.ts';
import { isOver, packOf } from './view-request.ts';

/** A new code for the starter's page; the one before is dead at once, wrong guesses stay counted (R7). */
export async function renewCode(
  deps: BindingDeps,
  { sittingId, visitor }: { readonly sittingId: string; readonly visitor: Visitor },
): Promise<Result<ShownCode, 'unknown_sitting' | 'request_over'>> {
  return await deps.db.transaction(async (tx) => {
    const seated = await lockSitting(tx, sittingId, visitor.browser);
    if (seated?.sitting.side !== 'starter' || seated.sitting.accountId === null) return refuse('unknown_sitting', 'BIND-8N0');
    const { sitting, stored } = seated;
    if (isOver(stored)) return refuse('request_over', 'BIND-8N1');
    const applied = await apply(tx, stored, { type: 'renew_code', by: sitting.side }, { actor: sitting.accountId });
    if (!applied.ok) return refuse('request_over', applied.refusal.site);
    const { shown, live } = issueCode(deps.secrets, await packOf(deps, stored, tx));
    await saveCode(tx, stored.id, live);
    await record(tx, { action: 'binding-request.code-renewed', subject: stored.id, actor: sitting.accountId });
    return ok(shown);
  });
}
