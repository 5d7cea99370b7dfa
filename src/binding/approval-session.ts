import type { AccountId, ApprovalSessionId, BindingRequestId } from '../kernel/ids.ts';
import type { Pack } from '../policy/pack.ts';
import type { ObservedDevice, Visitor } from '../risk/device.ts';
import type { Side } from './binding-request.ts';

/**
 * One person at one browser who takes part in one binding request. Two tabs are two approval
 * sessions. The second sign-in of a binding belongs to the approval session alone, so that it never
 * replaces the browser's own session (docs/protocol.md#approval).
 */
export interface ApprovalSession {
  readonly id: ApprovalSessionId;
  readonly requestId: BindingRequestId;
  readonly side: Side;
  /** The code it was opened with; 0 for the initiator's. */
  readonly codeSerial: number;
  readonly accountId: AccountId | null;
  /** Seconds since the person signed in here; null before. */
  readonly signedInSecondsAgo: number | null;
  /**
   * When the passkey of the sign-in was enrolled, ISO 8601. Null: a password, or it was removed.
   */
  readonly passkeySince: string | null;
}

/**
 * Both sides sign in freshly: `auth_time` is not older than the pack allows
 * (docs/protocol.md#approval).
 */
export function isFresh({ signedInSecondsAgo }: ApprovalSession, pack: Pack): boolean {
  return signedInSecondsAgo !== null && signedInSecondsAgo <= pack.freshSignInSeconds;
}

/** The device in front of this approval session, and how the person signed in there. */
export function deviceAt(
  { passkeySince }: Pick<ApprovalSession, 'passkeySince'>,
  { device }: Pick<Visitor, 'device'>,
): ObservedDevice {
  return { ...device, passkeySince };
}
