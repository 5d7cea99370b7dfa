import type { Hook } from '../hook.ts';
import { weigh } from '../scorecard.ts';

/**
 * R21d: whose accounts are paid out to one place, and whether money comes round in a circle. A couple, or a studio, may
 * share an account for years; a ring of mules is paid, of late and nearly all of it, to one that many owners share.
 */
export const money: Hook<'signals'> = {
  id: 'money',
  version: 1,
  needs: ['signals'],
  evaluate({ signals }, pack) {
    const { payoutOwners, payoutRefused, concentration, payoutDays, circleDays, circleOwners } = signals.money;
    const { limits } = pack.risk;
    const shared = payoutOwners >= limits.payoutOwners;
    const fresh = payoutDays !== null && payoutDays <= limits.freshPayoutDays;
    const { captives } = signals.cluster;
    // biome-ignore format: a table is read by its columns
    return weigh([
      { when: shared,                                                 code: 'paid_out_with_many_owners', points: 40 + 6 * Math.min(payoutOwners - limits.payoutOwners, 6), detail: { owners: payoutOwners } },
      { when: shared && concentration >= limits.concentration,        code: 'nearly_all_of_it',          points: 12, detail: { share: concentration } },
      { when: shared && fresh,                                        code: 'only_of_late',              points: 30, detail: { days: payoutDays } },
      { when: payoutRefused > 0,                                      code: 'with_refused_owners',       points: 30 * Math.min(payoutRefused, 3), detail: { refused: payoutRefused } },
      { when: shared && captives > 0,                                 code: 'who_live_together',         points: 15, detail: { captives } },
      { when: circleDays !== null,                                    code: 'money_in_a_circle',         points: 55 + 10 * circleOwners, detail: { days: circleDays, owners: circleOwners } },
    ], pack.risk.money, 'no_odd_flow');
  },
};
