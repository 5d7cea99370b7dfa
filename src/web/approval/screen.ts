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

/** The page of an approval session, by its side and the request's state. */
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

/** Pages with a decision need a sign-in not older than 300 s (docs/protocol.md#approval). */
const DECIDES: ReadonlySet<Screen> = new Set(['consent', 'approve', 'confirm']);

export function screenOf(
  approvalSession: { readonly side: Side; readonly signedIn: boolean; readonly fresh: boolean },
  state: RequestState,
  /** Whether this side has to prove something. A side that only waits need not sign in again. */
  asked = true,
): Screen {
  const screen = SCREENS[approvalSession.side][state];
  if (screen === 'prove')
    return approvalSession.signedIn && (approvalSession.fresh || !asked) ? screen : 'sign_in';
  if (DECIDES.has(screen) && !(approvalSession.signedIn && approvalSession.fresh)) return 'sign_in';
  return screen === 'wait' && !approvalSession.signedIn ? 'sign_in' : screen;
}
