import type { ClusterSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';
import {
  type Contact,
  NEIGHBOURHOOD_LIMITS,
  type Neighbourhood,
  type Node,
} from './observation.ts';

/**
 * A crowded network is a farm if at least this many, and this share, of its sampled owners live
 * only there.
 */
const FARM = { least: 5, share: 0.6 } as const;

/**
 * Disjoint sets over names, with path halving. It holds no more names than one neighbourhood
 * brings.
 */
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

/**
 * A carrier's NAT or a campus: so many owners that sharing it means nothing. Devices are never
 * crowded.
 */
export function isCrowded(node: Node | undefined): boolean {
  return node?.kind === 'network' && node.owners.length >= NEIGHBOURHOOD_LIMITS.ownersOfNode;
}

/**
 * A place or device first used less than a day ago is not established: anybody can be there once.
 */
export function isEstablished({ firstAt }: Pick<Contact, 'firstAt'>, now: Date): boolean {
  return daysBetween(firstAt, now) >= 1;
}

export function keyOf(kind: Node['kind'], id: string): string {
  return `${kind} ${id}`;
}

/**
 * The connected component of the attempt's owners. A device adds everybody seen on it. A network
 * adds only *exclusive members*, who are seen nowhere outside the component. Members of a
 * household, a studio or a dormitory share an address too, but they also go elsewhere. The owners
 * that a farm runs do not.
 */
export function clusterOf(neighbourhood: Neighbourhood): ClusterSignals {
  const graph = new Graph(neighbourhood);
  const apart = graph.apart();
  // An owner that also lives elsewhere only shares an address: a neighbour.
  const exclusiveMembers = graph.exclusiveMembers.filter(
    (owner) => apart === 0 || graph.joined.has(owner),
  );
  const others = new Set(
    [...graph.joined, ...exclusiveMembers].filter((owner) => !graph.isOurs(owner)),
  );
  const attempted = new Set(neighbourhood.attempts.map(({ owner }) => owner));
  const refused = new Set(
    neighbourhood.attempts.filter(({ risk }) => risk).map(({ owner }) => owner),
  );
  return {
    owners: others.size + 1,
    devices: new Set([
      ...neighbourhood.own.map(({ device }) => device),
      ...neighbourhood.near
        .filter(({ owner, kind }) => kind === 'device' && others.has(owner))
        .map(({ id }) => id),
    ]).size,
    exclusiveMembers: exclusiveMembers.length,
    apart,
    ownDevices: graph.ownDevices(),
    attempting: [...others].filter((owner) => attempted.has(owner)).length,
    refused: [...others].filter((owner) => refused.has(owner)).length,
  };
}

class Graph {
  readonly #neighbourhood: Neighbourhood;
  readonly #nodes: ReadonlyMap<string, Node>;
  /** The networks that nearby owners live in; none for an owner who is new. */
  readonly #lives = new Map<string, Set<string>>();
  /** Owners joined to the attempt's owners by devices, including themselves. */
  readonly joined: ReadonlySet<string>;
  readonly exclusiveMembers: readonly string[];

  constructor(neighbourhood: Neighbourhood) {
    this.#neighbourhood = neighbourhood;
    this.#nodes = new Map(neighbourhood.nodes.map((node) => [keyOf(node.kind, node.id), node]));
    for (const seen of neighbourhood.near) {
      const networks = this.#lives.get(seen.owner) ?? new Set();
      this.#lives.set(
        seen.owner,
        seen.kind === 'network' && isEstablished(seen, neighbourhood.now)
          ? networks.add(seen.id)
          : networks,
      );
    }
    this.joined = this.#joinByDevices();
    this.exclusiveMembers = this.#findExclusiveMembers();
  }

  isOurs(owner: string): boolean {
    return (
      owner === this.#neighbourhood.initiator.owner ||
      owner === this.#neighbourhood.counterparty.owner
    );
  }

  /** Networks that the attempt's owners live in and no exclusive member was seen in. */
  apart(): number {
    const theirs = new Set(
      this.exclusiveMembers.flatMap((owner) => [...(this.#lives.get(owner) ?? [])]),
    );
    const { own, now, initiator, counterparty } = this.#neighbourhood;
    const lived = own.filter(
      (seen) =>
        isEstablished(seen, now) &&
        seen.network !== initiator.network &&
        seen.network !== counterparty.network,
    );
    return new Set(lived.map(({ network }) => network).filter((network) => !theirs.has(network)))
      .size;
  }

  /** Established devices that only the attempt's owners were seen on. */
  ownDevices(): number {
    const lived = this.#neighbourhood.own
      .filter((seen) => isEstablished(seen, this.#neighbourhood.now))
      .map(({ device }) => device);
    return [...new Set(lived)].filter((device) =>
      this.#ownersOf('device', device).every((owner) => this.isOurs(owner)),
    ).length;
  }

  #findExclusiveMembers(): readonly string[] {
    const { initiator, counterparty, own } = this.#neighbourhood;
    const ours = new Set(
      [initiator.network, counterparty.network, ...own.map(({ network }) => network)].filter(
        (network) => !this.#isCrowded(network),
      ),
    );
    const near = [...this.#lives].filter(([owner]) => !this.isOurs(owner));
    for (const network of new Set([initiator.network, counterparty.network])) {
      if (this.#isCrowded(network) && this.#isFarm(network, near, ours)) ours.add(network);
    }
    return near
      .filter(([owner, networks]) => this.#isExclusiveMember(owner, networks, ours))
      .map(([owner]) => owner);
  }

  #isExclusiveMember(
    owner: string,
    networks: ReadonlySet<string>,
    ours: ReadonlySet<string>,
  ): boolean {
    if (!this.joined.has(owner)) return [...networks].every((network) => ours.has(network));
    // Owners who share a device also share it on a mobile network, so that network does not set
    // them apart.
    const apart = [...networks].filter(
      (network) =>
        !ours.has(network) && !this.#isCrowded(network) && !this.#isOfJoined(network, owner),
    );
    return apart.length === 0 && !this.#hasOwnDevice(owner);
  }

  #isOfJoined(network: string, owner: string): boolean {
    return [...this.joined].some((each) => each !== owner && this.#lives.get(each)?.has(network));
  }

  #hasOwnDevice(owner: string): boolean {
    const { near, now } = this.#neighbourhood;
    return near.some(
      (seen) =>
        seen.owner === owner &&
        seen.kind === 'device' &&
        isEstablished(seen, now) &&
        this.#ownersOf('device', seen.id).every((each) => each === owner),
    );
  }

  #isFarm(
    network: string,
    near: readonly (readonly [string, ReadonlySet<string>])[],
    ours: ReadonlySet<string>,
  ): boolean {
    const sample = near.filter(([owner]) =>
      this.#neighbourhood.near.some((seen) => seen.owner === owner && seen.id === network),
    );
    const alone = sample.filter(([, networks]) =>
      [...networks].every((each) => each === network || ours.has(each)),
    );
    return sample.length >= FARM.least && alone.length / sample.length >= FARM.share;
  }

  #isCrowded(network: string): boolean {
    return isCrowded(this.#nodes.get(keyOf('network', network)));
  }

  #ownersOf(kind: Node['kind'], id: string): readonly string[] {
    return this.#nodes.get(keyOf(kind, id))?.owners ?? [];
  }

  #joinByDevices(): ReadonlySet<string> {
    const { initiator, counterparty, own, sameDevices, near } = this.#neighbourhood;
    const sets = new Sets();
    const owners = new Set([initiator.owner, counterparty.owner]);
    const join = (owner: string, device: string): void => {
      owners.add(owner);
      sets.join(`owner ${owner}`, keyOf('device', device));
    };
    sets.join(`owner ${initiator.owner}`, `owner ${counterparty.owner}`);
    for (const { owner, device } of [initiator, counterparty, ...own, ...sameDevices])
      join(owner, device);
    for (const { owner, kind, id } of near) if (kind === 'device') join(owner, id);
    for (const { kind, id, owners: seen } of this.#nodes.values())
      if (kind === 'device') for (const owner of seen) join(owner, id);
    const root = sets.find(`owner ${initiator.owner}`);
    return new Set([...owners].filter((owner) => sets.find(`owner ${owner}`) === root));
  }
}
