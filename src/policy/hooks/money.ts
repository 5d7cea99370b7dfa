import type { Hook } from '../hook.ts';
import { weigh } from '../scorecard.ts';
import { isNewDevice, isNewNetwork } from './familiarity.ts';

/**
 * R21d: which owners share a payout account, and whether money flows in a circle. A couple or a
 * studio may share an account for years. A ring of mules is paid recently, and almost entirely, to
 * one account that many owners share.
 */
export const money: Hook<'signals'> = {
  id: 'money',
  version: 2,
  needs: ['signals'],
  overrulable: true,
  evaluate({ signals }, pack) {
    const {
      payoutOwners,
      payoutNear,
      payoutRefused,
      concentration,
      payoutDays,
      switched,
      circleDays,
      circleOwners,
    } = signals.money;
    const { limits } = pack.risk;
    const shared = payoutOwners >= limits.payoutOwners;
    const young = payoutDays !== null && payoutDays <= limits.youngPayoutDays;
    // For a newcomer, a first payout is no change. It is one if payouts went elsewhere before.
    const sudden = payoutDays !== null && payoutDays <= limits.freshPayoutDays && switched;
    const apart = payoutNear === 0 && young;
    const noDevice = signals.cluster.ownDevices === 0;
    // A studio that has long been paid to one account: its members work together and also live
    // apart.
    const settled = !young && !sudden && !noDevice && payoutNear > 0;
    const strange = [signals.initiator, signals.counterparty].some(
      (side) => isNewDevice(side.device, limits) && isNewNetwork(side.network, limits),
    );
    const more = Math.min(payoutOwners - limits.payoutOwners, 5);
    // biome-ignore format: a table is read by its columns
    return weigh([
      { when: shared,                                                 code: 'paid_out_with_many_owners', points: settled ? 20 + 3 * more : 25 + 6 * more, detail: { owners: payoutOwners } },
      { when: shared && concentration >= limits.concentration,        code: 'nearly_all_of_it',          points: 12, detail: { share: concentration } },
      { when: shared && sudden,                                       code: 'only_of_late',              points: 44, detail: { days: payoutDays } },
      { when: shared && apart,                                        code: 'who_never_meet',            points: 26 },
      { when: shared && noDevice,                                     code: 'without_a_device_of_their_own', points: 42 },
      { when: payoutRefused > 1 && (sudden || apart || noDevice),     code: 'with_refused_owners',       points: 30 * Math.min(payoutRefused, 3), detail: { refused: payoutRefused } },
      { when: shared && strange && !settled,                          code: 'from_a_strange_place',      points: 25 },
      { when: circleDays !== null,                                    code: 'money_in_a_circle',         points: 55 + 10 * circleOwners, detail: { days: circleDays, owners: circleOwners } },
    ], pack.risk.money, 'no_odd_flow');
  },
};
