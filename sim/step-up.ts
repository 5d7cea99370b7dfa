import type { Decision } from '../src/policy/evaluate.ts';
import { askedIn, isNothing, type Proof } from '../src/policy/step-up.ts';
import type { Hands, Try } from './world.ts';

/**
 * Can this person give every proof that the decision asks for? The service's own code reads the
 * decision.
 */
export function proves({ hooks }: Decision, { hands: { initiator, counterparty } }: Try): boolean {
  return isNothing(
    askedIn(hooks, { initiator: shown(initiator), counterparty: shown(counterparty) }),
  );
}

function shown({ factor, face }: Hands): Proof | null {
  const by = face ? 'identity_check' : factor ? 'totp' : null;
  return by === null ? null : { by, at: new Date(0) };
}
