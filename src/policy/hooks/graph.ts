import { denyOrAllow, type Hook, type Reason } from '../hook.ts';
import type { Pack } from '../pack.ts';

/**
 * The shape of the matrix: both accounts are of one platform, and of one that the pack is for (R45);
 * no account is its own sub, a sub has one primary, and the depth is one.
 * So there is no cycle.
 */
export const graph: Hook<'accounts' | 'graph'> = {
  id: 'graph',
  version: 2,
  needs: ['accounts', 'graph'],
  evaluate(
    { accounts: { primary, sub }, graph: { primaryIsSubOf, subIsSubOf, subIsPrimaryOf } },
    { platforms },
  ) {
    const strange = [primary, sub].some(({ platform }) => !isOf(platforms, platform));
    const apart = primary.platform !== sub.platform && !platforms.across;
    // biome-ignore format: a table is read by its columns; the first that applies is the one told
    const objections: readonly (Reason & { readonly when: boolean })[] = [
      { when: primary.id === sub.id,   code: 'same_account',      refusal: 'not_eligible' },
      { when: strange || apart,        code: 'other_platform',    refusal: 'not_eligible',  detail: { primary: primary.platform, sub: sub.platform } },
      { when: subIsSubOf !== null,     code: 'sub_has_a_primary', refusal: 'already_bound', detail: { subIsSubOf } },
      { when: primaryIsSubOf !== null, code: 'primary_is_a_sub',  refusal: 'not_eligible',  detail: { primaryIsSubOf } },
      { when: subIsPrimaryOf > 0,      code: 'sub_is_a_primary',  refusal: 'not_eligible',  detail: { subIsPrimaryOf } },
    ];
    return denyOrAllow(
      objections.filter(({ when }) => when).map(({ when: _, ...reason }) => reason),
      { code: 'both_free' },
    );
  },
};

function isOf({ of }: Pack['platforms'], platform: string): boolean {
  return of === null || of.includes(platform);
}
