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
    const { payoutOwners, payoutNear, payoutRefused, concentration, payoutDays, switched, circleDays, circleOwners } = signals.money;
    const { limits } = pack.risk;
    const shared = payoutOwners >= limits.payoutOwners;
    const young = payoutDays !== null && payoutDays <= limits.youngPayoutDays;
    // A newcomer's first payout is no change; money that went elsewhere before is.
    const sudden = payoutDays !== null && payoutDays <= limits.freshPayoutDays && switched;
    const apart = payoutNear === 0 && young;
    const noDevice = signals.cluster.ownDevices === 0;
    // biome-ignore format: a table is read by its columns
    return weigh([
      { when: shared,                                                 code: 'paid_out_with_many_owners', points: 25 + 6 * Math.min(payoutOwners - limits.payoutOwners, 5), detail: { owners: payoutOwners } },
      { when: shared && concentration >= limits.concentration,        code: 'nearly_all_of_it',          points: 12, detail: { share: concentration } },
      { when: shared && sudden,                                       code: 'only_of_late',              points: 44, detail: { days: payoutDays } },
      { when: shared && apart,                                        code: 'who_never_meet',            points: 22 },
      { when: shared && noDevice,                                     code: 'without_a_device_of_their_own', points: 42 },
      { when: payoutRefused > 0 && (sudden || apart || noDevice),     code: 'with_refused_owners',       points: 30 * Math.min(payoutRefused, 3), detail: { refused: payoutRefused } },
      { when: circleDays !== null,                                    code: 'money_in_a_circle',         points: 55 + 10 * circleOwners, detail: { days: circleDays, owners: circleOwners } },
    ], pack.risk.money, 'no_odd_flow');
  },
};
