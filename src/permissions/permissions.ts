import type { Pack, PermissionName } from '../policy/pack.ts';

export interface EffectivePermission {
  readonly name: PermissionName;
  readonly tier: 'basic' | 'advanced';
  readonly effectiveAt: Date;
}

/** When a move to another version of the pack added a permission, by name. */
export type GainedPermissions = Readonly<Record<string, Date>>;

/** What the permissions of a binding depend on. Only `active` has any. */
export type Holder =
  | {
      readonly state: 'active';
      readonly since: Date;
      /** When each of its grades was reached, the lowest first. Null: the pack has no grades. */
      readonly reached: readonly Date[] | null;
      readonly gained: GainedPermissions;
    }
  | { readonly state: 'unbound' | 'suspended' | 'history' | 'purged' };

/**
 * What every binding under the pack brings at once (R16). People see it beforehand, whatever the
 * app asked for.
 */
export function inheritedPermissions(pack: Pack): readonly PermissionName[] {
  return [...pack.permissions.basic, ...(pack.grades?.[0]?.adds ?? [])].map(({ name }) => name);
}

/**
 * What the sub may do through its binding at `now`, by the clock that wrote `since`. API, tokens
 * and pages all ask here (R20). Basic permissions come with the binding (R16). Advanced ones come
 * by grade, where the pack has grades (R40); applications do not exist yet (R17). Core ones come
 * through no binding (R18). A permission that a move added is effective from the move on.
 */
export function effectivePermissions(
  pack: Pack,
  binding: Holder,
  now: Date,
): readonly EffectivePermission[] {
  if (binding.state !== 'active') return [];
  const { since, reached, gained } = binding;
  const basic = pack.permissions.basic.map(
    ({ name }) => ({ name, tier: 'basic', effectiveAt: since }) as const,
  );
  const graded = (pack.grades ?? []).flatMap(({ adds }, at) => {
    const effectiveAt = reached?.[at];
    return effectiveAt === undefined
      ? []
      : adds.map(({ name }) => ({ name, tier: 'advanced', effectiveAt }) as const);
  });
  const dated = [...basic, ...graded].map((each) => ({
    ...each,
    effectiveAt: later(each.effectiveAt, gained[each.name]),
  }));
  return dated.filter(({ effectiveAt }) => effectiveAt <= now);
}

function later(at: Date, gained: Date | undefined): Date {
  return gained !== undefined && gained > at ? gained : at;
}

/** The permissions of a grade by name. Null: the pack has no grades. */
function heldAt(pack: Pack, grade: number | null): readonly PermissionName[] {
  const graded =
    grade === null ? [] : (pack.grades ?? []).slice(0, grade).flatMap(({ adds }) => adds);
  return [...pack.permissions.basic, ...graded].map(({ name }) => name);
}

/** What a move between versions of a pack gives and takes, for a sub that keeps its grade. */
export function differenceOf(from: Pack, to: Pack, grade: number | null): Difference {
  const before = heldAt(from, grade);
  const after = heldAt(to, to.grades === null ? null : (grade ?? 1));
  return {
    gained: after.filter((name) => !before.includes(name)),
    lost: before.filter((name) => !after.includes(name)),
  };
}

export interface Difference {
  readonly gained: readonly PermissionName[];
  readonly lost: readonly PermissionName[];
}
