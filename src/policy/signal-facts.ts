/** How one side's device relates to its owner (R21a). */
export interface DeviceSignals {
  /** Days since the owner was first seen on it; null if never before this visit. */
  readonly tenureDays: number | null;
  /** Days since anybody was first seen on it; null if never. */
  readonly ageDays: number | null;
  /** 0 to 1: the greatest similarity to a known device of the owner; null if not comparable. */
  readonly resemblance: number | null;
  /**
   * 0 to 1: the difference from how this browser name looked for longest, under any owner; null if
   * not comparable.
   */
  readonly drift: number | null;
  /** Owners seen on it in the window, including those of this attempt. */
  readonly owners: number;
  /** Other owners among them that were never seen on a device of their own. */
  readonly exclusiveMembers: number;
  /** Claims of the visit that cannot both be true: a phone's name with a desktop's hints. */
  readonly contradictions: number;
  /** State of the key of this browser name: proved, never shown, missing now, or another key. */
  readonly key: 'held' | 'none' | 'lost' | 'other';
  /** Did this side use an old enough passkey of the account, to sign in or as a proof? */
  readonly passkey: boolean;
}

/** How one side's network relates to its owner (R21b). */
export interface NetworkSignals {
  readonly tenureDays: number | null;
  readonly owners: number;
  /** Too many owners to count: a carrier's NAT or a campus. It counts neither for nor against. */
  readonly crowded: boolean;
  /** Other owners that tried to bind from it in the window. */
  readonly attempting: number;
  /**
   * Was the owner seen in this autonomous system before? Null without an address database, like the
   * members below.
   */
  readonly provider: 'known' | 'new' | null;
  /** Does it belong to a hosting provider? */
  readonly hosting: boolean | null;
  readonly country: 'known' | 'new' | null;
  /** The speed in km/h at which the owner would have travelled from their last location. */
  readonly speed: number | null;
}

export interface SideSignals {
  readonly device: DeviceSignals;
  readonly network: NetworkSignals;
}

/**
 * Owners connected by shared devices and networks, directly or through others: one connected
 * component.
 */
export interface ClusterSignals {
  readonly owners: number;
  readonly devices: number;
  /** Other owners in it that were never seen anywhere else. */
  readonly exclusiveMembers: number;
  /**
   * The owner's networks in which no exclusive member was seen. If there is one, the owner may be
   * only a neighbour.
   */
  readonly apart: number;
  /** Devices that the owner has used for some time and nobody else uses. */
  readonly ownDevices: number;
  /** Other owners in it that tried to bind in the window. */
  readonly attempting: number;
  /** Other owners in it whose attempt was refused as a risk. */
  readonly refused: number;
}

/** How the owner's accounts behaved (R21c). */
export interface BehaviourSignals {
  /** Days since the owner was first seen, within the time that signals are kept. */
  readonly knownDays: number;
  readonly attemptsHour: number;
  readonly attemptsDay: number;
  /** Attempts refused as a risk in the window. */
  readonly refusals: number;
  readonly wrongCodes: number;
  readonly secondsToComplete: number;
  /** Share of the account's visits near this hour; null while there are too few. */
  readonly hourShare: number | null;
  /**
   * Standard deviation of the time between visits, divided by its mean; null while there are too
   * few.
   */
  readonly irregularity: number | null;
  /** Networks the owner was seen in, and how many of them on more than one visit. */
  readonly networks: number;
  readonly networksRepeated: number;
}

/** Where the owner's money comes from and goes to (R21d). */
export interface MoneySignals {
  /**
   * Owners paid out to the same account, this one included. The owner's most shared account counts.
   */
  readonly payoutOwners: number;
  /** Other owners among them that also share a device or network with the owner: family, studio. */
  readonly payoutNear: number;
  /** Other owners among them whose attempt to bind was refused as a risk. */
  readonly payoutRefused: number;
  /** Share of all payouts that went to that account; 0 if there were none. */
  readonly concentration: number;
  /** Days since that account was first paid; null if there were no payouts. */
  readonly payoutDays: number | null;
  /** Was the owner paid elsewhere before, for a week or more? Then that account is a change. */
  readonly switched: boolean;
  /** Age in days of the newest payment circle back to the owner; null if there is none. */
  readonly circleDays: number | null;
  /** Owners on that circle, this one included. */
  readonly circleOwners: number;
}

/** Signals as facts: numbers that name no person, device or place (R22). */
export interface SignalFacts {
  /**
   * A demo server with one side on the same machine: scripts and tests. Statistics about people do
   * not apply.
   */
  readonly rehearsal: boolean;
  readonly initiator: SideSignals;
  readonly counterparty: SideSignals;
  readonly sameNetwork: boolean;
  readonly sameDevice: boolean;
  readonly cluster: ClusterSignals;
  readonly behaviour: BehaviourSignals;
  readonly money: MoneySignals;
}
