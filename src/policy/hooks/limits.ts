import { denyOrAllow, type Hook } from '../hook.ts';

/** R2: limits subs per primary, and per owner over all their primaries. Pending ones count. */
export const limits: Hook<'accounts' | 'counts'> = {
  id: 'limits',
  version: 1,
  needs: ['accounts', 'counts'],
  evaluate({ accounts, counts }, pack) {
    const limit = pack.limits[accounts.primary.kind];
    if (limit === null) return { verdict: 'allow', reasons: [{ code: 'no_limit' }] };
    const counted = [
      { per: 'primary', count: counts.perPrimary },
      { per: 'owner', count: counts.perOwner },
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
