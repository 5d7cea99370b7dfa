import { REQUIREMENTS } from './requirements-list.ts';
import type { TestResult } from './results.ts';

export interface Shown {
  readonly id: string;
  readonly says: string;
  /**
   * `pass`: each test that is marked as the proof of this id passed. `not yet`: no test is marked
   * so.
   */
  readonly state: 'pass' | 'FAIL' | 'not run' | 'not yet';
  readonly proofs: readonly TestResult[];
}

/**
 * The ids that a test is marked as the proof of: in brackets at the end of its name, as in `refuses
 * a fourth sub [R2]`.
 */
export function provenBy(name: string): readonly string[] {
  return /\[(R\d+(?:, R\d+)*)\]$/.exec(name)?.[1]?.split(', ') ?? [];
}

export function requirementsShown(results: readonly TestResult[]): readonly Shown[] {
  return REQUIREMENTS.map(([id, says]) => {
    const proofs = results.filter(({ name }) => provenBy(name).includes(id));
    return { id, says, state: stateOf(proofs), proofs };
  });
}

function stateOf(proofs: readonly TestResult[]): Shown['state'] {
  if (proofs.length === 0) return 'not yet';
  if (proofs.some(({ ok, skipped }) => !ok && !skipped)) return 'FAIL';
  return proofs.some(({ ok }) => ok) ? 'pass' : 'not run';
}
