import type { AccountStatus, Kind, Qualification } from '../accounts/account.ts';
import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Answers } from './answers.ts';
import type { Clearance } from './clearance.ts';
import type { SignalFacts } from './signal-facts.ts';
import type { Proofs } from './step-up.ts';

/** What is known of an account when a decision is made. */
export interface AccountFacts {
  readonly id: AccountId;
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
  readonly verifiedBy: 'identity_document' | 'legal_entity' | null;
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
 * Everything a decision may rest on, gathered beforehand and stored with it, so that it can be shown to a reviewer and
 * replayed against another pack (R22).
 */
export interface Facts {
  readonly now: Date;
  readonly accounts: { readonly primary: AccountFacts; readonly sub: AccountFacts };
  readonly owners: OwnersFacts;
  /** Bound (active and suspended) and pending, without this request (R2). */
  readonly counts: { readonly perPrimary: number; readonly perOwner: number };
  readonly graph: {
    readonly primaryIsSubOf: AccountId | null;
    readonly subIsSubOf: AccountId | null;
    readonly subIsPrimaryOf: number;
  };
  readonly devices: { readonly initiator: DeviceFacts; readonly counterparty: DeviceFacts };
  readonly signals: SignalFacts; // R21
  /** What a person cleared these two accounts of, on appeal (R23). */
  readonly clearance: Clearance | null;
  /** What the two sides proved beside their passwords, for this request alone. */
  readonly proofs: Proofs;
  /** What those said who were asked beforehand: operators' modules, remote decision points. */
  readonly answers: Answers;
}
