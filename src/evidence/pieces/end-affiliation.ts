import { lockAffiliateBindings } from '../../binding/bindings.store.ts';
import { changeForCause } from '../../binding/change-for-cause.ts';
import type { OwnerId } from '../../kernel/ids.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
import { lockTies, withdrawAffiliation } from '../../owners/affiliation.ts';
import { ancestorsOf, descendantsOf, type GroupTie } from '../../owners/group.ts';
import type { Database, Tx } from '../../store/database.ts';
import { bindingEffectOf } from './binding-effect.ts';
import { tell } from './notices.store.ts';

/**
 * A subsidiary leaves its parent. The bindings between their accounts end in the same transaction
 * (R1, R5). So do those over more levels of the group. All its owners are locked first, in
 * the same order as for a new binding, so none is missed.
 */
export async function endAffiliation(
  { db }: { readonly db: Database },
  tie: {
    readonly parent: OwnerId;
    readonly subsidiary: OwnerId;
    readonly by: string;
    readonly because: string;
  },
): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> {
  return await db.transaction(
    async (tx): Promise<Result<{ readonly ended: number }, 'unknown_affiliation'>> => {
      const { parents, subsidiaries } = await affiliatesOf(tx, tie);
      const withdrawn = await withdrawAffiliation(tx, tie);
      if (!withdrawn.ok) return withdrawn;
      const invalidation = 'affiliation_ended';
      const effect = bindingEffectOf(invalidation, 'verified');
      const rows = await lockAffiliateBindings(tx, parents, subsidiaries);
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

/** All pairs that this tie joins: the parent and all above it, the subsidiary and all below it. */
async function affiliatesOf(
  tx: Tx,
  { parent, subsidiary }: GroupTie,
): Promise<{ readonly parents: readonly OwnerId[]; readonly subsidiaries: readonly OwnerId[] }> {
  const { ties } = await lockTies(tx, { parent, subsidiary });
  return {
    parents: [parent, ...ancestorsOf(ties, parent)],
    subsidiaries: [subsidiary, ...descendantsOf(ties, subsidiary)],
  };
}
