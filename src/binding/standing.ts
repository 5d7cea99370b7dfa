import type { AccountStatus } from '../accounts/account.ts';

/** What R25 asks about the sub before it may leave. */
export interface Standing {
  readonly unsettledOrders: number;
  readonly live: boolean;
  readonly accountStatus: AccountStatus;
}

export type Missing = 'orders_settled' | 'not_live' | 'account_normal';

// biome-ignore format: a table is read by its columns
const PRECONDITIONS = {
  orders_settled: ({ unsettledOrders }) => unsettledOrders === 0,
  not_live:       ({ live })            => !live,
  account_normal: ({ accountStatus })   => accountStatus === 'normal',
} as const satisfies Record<Missing, (standing: Standing) => boolean>;

/** What still stands in the way of unbinding (R25); empty when nothing does. */
export function missingForUnbinding(standing: Standing): readonly Missing[] {
  return (Object.keys(PRECONDITIONS) as Missing[]).filter((name) => !PRECONDITIONS[name](standing));
}
