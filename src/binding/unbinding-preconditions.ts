import type { AccountStatus } from '../accounts/account.ts';
import type { Precondition, Preconditions } from '../policy/unbinding-rules.ts';

/** What R25 asks about the sub before it may leave. */
export interface UnbindingFacts {
  readonly unsettledOrders: number;
  readonly live: boolean;
  readonly accountStatus: AccountStatus;
}

// biome-ignore format: a table is read by its columns
const HOLDS = {
  orders_settled: ({ unsettledOrders }) => unsettledOrders === 0,
  not_live:       ({ live })            => !live,
  account_normal: ({ accountStatus })   => accountStatus === 'normal',
} as const satisfies Record<Precondition, (standing: UnbindingFacts) => boolean>;

/** What still stands in the way of unbinding, of all that the pack asks (R25); empty when nothing does. */
export function missingForUnbinding(standing: UnbindingFacts, asked: Preconditions): Preconditions {
  return asked.filter((name) => !HOLDS[name](standing));
}
