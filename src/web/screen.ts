import type { BindingRequest, Side } from '../binding/binding-request.ts';

export type Screen = 'sign_in' | 'consent' | 'wait' | 'approve' | 'answered' | 'confirm' | 'prove' | 'result' | 'nothing';

type RequestState = BindingRequest['state'];

/** Which page a sitting sees, by its side and the request's state. */
export const SCREENS = {
  starter: {
    created: 'consent',
    offered: 'wait',
    answered: 'confirm',
    proving: 'prove',
    in_review: 'result',
    approved: 'result',
    redeemed: 'result',
    refused: 'result',
    expired: 'result',
  },
  other: {
    created: 'nothing',
    offered: 'approve',
    answered: 'answered',
    proving: 'prove',
    in_review: 'result',
    approved: 'result',
    redeemed: 'result',
    refused: 'result',
    expired: 'result',
  },
} as const satisfies Record<Side, Record<RequestState, Screen>>;

/** Pages that take a decision: protocol §2 asks for a sign-in not older than 300 s before them. */
const DECIDES: ReadonlySet<Screen> = new Set(['consent', 'approve', 'confirm']);

export function screenOf(
  sitting: { readonly side: Side; readonly signedIn: boolean; readonly fresh: boolean },
  state: RequestState,
  /** Is it this sitting's turn to prove something? Whoever merely waits need not sign in again. */
  asked = true,
): Screen {
  const screen = SCREENS[sitting.side][state];
  if (screen === 'prove') return sitting.signedIn && (sitting.fresh || !asked) ? screen : 'sign_in';
  if (DECIDES.has(screen) && !(sitting.signedIn && sitting.fresh)) return 'sign_in';
  return screen === 'wait' && !sitting.signedIn ? 'sign_in' : screen;
}
