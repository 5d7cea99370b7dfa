import type { BindingRequest, Side } from '../../binding/binding-request.ts';

export type Screen =
  | 'sign_in'
  | 'consent'
  | 'wait'
  | 'approve'
  | 'answered'
  | 'confirm'
  | 'prove'
  | 'result'
  | 'nothing';

type RequestState = BindingRequest['state'];

/** Which page an approval session sees, by its side and the request's state. */
export const SCREENS = {
  initiator: {
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
  counterparty: {
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

/** Pages that take a decision: docs/protocol.md#approval asks for a sign-in not older than 300 s before them. */
const DECIDES: ReadonlySet<Screen> = new Set(['consent', 'approve', 'confirm']);

export function screenOf(
  approvalSession: { readonly side: Side; readonly signedIn: boolean; readonly fresh: boolean },
  state: RequestState,
  /** Is it this approval session's turn to prove something? Whoever merely waits need not sign in again. */
  asked = true,
): Screen {
  const screen = SCREENS[approvalSession.side][state];
  if (screen === 'prove')
    return approvalSession.signedIn && (approvalSession.fresh || !asked) ? screen : 'sign_in';
  if (DECIDES.has(screen) && !(approvalSession.signedIn && approvalSession.fresh)) return 'sign_in';
  return screen === 'wait' && !approvalSession.signedIn ? 'sign_in' : screen;
}
