import type { AccountId } from '../kernel/ids.ts';
import type { Binding, Party } from './binding.ts';
import type { BindingRow } from './bindings.store.ts';

/** The binding that a row holds. */
export function toBinding(row: BindingRow): Exclude<Binding, { state: 'unbound' }> {
  const { state, version, since, reached } = row;
  const gained = Object.fromEntries(
    Object.entries(row.gained).map(([name, at]) => [name, new Date(at)]),
  );
  switch (state) {
    case 'active':
      return { state, version, since, reached, gained };
    case 'suspended':
      return { state, version, since, reached, gained, suspendedBy: row.suspended_by };
    case 'history':
      if (row.ended_at === null)
        throw new Error(`binding ${row.id} is history but has no ended_at`);
      return { state, version, since, reached, gained, endedAt: row.ended_at };
    case 'purged':
      return { state, version };
  }
}

/** The side that an account is, if it is one. */
export function partyOf(
  row: BindingRow,
  account: AccountId,
): Extract<Party, 'primary' | 'sub'> | undefined {
  if (row.primary_id === account) return 'primary';
  if (row.sub_id === account) return 'sub';
  return undefined;
}
