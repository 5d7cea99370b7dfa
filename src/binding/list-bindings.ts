import { type AccountSummary, summaryOf } from '../accounts/account.ts';
import { findAccounts } from '../accounts/accounts.store.ts';
import type { AccountId, BindingId } from '../kernel/ids.ts';
import { type EffectivePermission, effectivePermissions } from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import type { Role } from './binding-request.ts';
import { toBinding } from './binding-row.ts';
import { type BindingRow, findBindingsOf } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { packOf } from './request-pack.ts';

/** A binding as one of its two accounts sees it. */
export interface BindingSummary {
  readonly id: BindingId;
  /** The viewer's side. */
  readonly role: Role;
  readonly counterpart: AccountSummary;
  readonly state: BindingRow['state'];
  readonly suspendedBy: BindingRow['suspended_by'];
  readonly since: Date;
  /** Until when its owners must confirm a binding from elsewhere (R50). Null: they need not. */
  readonly confirmBy: Date | null;
  readonly overLimit: boolean;
  readonly permissions: readonly EffectivePermission[];
  /** The grade of the sub and the titles of all grades (R40). Null: the pack has no grades. */
  readonly grade: { readonly now: number; readonly titles: readonly Pack['title'][] } | null;
  /** What unbinding takes, and what stays afterwards (R25, R26). */
  readonly unbinding: Pack['unbinding'];
}

export async function bindingsOf(
  deps: Pick<BindingDeps, 'db' | 'packs'>,
  { accountId }: { readonly accountId: AccountId },
): Promise<readonly BindingSummary[]> {
  const rows = await findBindingsOf(deps.db, accountId);
  const accounts = await findAccounts(
    deps.db,
    rows.map((row) => (row.primary_id === accountId ? row.sub_id : row.primary_id)),
  );
  const packs = await Promise.all(
    rows.map(async (row) => ({ row, pack: await packOf(deps, row, deps.db) })),
  );
  return packs.flatMap(({ row, pack }) => {
    const role: Role = row.primary_id === accountId ? 'primary' : 'sub';
    const counterpart = accounts.get(role === 'primary' ? row.sub_id : row.primary_id);
    if (!counterpart) return [];
    return [
      {
        id: row.id,
        role,
        counterpart: summaryOf(counterpart),
        state: row.state,
        suspendedBy: row.suspended_by,
        since: row.since,
        confirmBy: row.confirm_by,
        overLimit: row.over_limit,
        permissions: effectivePermissions(pack, toBinding(row), row.now),
        grade: row.reached &&
          pack.grades && { now: row.reached.length, titles: pack.grades.map(({ title }) => title) },
        unbinding: pack.unbinding,
      },
    ];
  });
}
