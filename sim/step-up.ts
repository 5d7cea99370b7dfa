import type { Decision } from '../src/policy/evaluate.ts';
import type { Reason } from '../src/policy/hook.ts';
import type { Hands, Try } from './world.ts';

const SIDES = ['starter', 'other'] as const;

/** Can whoever tries show all that the decision's hooks ask for, of the sides they name, or of either where they name none? */
export function proves({ hooks }: Decision, { hands }: Try): boolean {
  return hooks
    .filter(({ verdict }) => verdict === 'step_up')
    .every(({ reasons }) => {
      const unnamed = reasons.filter(({ detail }) => detail?.side === undefined);
      const named = SIDES.map((side) => ({ side, own: reasons.filter(({ detail }) => detail?.side === side) })).filter(
        ({ own }) => own.length > 0,
      );
      if (named.length === 0) return SIDES.some((side) => shows(hands[side], unnamed));
      return named.every(({ side, own }) => shows(hands[side], [...own, ...unnamed]));
    });
}

function shows({ factor, face }: Hands, reasons: readonly Reason[]): boolean {
  return face || (factor && !reasons.some(({ detail }) => detail?.means === 'identity_check'));
}
