import type { Pack, PermissionName } from '../policy/pack.ts';

export interface EffectivePermission {
  readonly name: PermissionName;
  readonly tier: 'basic' | 'advanced';
  readonly effectiveAt: Date;
}

/** As much of a binding as its permissions depend on: every state but `active` has none. */
export type Holder =
  | {
      readonly state: 'active';
      readonly since: Date;
      /** When each of its grades was reached, the lowest first; null under a pack without grades. */
      readonly reached: readonly Date[] | null;
    }
  | { readonly state: 'unbound' | 'suspended' | 'history' | 'purged' };

/** What every binding under the pack brings at once (R16), whatever an app said it expects: what people are shown beforehand. */
export function inheritedPermissions(pack: Pack): readonly PermissionName[] {
  return [...pack.permissions.basic, ...(pack.grades?.[0]?.adds ?? [])].map(({ name }) => name);
}

/**
 * What the sub may do through its binding at `now` (a reading of the clock that wrote `since`). The one place that says
 * so: API, tokens and pages all ask here (R20). Basic ones come with the binding (R16); advanced ones by the grade that the
 * primary granted, where the pack has grades (R40), and otherwise only by application, of which there is none yet (R17);
 * core ones through no binding, ever (R18).
 */
export function effectivePermissions(pack: Pack, binding: Holder, now: Date): readonly EffectivePermission[] {
  if (binding.state !== 'active') return [];
  const { since, reached } = binding;
  const basic = pack.permissions.basic.map(({ name }) => ({ name, tier: 'basic', effectiveAt: since }) as const);
  const graded = (pack.grades ?? []).flatMap(({ adds }, at) => {
    const effectiveAt = reached?.[at];
    return effectiveAt === undefined ? [] : adds.map(({ name }) => ({ name, tier: 'advanced', effectiveAt }) as const);
  });
  return [...basic, ...graded].filter(({ effectiveAt }) => effectiveAt <= now);
}
