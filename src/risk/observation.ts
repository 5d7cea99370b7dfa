import type { ObservedKey } from './device-key.ts';
import type { Location, ObservedLocation } from './location.ts';

/** An owner seen on a device in a network: one edge of the graph that clustering walks (R21b). */
export interface Observation {
  readonly owner: string;
  readonly device: string;
  readonly network: string;
  readonly traits: readonly number[];
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Of the attempt's owners' own observations alone. */
  readonly location?: ObservedLocation;
}

/** Of this attempt's browsers, whoever was seen with one before, when first, and how it looked. */
export type SameDevice = Pick<Observation, 'owner' | 'device' | 'traits' | 'firstAt'>;

export type NodeKind = 'device' | 'network';

/** What is read of owners near: a device or network that one was seen at, and since when. */
export interface Contact {
  readonly owner: string;
  readonly kind: NodeKind;
  readonly id: string;
  readonly firstAt: Date;
}

/** Owners seen on one device or in one network, as many as were worth counting. */
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
  /** The key it proved to hold; '' for none. */
  readonly key?: string;
  readonly location?: Location | null;
}

/** What was noted around an attempt, bounded everywhere; what {@link signalFactsOf} makes facts of. */
export interface Neighbourhood {
  readonly now: Date;
  readonly initiator: ObservedSide;
  readonly counterparty: ObservedSide;
  /** Of the owners of the attempt, their own observations. */
  readonly own: readonly Observation[];
  readonly sameDevices: readonly SameDevice[];
  /** Keys that this attempt's browsers were seen with. */
  readonly keys?: readonly ObservedKey[];
  /** Of owners near, their latest devices and networks. */
  readonly near: readonly Contact[];
  /** The nodes that this attempt and its owners touch, and the devices of owners near whom a device may tie to its owners. */
  readonly nodes: readonly Node[];
  /** Attempts of the owners of this attempt and of owners near, in the window. */
  readonly attempts: readonly Attempt[];
  /** Of the two networks, others that tried from there. */
  readonly attemptingAt: Readonly<Record<string, number>>;
  readonly habits: readonly Habit[];
  /** Flows of the owners of the attempt, of whoever shares a payout account, and of the circle's candidates. */
  readonly flows: readonly Flow[];
  /** Owners sharing a payout account that were refused as a risk. */
  readonly refusedOwners: readonly string[];
}

/** Bounds of a look: with them its cost is the neighbourhood's and never the tables'. */
// biome-ignore format: a table is read by its columns
export const NEIGHBOURHOOD_LIMITS = {
  windowDays:      30,  // of attempts and of refusals; observations go by months
  ownObservations:    64,
  startNodes:      12,  // this attempt's, then the owner's latest
  ownersOfNode:    24,  // that many and it is crowded
  ownersNear:      20,
  nodesOfNear:     16,
  ownersOfFar:     2,   // of a node two steps away only: is it somebody's alone?
  attempts:        60,
  attemptsOfNear:  4,
  attemptsAt:      100,
  flowsOfOwner:    12,
  parties:         6,
  ownersOfParty:   12,
  ownersOfMoney:   24,
} as const;

/**
 * Sightings are looked at by whole months, this one and the last: a month is a partition, others are not even opened,
 * and nothing in an index has to be stepped over because it is a few days too old.
 */
export function monthsOf(now: Date): readonly [month: string, before: string] {
  const first = (ago: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 10);
  return [first(0), first(1)];
}
