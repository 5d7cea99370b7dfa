import type { Hook } from '../hook.ts';
import { weigh } from '../scorecard.ts';
import { isYoung } from './familiarity.ts';

/**
 * R21b: clusters of owners that share devices and networks, directly or through others. Households,
 * studios and dormitories share them too, and a carrier's NAT joins strangers. But their members
 * are also seen elsewhere, and the owners of a farm are not. So the hook counts exclusive members
 * and refused attempts.
 */
export const address: Hook<'signals'> = {
  id: 'address',
  version: 2,
  needs: ['signals'],
  overrulable: true,
  evaluate({ signals }, pack) {
    if (signals.rehearsal) return { verdict: 'allow', reasons: [{ code: 'rehearsal' }] };
    const { cluster, initiator, counterparty, money, behaviour } = signals;
    const { exclusiveMembers, refused, attempting } = cluster;
    const from = [initiator.network, counterparty.network]
      .filter(({ crowded }) => !crowded)
      .map((network) => network.attempting);
    const trying = Math.max(attempting, ...from);
    const young = isYoung(behaviour, pack.risk.limits);
    const payouts = money.payoutOwners >= pack.risk.limits.payoutOwners;
    // biome-ignore format: a table is read by its columns
    return weigh([
      { when: exclusiveMembers >= 2,                          code: 'owners_seen_nowhere_else',        points: 12 * Math.min(exclusiveMembers, 10), detail: { exclusiveMembers, owners: cluster.owners }, means: 'identity_check' },
      { when: exclusiveMembers > 0 && young,                  code: 'and_a_young_account_here',        points: 50, means: 'identity_check' },
      { when: refused > 0,                                    code: 'refused_owners_near',             points: (exclusiveMembers > 0 ? 45 : 12) * Math.min(refused, 4), detail: { refused }, means: 'identity_check' },
      { when: trying >= 3 && exclusiveMembers > 0,            code: 'many_bind_from_here',             points: 8 * Math.min(trying, 8),     detail: { trying }, means: 'identity_check' },
      { when: trying >= 3 && exclusiveMembers === 0 && young, code: 'many_bind_and_this_one_is_young', points: 50, detail: { trying }, means: 'identity_check' },
      { when: exclusiveMembers >= 2 && payouts,               code: 'and_are_paid_to_one_account',     points: 30, detail: { owners: money.payoutOwners } },
    ], pack.risk.address, initiator.network.crowded && counterparty.network.crowded ? 'crowded_network' : 'few_near');
  },
};
