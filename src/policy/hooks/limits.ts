import { denyOrAllow, type Hook } from '../hook.ts';

/**
 * R2: limits subs per primary and, for persons, per owner over all their primaries. For
 * organisations each official account has its own limit, and a company group may have one. Pending
 * ones count.
 */
export const limits: Hook<'accounts' | 'owners' | 'counts' | 'group'> = {
  id: 'limits',
  version: 3,
  needs: ['accounts', 'owners', 'counts', 'group'],
  evaluate({ accounts, owners, counts, group }, pack) {
    const organisation = owners.primary?.kind === 'organisation';
    const limit = pack.limits[accounts.primary.kind];
    const groupLimit = organisation ? pack.groupLimits[accounts.primary.kind] : null;
    if (limit === null && groupLimit === null)
      return { verdict: 'allow', reasons: [{ code: 'no_limit' }] };
    const counted = [
      { per: 'primary', count: counts.perPrimary, limit },
      { per: 'owner', count: counts.perOwner, limit: organisation ? null : limit },
      { per: 'group', count: group.subs, limit: groupLimit },
    ];
    return denyOrAllow(
      counted.flatMap((each) =>
        each.limit !== null && each.count >= each.limit
          ? [{ code: 'slots_taken', refusal: 'limit_reached', detail: each }]
          : [],
      ),
      {
        code: 'slot_free',
        detail: {
          ...counts,
          ...(limit === null ? {} : { limit }),
          ...(groupLimit === null ? {} : { perGroup: group.subs, groupLimit }),
        },
      },
    );
  },
};
