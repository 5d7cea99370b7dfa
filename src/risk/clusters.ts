import type { ClusterSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';
import { LOOK, type Neighbourhood, type Node, type Sighting } from './sighting.ts';

/** Of the owners sampled in a crowded network, this share has to live there alone before it is taken for a farm. */
const FARM_SHARE = 0.6;

/** Disjoint sets over names, with path halving; holds as many names as a look brings, and no more. */
export class Sets {
  readonly #parent = new Map<string, string>();

  find(name: string): string {
    let at = name;
    for (;;) {
      const parent = this.#parent.get(at) ?? at;
      if (parent === at) return at;
      const above = this.#parent.get(parent) ?? parent;
      this.#parent.set(at, above);
      at = above;
    }
  }

  join(a: string, b: string): void {
    this.#parent.set(this.find(a), this.find(b));
  }
}

/** A carrier's NAT or a campus: so many owners that to share it says nothing. Devices are never crowded. */
export function isCrowded(node: Node | undefined): boolean {
  return node?.kind === 'network' && node.owners.length >= LOOK.ownersOfNode;
}

/**
 * The connected component of the attempt's owners in the graph of owners, devices and networks, crowded networks left
 * out. Somebody in it is *captive* who was seen in no network but those the others share: members of a household, a
 * studio or a dormitory go home, to work, or out on the street; the owners that a farm runs have nowhere else to be.
 */
export function clusterOf(look: Neighbourhood): ClusterSignals {
  const mine = new Set([look.starter.owner, look.other.owner]);
  const nodes = new Map(look.nodes.map((node) => [keyOf(node.kind, node.id), node]));
  const sightings = [...look.own, ...look.sameDevices, ...look.near];
  const inside = componentOf(look, nodes, sightings);
  const others = [...inside.owners].filter((owner) => !mine.has(owner));
  const attempted = new Set(look.attempts.map(({ owner }) => owner));
  const refused = new Set(look.attempts.filter(({ risk }) => risk).map(({ owner }) => owner));
  return {
    owners: others.length + 1,
    devices: inside.devices,
    captives: captivesAmong(look, nodes, inside.owners),
    attempting: others.filter((owner) => attempted.has(owner)).length,
    refused: others.filter((owner) => refused.has(owner)).length,
  };
}

function componentOf(look: Neighbourhood, nodes: ReadonlyMap<string, Node>, sightings: readonly Sighting[]) {
  const sets = new Sets();
  const devices = new Set<string>();
  const owners = new Set([look.starter.owner, look.other.owner, ...sightings.map(({ owner }) => owner)]);
  const link = (owner: string, key: string): void => {
    if (!isCrowded(nodes.get(key))) sets.join(`owner ${owner}`, key);
  };
  for (const side of [look.starter, look.other]) {
    link(side.owner, keyOf('device', side.device));
    link(side.owner, keyOf('network', side.network));
  }
  for (const { owner, device, network } of sightings) {
    link(owner, keyOf('device', device));
    link(owner, keyOf('network', network));
    devices.add(device);
  }
  for (const [key, { kind, owners: seen }] of nodes) {
    // Of a network two steps away only a few owners were looked up: with that many it may be anybody's.
    if (kind === 'network' && seen.length >= LOOK.ownersOfFar && !seen.some((owner) => isOf(look, owner))) continue;
    for (const owner of seen) {
      owners.add(owner);
      link(owner, key);
    }
  }
  const root = sets.find(`owner ${look.starter.owner}`);
  sets.join(`owner ${look.other.owner}`, root);
  const within = (name: string): boolean => sets.find(name) === sets.find(root);
  return {
    owners: new Set([...owners].filter((owner) => within(`owner ${owner}`))),
    devices: [...devices].filter((device) => within(keyOf('device', device))).length,
  };
}

/** Others near that have no network of their own; of a crowded network's sample only when nearly all of it is so. */
function captivesAmong(look: Neighbourhood, nodes: ReadonlyMap<string, Node>, inside: ReadonlySet<string>): number {
  const places = placesOf(look);
  const ours = new Set([look.starter.network, look.other.network, ...look.own.map(({ network }) => network)]);
  const near = [...places].filter(([owner]) => !isOf(look, owner));
  const shares = (network: string, owner: string): boolean => {
    if (ours.has(network)) return true;
    const seen = nodes.get(keyOf('network', network))?.owners ?? [];
    return seen.some((each) => each !== owner && (inside.has(each) || places.has(each)));
  };
  const captive = near.filter(([owner, networks]) => [...networks].every((network) => shares(network, owner)));
  const crowd = near.filter(([owner]) => !inside.has(owner));
  const crowdCaptives = captive.filter(([owner]) => !inside.has(owner)).length;
  const isFarm = crowd.length > 0 && crowdCaptives / crowd.length >= FARM_SHARE;
  return captive.length - crowdCaptives + (isFarm ? crowdCaptives : 0);
}

/** Of owners near, the networks they live in; of somebody who came just now, none. */
function placesOf({ near, now }: Neighbourhood): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  for (const seen of near) {
    const networks = places.get(seen.owner) ?? new Set();
    places.set(seen.owner, isLived(seen, now) ? networks.add(seen.network) : networks);
  }
  return places;
}

/** A place or a device first used within a day is no life yet: anybody can have been there once. */
export function isLived({ firstAt }: Sighting, now: Date): boolean {
  return daysBetween(firstAt, now) >= 1;
}

function isOf(look: Neighbourhood, owner: string): boolean {
  return owner === look.starter.owner || owner === look.other.owner;
}

export function keyOf(kind: Node['kind'], id: string): string {
  return `${kind} ${id}`;
}
