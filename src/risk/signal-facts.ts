import type {
  BehaviourSignals,
  DeviceSignals,
  NetworkSignals,
  SideSignals,
  SignalFacts,
} from '../policy/signal-facts.ts';
import type { Proof, Proofs } from '../policy/step-up.ts';
import { clusterOf, isCrowded, isEstablished, keyOf } from './clusters.ts';
import { daysBetween } from './days.ts';
import { keyStateOf } from './device-key.ts';
import { hourShare, irregularity } from './habit.ts';
import { locationSignals } from './location.ts';
import { moneyOf } from './money.ts';
import type { Neighbourhood, Node, Observation, ObservedSide } from './observation.ts';
import { similarity } from './traits.ts';

/** What the attempt itself adds to its neighbourhood. */
export interface AttemptContext {
  readonly rehearsals: boolean;
  readonly wrongCodes: number;
  readonly secondsToComplete: number;
  /** What was proved during it, if an earlier evaluation asked for proof. */
  readonly proofs: Proofs;
}

/** Derives facts from signals. Both the service and the simulation use this function. */
export function signalFactsOf(neighbourhood: Neighbourhood, seen: AttemptContext): SignalFacts {
  const { initiator, counterparty } = neighbourhood;
  return {
    rehearsal: seen.rehearsals && (initiator.local || counterparty.local),
    initiator: sideOf(neighbourhood, initiator, seen.proofs.initiator),
    counterparty: sideOf(neighbourhood, counterparty, seen.proofs.counterparty),
    sameNetwork: initiator.network === counterparty.network,
    sameDevice: initiator.device === counterparty.device,
    cluster: clusterOf(neighbourhood),
    behaviour: behaviourOf(neighbourhood, seen),
    money: moneyOf(neighbourhood),
  };
}

function sideOf(
  neighbourhood: Neighbourhood,
  side: ObservedSide,
  proof: Proof | null,
): SideSignals {
  const own = neighbourhood.own.filter(({ owner }) => owner === side.owner);
  return {
    device: { ...deviceOf(neighbourhood, side, own), passkey: proof?.by === 'passkey' },
    network: networkOf(neighbourhood, side, own),
  };
}

function deviceOf(
  neighbourhood: Neighbourhood,
  side: ObservedSide,
  own: readonly Observation[],
): Omit<DeviceSignals, 'passkey'> {
  const owners = new Set([
    side.owner,
    ...(nodeOf(neighbourhood, 'device', side.device)?.owners ?? []),
  ]);
  const others = [...owners].filter(
    (owner) =>
      owner !== neighbourhood.initiator.owner && owner !== neighbourhood.counterparty.owner,
  );
  const hasOwn = (owner: string): boolean =>
    neighbourhood.near.some(
      (seen) =>
        seen.owner === owner &&
        seen.kind === 'device' &&
        seen.id !== side.device &&
        isEstablished(seen, neighbourhood.now) &&
        isPrivate(neighbourhood, seen.id, owner),
    );
  const settled = own.filter(({ device }) => device !== side.device);
  // How the cookie looked for longest. So a thief's copy differs, and the owner's own browser does
  // not.
  const [first] = neighbourhood.sameDevices
    .filter(({ device }) => device === side.device)
    .toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
  const alike = first ? similarity(first.traits, side.traits) : null;
  return {
    tenureDays: tenureOf(
      neighbourhood.now,
      own.filter(({ device }) => device === side.device),
    ),
    ageDays: first ? daysBetween(first.firstAt, neighbourhood.now) : null,
    resemblance: most(
      settled
        .map(({ traits }) => similarity(traits, side.traits))
        .filter((score) => score !== null),
    ),
    drift: alike === null ? null : 1 - alike,
    owners: owners.size,
    exclusiveMembers: others.filter((owner) => !hasOwn(owner)).length,
    contradictions: side.contradictions,
    key: keyStateOf(
      (neighbourhood.keys ?? []).filter(({ device }) => device === side.device),
      side.key ?? '',
      neighbourhood.now,
    ),
  };
}

function isPrivate(neighbourhood: Neighbourhood, device: string, owner: string): boolean {
  return (nodeOf(neighbourhood, 'device', device)?.owners ?? []).every((each) => each === owner);
}

function networkOf(
  neighbourhood: Neighbourhood,
  side: ObservedSide,
  own: readonly Observation[],
): NetworkSignals {
  const node = nodeOf(neighbourhood, 'network', side.network);
  return {
    tenureDays: tenureOf(
      neighbourhood.now,
      own.filter(({ network }) => network === side.network),
    ),
    owners: new Set([side.owner, ...(node?.owners ?? [])]).size,
    crowded: isCrowded(node),
    attempting: neighbourhood.attemptingAt[side.network] ?? 0,
    ...locationSignals(own, side.location ?? null, neighbourhood.now),
  };
}

function behaviourOf(
  neighbourhood: Neighbourhood,
  { wrongCodes, secondsToComplete }: AttemptContext,
): BehaviourSignals {
  const { now, own } = neighbourhood;
  const ours = neighbourhood.attempts.filter(
    ({ owner }) =>
      owner === neighbourhood.initiator.owner || owner === neighbourhood.counterparty.owner,
  );
  // Each attempt has two sides.
  const mine = [...new Map(ours.map((attempt) => [attempt.request, attempt])).values()];
  const since = (days: number): number =>
    mine.filter(({ at }) => daysBetween(at, now) < days).length;
  // Of the two accounts, the one with more history.
  const habit = neighbourhood.habits.toSorted((a, b) => b.gaps - a.gaps)[0];
  const networks = Map.groupBy(own, ({ network }) => network);
  const repeated = [...networks.values()].filter((seen) => spanDays(seen) > 0.5);
  return {
    knownDays: tenureOf(now, own) ?? 0,
    attemptsHour: since(1 / 24),
    attemptsDay: since(1),
    refusals: mine.filter(({ risk }) => risk).length,
    wrongCodes,
    secondsToComplete,
    hourShare: habit ? hourShare(habit, now) : null,
    irregularity: habit ? irregularity(habit) : null,
    networks: networks.size,
    networksRepeated: repeated.length,
  };
}

function nodeOf(neighbourhood: Neighbourhood, kind: Node['kind'], id: string): Node | undefined {
  return neighbourhood.nodes.find((node) => keyOf(node.kind, node.id) === keyOf(kind, id));
}

function tenureOf(now: Date, observations: readonly Observation[]): number | null {
  return observations.length === 0
    ? null
    : Math.max(...observations.map(({ firstAt }) => daysBetween(firstAt, now)));
}

function spanDays(observations: readonly Observation[]): number {
  const [first, last] = [
    Math.min(...observations.map((each) => each.firstAt.getTime())),
    Math.max(...observations.map((each) => each.lastAt.getTime())),
  ];
  return daysBetween(new Date(first), new Date(last));
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
