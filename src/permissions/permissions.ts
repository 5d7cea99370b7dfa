import type { Pack, PermissionName } from '../policy/pack.ts';

export interface EffectivePermission {
  readonly name: PermissionName;
  readonly tier: 'basic';
  readonly effectiveAt: Date;
}

/** As much of a binding as its permissions depend on: every state but `active` has none. */
export type Holder =
  | { readonly state: 'active'; readonly since: Date }
  | { readonly state: 'unbound' | 'suspended' | 'history' | 'purged' };

/** What every binding under the pack brings at once (R16), whatever an app said it expects: what people are shown beforehand. */
export function inheritedPermissions(pack: Pack): readonly PermissionName[] {
  return pack.permissions.basic.map(({ name }) => name);
}

/**
 * What the sub may do through its binding at `now` (a reading of the clock that wrote `since`). The one place that says
 * so: API, tokens and pages all ask here (R20). Basic ones come with the binding (R16); advanced ones only by
 * application, of which there is none yet (R17); core ones through no binding, ever (R18).
 */
export function effectivePermissions(pack: Pack, binding: Holder, now: Date): readonly EffectivePermission[] {
  if (binding.state !== 'active' || now < binding.since) return [];
  const { since } = binding;
  return inheritedPermissions(pack).map((name) => ({ name, tier: 'basic', effectiveAt: since }));
}
