import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type BindingRefusalCode, decide, evolve } from './binding.ts';
import { partyOf, toBinding } from './binding-row.ts';
import { lockBinding, saveBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { packOf } from './view-request.ts';

export type GradeRefusal =
  | 'unknown_binding'
  | 'primary_only'
  | 'not_graded'
  | 'unknown_grade'
  | 'not_higher'
  | 'not_lower'
  | 'already_ended';

/** `to` is the grade that the primary saw and wants: of the same form sent twice, the second changes nothing. */
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

/** The primary takes back, at once, what it had granted (R40). */
export async function lowerGrade(
  deps: Deps,
  regrading: GradeChange,
): Promise<Result<void, GradeRefusal>> {
  return await regrade(deps, regrading, 'lower');
}

const ACTION = { raise: 'binding.grade_raised', lower: 'binding.grade_lowered' } as const;

async function regrade(
  deps: Deps,
  { bindingId, by, to }: GradeChange,
  type: 'raise' | 'lower',
): Promise<Result<void, GradeRefusal>> {
  return await deps.db.transaction(async (tx): Promise<Result<void, GradeRefusal>> => {
    const row = await lockBinding(tx, bindingId);
    const party = row && partyOf(row, by);
    if (!row || !party) return refuse('unknown_binding', 'BIND-3G0'); // another's binding is not told from none
    const { grades } = await packOf(deps, row, tx);
    const binding = toBinding(row);
    const decided = decide(
      { type, by: party, to, grades: grades?.length ?? 0, now: row.now },
      binding,
    );
    if (!decided.ok)
      return refuse(TOLD[decided.refusal.code], decided.refusal.site, decided.refusal.detail);
    const next = decided.value.reduce(evolve, binding as Parameters<typeof evolve>[0]);
    if (next.state === 'unbound')
      throw new Error(`binding ${row.id} cannot become unbound by ${type}`);
    await saveBinding(tx, row.id, next);
    await appendAudit(
      tx,
      {
        action: ACTION[type],
        subject: row.id,
        actor: by,
        detail: { from: row.reached?.length, to },
      },
      [
        {
          type: 'urn:bindery:event:binding-permissions-changed',
          stream: row.id,
          data: { binding: row.id, version: next.version, state: next.state, grade: to },
        },
      ],
    );
    return ok(undefined);
  });
}

/** A stored binding was bound, and grades are changed in both live states: the rest comes to its being over. */
// biome-ignore format: a table is read by its columns
const TOLD = {
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
