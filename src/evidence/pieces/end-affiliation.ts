import { lockAffiliateBindings } from '../../binding/bindings.store.ts';
import { changeForCause } from '../../binding/change-for-cause.ts';
import type { OwnerId } from '../../kernel/ids.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
import { type AffiliationEnding, withdrawAffiliation } from '../../owners/affiliation.ts';
import type { Database } from '../../store/database.ts';
import { bindingEffectOf } from './binding-effect.ts';
import { tell } from './notices.store.ts';

/**
 * A subsidiary leaves its parent. The bindings between their accounts end in the same transaction
 * (R1, R5). Both owners are locked first, in the same order as for a new binding, so none is
 * missed.
 */
export async function endAffiliation(
  { db }: { readonly db: Database },
  tie: {
    readonly parent: OwnerId;
    readonly subsidiary: OwnerId;
    readonly by: string;
    readonly because: AffiliationEnding;
  },
): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> {
  return await db.transaction(
    async (tx): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> => {
      const withdrawn = await withdrawAffiliation(tx, tie);
      if (!withdrawn.ok) return withdrawn;
      const invalidation = 'affiliation_ended';
      const effect = bindingEffectOf(invalidation, 'verified');
      const rows = await lockAffiliateBindings(tx, tie.parent, tie.subsidiary);
      for (const row of rows) {
        await changeForCause(tx, row, {
          cause: 'evidence',
          change: effect === 'ended' ? 'revoke' : 'suspend',
          because: invalidation,
        });
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
    },
  );
}
