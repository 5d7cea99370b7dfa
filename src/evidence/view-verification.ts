import type { Kind, Qualification } from '../accounts/account.ts';
import type { AccountId, EvidenceId } from '../kernel/ids.ts';
import type { StoredConsent } from './consents.store.ts';
import type { EvidenceDeps } from './deps.ts';
import type { EvidenceState, Examiner, RejectionReason } from './evidence.ts';
import type { SigningState } from './in-person-signing.ts';
import type { DepositState } from './micro-deposit.ts';
import type { EvidenceType } from './requirements.ts';

export interface PieceView {
  readonly id: EvidenceId;
  readonly type: EvidenceType;
  readonly state: EvidenceState;
  readonly examiner?: Examiner;
  readonly reason?: RejectionReason;
  readonly validUntil: Date | null;
  /** Until when a person decides (R4); null while none is asked. */
  readonly dueAt: Date | null;
  readonly submittedAt: Date;
  readonly deposit?: { readonly state: DepositState; readonly triesLeft: number; readonly until: Date | null };
  readonly signing?: { readonly state: SigningState; readonly at: Date | null; readonly place: string | null };
  readonly appeal: 'none' | 'possible' | 'open' | 'dismissed' | 'upheld';
}

export interface VerificationView {
  readonly kind: Kind;
  readonly qualification: Qualification;
  /** When the first of the pieces it rests on runs out. */
  readonly until: Date | null;
  readonly claim: { readonly claimedAt: Date; readonly nameMasked: string | null; readonly numberMasked: string | null } | null;
  /** Those that hold. */
  readonly consents: readonly StoredConsent[];
  /** R3: of each group one piece must be accepted; pieces the newest first. */
  readonly groups: readonly { readonly alternatives: readonly EvidenceType[]; readonly pieces: readonly PieceView[] }[];
}

/** How far an account is on its way to being verified, for its own page. */
export async function viewVerification(
  _deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  _who: { readonly account: AccountId },
): Promise<VerificationView> {
  throw new Error('to be filled');
}
