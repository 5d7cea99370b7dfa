import type { AccountStatus } from '../accounts/account.ts';
import type { Precondition, Preconditions } from '../policy/unbinding-rules.ts';

/** The facts about the sub that R25 asks for. */
export interface UnbindingFacts {
  readonly unsettledOrders: number;
  readonly live: boolean;
  readonly accountStatus: AccountStatus;
}

// biome-ignore format: a table is read by its columns
const SATISFIED = {
  orders_settled: ({ unsettledOrders }) => unsettledOrders === 0,
  not_live:       ({ live })            => !live,
  account_normal: ({ accountStatus })   => accountStatus === 'normal',
} as const satisfies Record<Precondition, (facts: UnbindingFacts) => boolean>;

/** The preconditions of the pack that the facts do not meet (R25). */
export function missingForUnbinding(facts: UnbindingFacts, asked: Preconditions): Preconditions {
  return asked.filter((name) => !SATISFIED[name](facts));
}
