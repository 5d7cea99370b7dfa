import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import type { BindingRefusalCode } from './binding.ts';
import { partyOf } from './binding-row.ts';
import { lockBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { handleBindingCommand } from './handle-binding-command.ts';
import { packOf } from './request-pack.ts';

export type GradeRefusal =
  | 'unknown_binding'
  | 'primary_only'
  | 'not_graded'
  | 'unknown_grade'
  | 'not_higher'
  | 'not_lower'
  | 'already_ended';

/**
 * `to` is the grade that the primary wants. A form that is sent twice changes nothing the second
 * time.
 */
export interface GradeChange {
  readonly bindingId: string;
  readonly by: AccountId;
  readonly to: number;
}

type Deps = Pick<BindingDeps, 'db' | 'packs'>;

/** The primary lets its sub do more (R40). */
export async function raiseGrade(
  deps: Deps,
  regrading: GradeChange,
): Promise<Result<void, GradeRefusal>> {
  return await regrade(deps, regrading, 'raise');
}

/** The primary takes back what it granted, at once (R40). */
export async function lowerGrade(
  deps: Deps,
  regrading: GradeChange,
): Promise<Result<void, GradeRefusal>> {
  return await regrade(deps, regrading, 'lower');
}

async function regrade(
  deps: Deps,
  { bindingId, by, to }: GradeChange,
  type: 'raise' | 'lower',
): Promise<Result<void, GradeRefusal>> {
  return await deps.db.transaction(async (tx): Promise<Result<void, GradeRefusal>> => {
    const row = await lockBinding(tx, bindingId);
    const party = row && partyOf(row, by);
    // Somebody else's binding is refused like one that does not exist.
    if (!row || !party) return refuse('unknown_binding', 'BIND-3G0');
    const grades = (await packOf(deps, row, tx)).grades?.length ?? 0;
    const command = { type, by: party, to, grades, now: row.now };
    const handled = await handleBindingCommand(tx, row, command, { actor: by });
    if (handled.ok) return ok(undefined);
    return { ok: false, refusal: recoded(handled.refusal, REFUSALS[handled.refusal.code]) };
  });
}

/**
 * A stored binding was bound once, and both live states have grades: other refusals mean its end.
 */
// biome-ignore format: a table is read by its columns
const REFUSALS = {
  primary_only:        'primary_only',
  not_graded:          'not_graded',
  unknown_grade:       'unknown_grade',
  not_higher:          'not_higher',
  not_lower:           'not_lower',
  already_ended:       'already_ended',
  not_bound:           'already_ended',
  already_bound:       'already_ended',
  already_suspended:   'already_ended',
  not_suspended:       'already_ended',
  not_your_suspension: 'already_ended',
  not_free:            'already_ended',
  not_ended:           'already_ended',
  still_history:       'already_ended',
} as const satisfies Record<BindingRefusalCode, GradeRefusal>;
