import type { ObservedKey } from './device-key.ts';
import type { Location, ObservedLocation } from './location.ts';

/** An owner seen on a device in a network: one edge of the graph for clustering (R21b). */
export interface Observation {
  readonly owner: string;
  readonly device: string;
  readonly network: string;
  readonly traits: readonly number[];
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Only for observations of the attempt's own owners. */
  readonly location?: ObservedLocation;
}

/** Earlier use of this attempt's browsers: by which owner, since when, and with which traits. */
export type SameDevice = Pick<Observation, 'owner' | 'device' | 'traits' | 'firstAt'>;

export type NodeKind = 'device' | 'network';

/** A contact of a nearby owner: a device or network, and since when. */
export interface Contact {
  readonly owner: string;
  readonly kind: NodeKind;
  readonly id: string;
  readonly firstAt: Date;
}

/** Owners seen on one device or in one network, up to a limit. */
export interface Node {
  readonly kind: NodeKind;
  readonly id: string;
  readonly owners: readonly string[];
}

export interface Attempt {
  readonly request: string;
  readonly owner: string;
  readonly network: string;
  readonly at: Date;
  readonly risk: boolean;
}

/** Money between an owner and a party, in one direction. */
export interface Flow {
  readonly owner: string;
  readonly direction: 'in' | 'out';
  readonly party: string;
  readonly cents: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** An account's own history: see src/risk/habit.ts. */
export interface Habit {
  readonly since: Date;
  readonly hours: readonly number[];
  readonly hourAt: Date;
  readonly gaps: number;
  readonly gapMean: number;
  readonly gapM2: number;
}

/** One side of the attempt, as its visit showed itself. */
export interface ObservedSide {
  readonly owner: string;
  readonly device: string;
  readonly network: string;
  readonly traits: readonly number[];
  readonly contradictions: number;
  readonly local: boolean;
  /** The key that it proved to hold; '' for none. */
  readonly key?: string;
  readonly location?: Location | null;
}

/**
 * Everything noted around an attempt, within fixed limits. {@link signalFactsOf} derives facts from
 * it.
 */
export interface Neighbourhood {
  readonly now: Date;
  readonly initiator: ObservedSide;
  readonly counterparty: ObservedSide;
  /** Observations of the attempt's own owners. */
  readonly own: readonly Observation[];
  readonly sameDevices: readonly SameDevice[];
  /** Keys that this attempt's browsers were seen with. */
  readonly keys?: readonly ObservedKey[];
  /** The latest devices and networks of nearby owners. */
  readonly near: readonly Contact[];
  /**
   * Nodes that this attempt and its owners touch, and devices that may tie nearby owners to them.
   */
  readonly nodes: readonly Node[];
  /** Attempts in the window, of this attempt's owners and nearby owners. */
  readonly attempts: readonly Attempt[];
  /** For each of the two networks: other owners that tried from there. */
  readonly attemptingAt: Readonly<Record<string, number>>;
  readonly habits: readonly Habit[];
  /**
   * Flows of the attempt's owners, of owners that share a payout account, and of circle candidates.
   */
  readonly flows: readonly Flow[];
  /** Owners that share a payout account and were refused as a risk. */
  readonly refusedOwners: readonly string[];
}

/** Limits of a neighbourhood. They keep its cost independent of the size of the tables. */
// biome-ignore format: a table is read by its columns
export const NEIGHBOURHOOD_LIMITS = {
  windowDays:      30,  // of attempts and of refusals; observations go by months
  ownObservations:    64,
  startNodes:      12,  // this attempt's, then the owner's latest
  ownersOfNode:    24,  // at this number it is crowded
  ownersNear:      20,
  nodesOfNear:     16,
  ownersOfFar:     2,   // of a node two steps away: does it have a single owner?
  attempts:        60,
  attemptsOfNear:  4,
  attemptsAt:      100,
  flowsOfOwner:    12,
  parties:         6,
  ownersOfParty:   12,
  ownersOfMoney:   24,
} as const;

/**
 * Observations are read by whole months: this one and the last. A month is a partition, so other
 * months are not opened, and no index entry is skipped for its age.
 */
export function monthsOf(now: Date): readonly [month: string, before: string] {
  const first = (ago: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 10);
  return [first(0), first(1)];
}
