import type { BehaviourSignals, DeviceSignals, NetworkSignals, SideSignals, SignalFacts } from '../policy/signal-facts.ts';
import type { Proof, Proofs } from '../policy/step-up.ts';
import { clusterOf, isCrowded, isLived, keyOf } from './clusters.ts';
import { daysBetween } from './days.ts';
import { keyStateOf } from './device-key.ts';
import { hourShare, irregularity } from './habit.ts';
import { moneyOf } from './money.ts';
import type { Neighbourhood, Node, SideSeen, Sighting } from './sighting.ts';
import { spotSignals } from './spot.ts';
import { similarity } from './traits.ts';

/** What the attempt itself adds to what was noted around it. */
export interface AttemptSeen {
  readonly rehearsals: boolean;
  readonly wrongCodes: number;
  readonly secondsToComplete: number;
  /** What was proved in the course of it, if it was judged before and asked for proof. */
  readonly proofs: Proofs;
}

/** Signals in, facts out: the one way from what was noted to what hooks see, in the service and in the simulation. */
export function signalFactsOf(look: Neighbourhood, seen: AttemptSeen): SignalFacts {
  const { starter, other } = look;
  return {
    rehearsal: seen.rehearsals && (starter.local || other.local),
    starter: sideOf(look, starter, seen.proofs.starter),
    other: sideOf(look, other, seen.proofs.other),
    sameNetwork: starter.network === other.network,
    sameDevice: starter.device === other.device,
    cluster: clusterOf(look),
    behaviour: behaviourOf(look, seen),
    money: moneyOf(look),
  };
}

function sideOf(look: Neighbourhood, side: SideSeen, proof: Proof | null): SideSignals {
  const own = look.own.filter(({ owner }) => owner === side.owner);
  return { device: { ...deviceOf(look, side, own), passkey: proof?.by === 'passkey' }, network: networkOf(look, side, own) };
}

function deviceOf(look: Neighbourhood, side: SideSeen, own: readonly Sighting[]): Omit<DeviceSignals, 'passkey'> {
  const owners = new Set([side.owner, ...(nodeOf(look, 'device', side.device)?.owners ?? [])]);
  const others = [...owners].filter((owner) => owner !== look.starter.owner && owner !== look.other.owner);
  const hasOwn = (owner: string): boolean =>
    look.near.some(
      (seen) =>
        seen.owner === owner &&
        seen.kind === 'device' &&
        seen.id !== side.device &&
        isLived(seen, look.now) &&
        isPrivate(look, seen.id, owner),
    );
  const settled = own.filter(({ device }) => device !== side.device);
  // What the cookie has looked like for longest: so a thief's copy drifts, and its owner at home does not.
  const [first] = look.sameDevices
    .filter(({ device }) => device === side.device)
    .toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
  const alike = first ? similarity(first.traits, side.traits) : null;
  return {
    tenureDays: tenureOf(
      look.now,
      own.filter(({ device }) => device === side.device),
    ),
    ageDays: first ? daysBetween(first.firstAt, look.now) : null,
    resemblance: most(settled.map(({ traits }) => similarity(traits, side.traits)).filter((score) => score !== null)),
    drift: alike === null ? null : 1 - alike,
    owners: owners.size,
    captives: others.filter((owner) => !hasOwn(owner)).length,
    contradictions: side.contradictions,
    key: keyStateOf(
      (look.keys ?? []).filter(({ device }) => device === side.device),
      side.key ?? '',
      look.now,
    ),
  };
}

function isPrivate(look: Neighbourhood, device: string, owner: string): boolean {
  return (nodeOf(look, 'device', device)?.owners ?? []).every((each) => each === owner);
}

function networkOf(look: Neighbourhood, side: SideSeen, own: readonly Sighting[]): NetworkSignals {
  const node = nodeOf(look, 'network', side.network);
  return {
    tenureDays: tenureOf(
      look.now,
      own.filter(({ network }) => network === side.network),
    ),
    owners: new Set([side.owner, ...(node?.owners ?? [])]).size,
    crowded: isCrowded(node),
    attempting: look.attemptingAt[side.network] ?? 0,
    ...spotSignals(own, side.spot ?? null, look.now),
  };
}

function behaviourOf(look: Neighbourhood, { wrongCodes, secondsToComplete }: AttemptSeen): BehaviourSignals {
  const { now, own } = look;
  const ours = look.attempts.filter(({ owner }) => owner === look.starter.owner || owner === look.other.owner);
  const mine = [...new Map(ours.map((attempt) => [attempt.request, attempt])).values()]; // each has two sides
  const since = (days: number): number => mine.filter(({ at }) => daysBetween(at, now) < days).length;
  const habit = look.habits.toSorted((a, b) => b.gaps - a.gaps)[0]; // of the two accounts, the one that is known better
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

function nodeOf(look: Neighbourhood, kind: Node['kind'], id: string): Node | undefined {
  return look.nodes.find((node) => keyOf(node.kind, node.id) === keyOf(kind, id));
}

function tenureOf(now: Date, sightings: readonly Sighting[]): number | null {
  return sightings.length === 0 ? null : Math.max(...sightings.map(({ firstAt }) => daysBetween(firstAt, now)));
}

function spanDays(sightings: readonly Sighting[]): number {
  const [first, last] = [
    Math.min(...sightings.map((each) => each.firstAt.getTime())),
    Math.max(...sightings.map((each) => each.lastAt.getTime())),
  ];
  return daysBetween(new Date(first), new Date(last));
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
