/** How one side's device stands to the owner it came with (R21a). */
export interface DeviceSignals {
  /** Days since the owner was first seen on it; null for never before this very visit was noted. */
  readonly tenureDays: number | null;
  /** Days since anybody was first seen on it; null for never. */
  readonly ageDays: number | null;
  /** 0 to 1: how much it looks like the devices that are known as the owner's, the most alike of them; null where nothing can be compared. */
  readonly resemblance: number | null;
  /** 0 to 1: how little it looks like what this same browser name has looked like for longest, under whichever owner; null where nothing can be compared. */
  readonly drift: number | null;
  /** Owners seen on it in the window; those of this attempt included. */
  readonly owners: number;
  /** Others among them that were never seen on a device of their own. */
  readonly exclusiveMembers: number;
  /** What the visit says of itself in two ways that cannot both be true: a phone's name with a desktop's hints. */
  readonly contradictions: number;
  /** The key that this browser name is known by: it proved it, never showed one, showed none now, or showed another. */
  readonly key: 'held' | 'none' | 'lost' | 'other';
  /** Did its side sign in for this attempt by a passkey of the account that is old enough, or prove one in the course of it? */
  readonly passkey: boolean;
}

/** How one side's network stands to the owner it came with (R21b). */
export interface NetworkSignals {
  readonly tenureDays: number | null;
  readonly owners: number;
  /** More owners than are worth counting: a carrier's NAT, a campus. It speaks neither for nor against anybody. */
  readonly crowded: boolean;
  /** Other owners that tried to bind from it in the window. */
  readonly attempting: number;
  /** Has the owner been seen in this autonomous system before? Null, like those below, without a database of addresses. */
  readonly provider: 'known' | 'new' | null;
  /** Is it a hosting provider's? */
  readonly hosting: boolean | null;
  readonly country: 'known' | 'new' | null;
  /** How fast the owner would have travelled since they were last seen elsewhere, in km/h. */
  readonly speed: number | null;
}

export interface SideSignals {
  readonly device: DeviceSignals;
  readonly network: NetworkSignals;
}

/** Whoever shares devices and networks with the owner, and shares with those who share: one connected component. */
export interface ClusterSignals {
  readonly owners: number;
  readonly devices: number;
  /** Others in it that were never seen anywhere else. */
  readonly exclusiveMembers: number;
  /** Networks that the owner lives in and none of these was seen in: with any, the owner may be a mere neighbour. */
  readonly apart: number;
  /** Devices that the owner has used for some time and nobody else uses. */
  readonly ownDevices: number;
  /** Others in it that tried to bind in the window. */
  readonly attempting: number;
  /** Others in it whose attempt was refused as a risk. */
  readonly refused: number;
}

/** What the owner's accounts did themselves (R21c). */
export interface BehaviourSignals {
  /** Days since the owner was first seen, as far back as signals are kept. */
  readonly knownDays: number;
  readonly attemptsHour: number;
  readonly attemptsDay: number;
  /** Attempts refused as a risk in the window. */
  readonly refusals: number;
  readonly wrongCodes: number;
  readonly secondsToComplete: number;
  /** Share of the account's own visits that fall about this hour; null while there are too few to tell. */
  readonly hourShare: number | null;
  /** Standard deviation of the time between visits, as a share of its mean; null while there are too few to tell. */
  readonly irregularity: number | null;
  /** Networks the owner was seen in, and how many of them on more than one visit. */
  readonly networks: number;
  readonly networksRepeated: number;
}

/** Where the owner's money comes from and goes to (R21d). */
export interface MoneySignals {
  /** Owners, this one included, paid out to the same account: the most shared of the owner's. */
  readonly payoutOwners: number;
  /** Others among those who share a device or a network with the owner as well: a family, a studio. */
  readonly payoutNear: number;
  /** Others among those whose attempt to bind was refused as a risk. */
  readonly payoutRefused: number;
  /** Share of all payouts that went to that account; 0 when nothing was paid out. */
  readonly concentration: number;
  /** Days since that account was first paid; null when nothing was paid out. */
  readonly payoutDays: number | null;
  /** Was the owner paid out elsewhere before, for a week and more? Then that account is a change. */
  readonly switched: boolean;
  /** Days that the youngest payment of a circle back to the owner is old; null when there is none. */
  readonly circleDays: number | null;
  /** Owners on that circle, this one included. */
  readonly circleOwners: number;
}

/** Signals as facts: numbers and nothing that names a person, a device or a place (R22). */
export interface SignalFacts {
  /** A demo's server, and one side at its own machine: scripts and tests, about which the statistics of people say nothing. */
  readonly rehearsal: boolean;
  readonly initiator: SideSignals;
  readonly counterparty: SideSignals;
  readonly sameNetwork: boolean;
  readonly sameDevice: boolean;
  readonly cluster: ClusterSignals;
  readonly behaviour: BehaviourSignals;
  readonly money: MoneySignals;
}
