import { denyOrAllow, type Hook, type Reason } from '../hook.ts';

/**
 * The shape of the matrix: no account is its own sub, a sub has one primary, and the depth is one.
 * So there is no cycle.
 */
export const graph: Hook<'accounts' | 'graph'> = {
  id: 'graph',
  version: 1,
  needs: ['accounts', 'graph'],
  evaluate({ accounts: { primary, sub }, graph: { primaryIsSubOf, subIsSubOf, subIsPrimaryOf } }) {
    // biome-ignore format: a table is read by its columns; the first that applies is the one told
    const objections: readonly (Reason & { readonly when: boolean })[] = [
      { when: primary.id === sub.id,   code: 'same_account',      refusal: 'not_eligible' },
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
