import type { Pack, PermissionName } from '../policy/pack.ts';

export interface EffectivePermission {
  readonly name: PermissionName;
  readonly tier: 'basic' | 'advanced';
  readonly effectiveAt: Date;
}

/** When a move to another version of the pack brought a permission, by name. */
export type GainedPermissions = Readonly<Record<string, Date>>;

/** As much of a binding as its permissions depend on: every state but `active` has none. */
export type Holder =
  | {
      readonly state: 'active';
      readonly since: Date;
      /** When each of its grades was reached, the lowest first; null under a pack without grades. */
      readonly reached: readonly Date[] | null;
      readonly gained: GainedPermissions;
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
 * core ones through no binding, ever (R18). One that a move to another version of the pack brought was not effective before.
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

/** What a sub holds at a grade (null: without grades), by name. */
function heldAt(pack: Pack, grade: number | null): readonly PermissionName[] {
  const graded =
    grade === null ? [] : (pack.grades ?? []).slice(0, grade).flatMap(({ adds }) => adds);
  return [...pack.permissions.basic, ...graded].map(({ name }) => name);
}

/** What a move from one version of a pack to another gives and takes, for a sub at `grade`, which stays. */
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
