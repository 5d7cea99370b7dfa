import { lockAffiliateBindings } from '../../binding/bindings.store.ts';
import { changeForCause } from '../../binding/change-for-cause.ts';
import type { OwnerId } from '../../kernel/ids.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
import { lockTies, withdrawAffiliation } from '../../owners/affiliation.ts';
import { affiliatesOf } from '../../owners/group.ts';
import type { Database, Tx } from '../../store/database.ts';
import { bindingEffectOf, type InvalidationReason } from './binding-effect.ts';
import { tell } from './notices.store.ts';

interface Ending {
  readonly parent: OwnerId;
  readonly subsidiary: OwnerId;
  readonly by: string;
  readonly because: string;
}

/** A subsidiary leaves its parent for good: the bindings between their accounts end (R1, R5). */
export async function endAffiliation(
  { db }: { readonly db: Database },
  tie: Ending,
): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> {
  return await db.transaction(
    async (tx) => await untie(tx, { ...tie, invalidation: 'affiliation_ended' }),
  );
}

/**
 * The tie no longer holds, nor does what rests on it over more levels of the group. Bindings are
 * suspended or ended in the same transaction. All owners of the group are locked first, in the same
 * order as for a new binding, so none is missed.
 */
export async function untie(
  tx: Tx,
  { invalidation, ...tie }: Ending & { readonly invalidation: InvalidationReason },
): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> {
  const { ties } = await lockTies(tx, tie);
  const withdrawn = await withdrawAffiliation(tx, tie);
  if (!withdrawn.ok) return withdrawn;
  const effect = bindingEffectOf(invalidation, 'none');
  const rows = await lockAffiliateBindings(tx, affiliatesOf(ties, tie));
  for (const row of rows) {
    const changed = await changeForCause(tx, row, {
      cause: 'evidence',
      change: effect === 'ended' ? 'revoke' : 'suspend',
      because: invalidation,
    });
    if (!changed) continue;
    const told = {
      what: `binding.${effect}`,
      reason: invalidation,
      evidenceId: null,
      bindingId: row.id,
    } as const;
    await tell(tx, [
      { ...told, accountId: row.primary_id },
      { ...told, accountId: row.sub_id },
    ]);
  }
  return ok({ ended: rows.length });
}
