import { denyOrAllow, type Hook } from '../hook.ts';

/**
 * R2: limits subs per primary and, for persons, per owner over all their primaries. For
 * organisations each official account has its own limit. Pending ones count.
 */
export const limits: Hook<'accounts' | 'owners' | 'counts'> = {
  id: 'limits',
  version: 2,
  needs: ['accounts', 'owners', 'counts'],
  evaluate({ accounts, owners, counts }, pack) {
    const limit = pack.limits[accounts.primary.kind];
    if (limit === null) return { verdict: 'allow', reasons: [{ code: 'no_limit' }] };
    const counted = [
      { per: 'primary', count: counts.perPrimary },
      ...(owners.primary?.kind === 'organisation'
        ? []
        : [{ per: 'owner', count: counts.perOwner }]),
    ];
    const full = counted.filter(({ count }) => count >= limit);
    return denyOrAllow(
      full.map(({ per, count }) => ({
        code: 'slots_taken',
        refusal: 'limit_reached',
        detail: { per, count, limit },
      })),
      { code: 'slot_free', detail: { ...counts, limit } },
    );
  },
};
