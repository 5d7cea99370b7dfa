import type { AccountStatus, Kind, Qualification } from '../accounts/account.ts';
import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Answers } from './answers.ts';
import type { Clearance } from './clearance.ts';
import type { SignalFacts } from './signal-facts.ts';
import type { Proofs } from './step-up.ts';

/** The facts about one account when a decision is made. */
export interface AccountFacts {
  readonly id: AccountId;
  readonly platform: string; // R45
  readonly kind: Kind;
  readonly status: AccountStatus;
  readonly qualification: Qualification;
  readonly hasAdministrator: boolean; // R32
}

export interface OwnerFacts {
  readonly id: OwnerId;
  readonly kind: 'person' | 'organisation';
  readonly identityIndex: string; // keyed blind index of the document number, never the number (R1)
  readonly verifiedAt: Date | null;
  readonly verifiedBy: 'identity_document' | 'legal_entity' | 'platform' | null;
}

export interface OwnersFacts {
  readonly primary: OwnerFacts | null;
  readonly sub: OwnerFacts | null;
  readonly affiliationVerifiedAt: Date | null;
}

export interface DeviceFacts {
  readonly device: string;
  readonly label: string;
  readonly network: string;
  readonly knownToOwner: boolean; // R10
  readonly ownersSeen: number;
}

/**
 * Everything that a decision may rest on. It is gathered beforehand and stored with the decision. A
 * reviewer can see it, and another pack can be replayed on it (R22).
 */
export interface Facts {
  readonly now: Date;
  readonly accounts: { readonly primary: AccountFacts; readonly sub: AccountFacts };
  readonly owners: OwnersFacts;
  /**
   * Active and suspended bindings and pending requests under this pack, without this request (R2).
   * Those of the owner are of this platform and kind.
   */
  readonly counts: { readonly perPrimary: number; readonly perOwner: number };
  /** The same over all organisations of the primary's company group. */
  readonly group: { readonly subs: number };
  readonly graph: {
    readonly primaryIsSubOf: AccountId | null;
    readonly subIsSubOf: AccountId | null;
    readonly subIsPrimaryOf: number;
  };
  readonly devices: { readonly initiator: DeviceFacts; readonly counterparty: DeviceFacts };
  readonly signals: SignalFacts; // R21
  /** What a reviewer cleared for these two accounts on appeal (R23). */
  readonly clearance: Clearance | null;
  /** What the two sides proved for this request only, beside their passwords. */
  readonly proofs: Proofs;
  /** Answers gathered beforehand from operators' modules and remote decision points. */
  readonly answers: Answers;
}
