import type { Decision } from '../src/policy/evaluate.ts';
import type { Hands, Try } from './world.ts';

/** What one hook asks for: of which side it doubts (of either, where it names none), and whether only the face will do. */
interface Ask {
  readonly sides: readonly ('starter' | 'other')[];
  readonly face: boolean;
}

/** What a decision asks for, read off its hooks' reasons as the service reads it. */
function asksOf({ hooks }: Decision): readonly Ask[] {
  return hooks
    .filter(({ verdict }) => verdict === 'step_up')
    .map(({ reasons }) => ({
      sides: (['starter', 'other'] as const).filter((side) => reasons.some(({ detail }) => detail?.side === side)),
      face: reasons.some(({ detail }) => detail?.proof === 'identity_check'),
    }));
}

/** Can whoever tries show all of it? */
export function proves(decision: Decision, { hands }: Try): boolean {
  const shows = ({ factor, face }: Hands, faceOnly: boolean): boolean => face || (factor && !faceOnly);
  return asksOf(decision).every(({ sides, face }) =>
    sides.length > 0 ? sides.every((side) => shows(hands[side], face)) : shows(hands.starter, face) || shows(hands.other, face),
  );
}
