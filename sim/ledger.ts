import type { ObservedKey } from '../src/risk/device-key.ts';
import { learn } from '../src/risk/habit.ts';
import {
  type Contact,
  type Flow,
  type Habit,
  monthsOf,
  NEIGHBOURHOOD_LIMITS,
  type Neighbourhood,
  type Node,
  type NodeKind,
  type Observation,
  type ObservedSide,
} from '../src/risk/observation.ts';
import { SortedOwners } from './sorted-owners.ts';

type Seen = { -readonly [K in keyof Observation]: Observation[K] };
type Key = { -readonly [K in keyof ObservedKey]: ObservedKey[K] };
type Paid = { -readonly [K in keyof Flow]: Flow[K] };
/** As in src/risk/device-keys.store.ts. */
const MOST_KEYS = 8;
const NOWHERE = { provider: null, country: null, latitude: null, longitude: null };

interface Tried {
  readonly request: string;
  readonly owner: string;
  readonly network: string;
  readonly at: Date;
  risk: boolean;
}

/**
 * The signal tables in memory. They are read with the same limits and order as in
 * src/risk/neighbourhood.store.ts and flows.store.ts. There are no monthly partitions, because a
 * simulation is shorter than the time that signals are kept.
 */
export class Ledger {
  readonly #sightings = new Map<string, Map<string, Seen>>();
  readonly #nodes = {
    device: new Map<string, SortedOwners>(),
    network: new Map<string, SortedOwners>(),
  };
  readonly #keys = new Map<string, Key[]>();
  readonly #habits = new Map<string, Habit>();
  readonly #attempts = new Map<string, Tried[]>();
  readonly #attemptsAt = new Map<string, Tried[]>();
  readonly #flows = new Map<string, Map<string, Paid>>();
  readonly #parties = new Map<string, SortedOwners>();

  noteVisit(account: string, side: ObservedSide, at: Date): void {
    const { owner, device, network, traits } = side;
    const location = side.location ?? NOWHERE;
    const rows = entry(this.#sightings, owner, () => new Map<string, Seen>());
    const key = `${account} ${device} ${network}`;
    const row = rows.get(key);
    if (row) Object.assign(row, { traits, location, lastAt: at });
    else rows.set(key, { owner, device, network, traits, location, firstAt: at, lastAt: at });
    entry(this.#nodes.device, device, () => new SortedOwners()).note(owner, at);
    entry(this.#nodes.network, network, () => new SortedOwners()).note(owner, at);
    if (side.key) this.#noteKey(device, side.key, at);
    this.#habits.set(account, learn(this.#habits.get(account), at));
  }

  /**
   * Returns a function to mark it later. A reviewer's refusal makes it a risk, and an upheld appeal
   * clears it.
   */
  noteAttempt(
    request: string,
    sides: readonly ObservedSide[],
    at: Date,
    risk: boolean,
  ): (risk: boolean) => void {
    const rows: Tried[] = [];
    for (const { owner, network } of sides) {
      const row = { request, owner, network, at, risk };
      rows.push(row);
      entry(this.#attempts, owner, () => [] as Tried[]).push(row);
      entry(this.#attemptsAt, network, () => [] as Tried[]).push(row);
    }
    return (after) => {
      for (const row of rows) row.risk = after;
    };
  }

  notePayment(
    owner: string,
    account: string,
    flow: Pick<Flow, 'direction' | 'party' | 'cents'>,
    at: Date,
  ): void {
    const { direction, party, cents } = flow;
    const rows = entry(this.#flows, owner, () => new Map<string, Paid>());
    const row = rows.get(`${account} ${direction} ${party}`);
    if (row) Object.assign(row, { cents: row.cents + cents, lastAt: at });
    else
      rows.set(`${account} ${direction} ${party}`, {
        owner,
        direction,
        party,
        cents,
        firstAt: at,
        lastAt: at,
      });
    entry(this.#parties, `${direction} ${party}`, () => new SortedOwners()).note(owner, at);
  }

  neighbourhood(
    now: Date,
    initiator: ObservedSide,
    counterparty: ObservedSide,
    accounts: readonly string[],
  ): Neighbourhood {
    const since = new Date(now.getTime() - NEIGHBOURHOOD_LIMITS.windowDays * 86_400_000);
    const month = new Date(monthsOf(now)[1]);
    const owners = [...new Set([initiator.owner, counterparty.owner])];
    const own = owners.flatMap((owner) =>
      this.#sightingsOf(owner, 'lastAt').slice(0, NEIGHBOURHOOD_LIMITS.ownObservations),
    );
    const start = startNodes([initiator, counterparty], own, month).map(
      ([kind, id]): Node => ({ kind, id, owners: this.#first(kind, id, month) }),
    );
    const around = nearest(start, owners);
    const near = around.flatMap((owner) => this.#nodesOf(owner, month));
    const known = new Set(start.map(({ id }) => id));
    const farNodes = [...devicesOfTied(near, start, own)]
      .filter((id) => !known.has(id))
      .map(
        (id): Node => ({ kind: 'device', id, owners: this.#nodes.device.get(id)?.ends() ?? [] }),
      );
    return {
      now,
      initiator,
      counterparty,
      own,
      sameDevices: this.#sameDevices(start, [initiator.device, counterparty.device], month),
      keys: [...new Set([initiator.device, counterparty.device])].flatMap(
        (device) => this.#keys.get(device) ?? [],
      ),
      near,
      nodes: [...start, ...farNodes],
      attempts: [
        ...owners.flatMap((owner) => this.#attemptsOf(owner, since, NEIGHBOURHOOD_LIMITS.attempts)),
        ...around.flatMap((owner) =>
          this.#attemptsOf(owner, since, NEIGHBOURHOOD_LIMITS.attemptsOfNear),
        ),
      ],
      attemptingAt: Object.fromEntries(
        [initiator.network, counterparty.network].map((network) => [
          network,
          this.#attempting(network, owners, month),
        ]),
      ),
      habits: accounts.flatMap((account) => this.#habits.get(account) ?? []),
      ...this.#money(owners, since),
    };
  }

  #noteKey(device: string, key: string, at: Date): void {
    const keys = entry(this.#keys, device, () => [] as Key[]);
    const known = keys.find((each) => each.key === key);
    if (known) known.lastAt = at;
    else if (keys.length < MOST_KEYS) keys.push({ device, key, firstAt: at, lastAt: at });
  }

  #sightingsOf(owner: string, by: 'firstAt' | 'lastAt'): Seen[] {
    return [...(this.#sightings.get(owner)?.values() ?? [])].sort(
      (a, b) => b[by].getTime() - a[by].getTime(),
    );
  }

  #nodesOf(owner: string, since: Date): readonly Contact[] {
    const nodes = new Map<string, Contact>();
    for (const seen of this.#sightingsOf(owner, 'firstAt'))
      if (seen.lastAt > since)
        for (const kind of ['device', 'network'] as const)
          nodes.set(`${kind} ${seen[kind]}`, {
            owner,
            kind,
            id: seen[kind],
            firstAt: seen.firstAt,
          }); // the first is set last
    return [...nodes.values()]
      .sort((a, b) => b.firstAt.getTime() - a.firstAt.getTime())
      .slice(0, NEIGHBOURHOOD_LIMITS.nodesOfNear);
  }

  #first(kind: NodeKind, id: string, since: Date): readonly string[] {
    return this.#nodes[kind].get(id)?.first(NEIGHBOURHOOD_LIMITS.ownersOfNode, since) ?? [];
  }

  #sameDevices(
    start: readonly Node[],
    devices: readonly string[],
    since: Date,
  ): readonly Observation[] {
    const nodes = start.filter(({ kind, id }) => kind === 'device' && devices.includes(id));
    return nodes.flatMap(({ id, owners }) =>
      owners.flatMap((owner) =>
        this.#sightingsOf(owner, 'firstAt')
          .filter((row) => row.device === id && row.lastAt > since)
          .slice(-1),
      ),
    );
  }

  #attemptsOf(owner: string, since: Date, most: number): readonly Tried[] {
    return (this.#attempts.get(owner) ?? []).filter(({ at }) => at > since).slice(-most);
  }

  #attempting(network: string, owners: readonly string[], since: Date): number {
    const rows = (this.#attemptsAt.get(network) ?? []).filter(
      ({ owner, at }) => at > since && !owners.includes(owner),
    );
    const sorted = rows.map(({ owner }) => owner).sort();
    return new Set(sorted.slice(0, NEIGHBOURHOOD_LIMITS.attemptsAt)).size;
  }

  #money(owners: readonly string[], since: Date): Pick<Neighbourhood, 'flows' | 'refusedOwners'> {
    const mine = owners.flatMap((owner) => this.#flowsOf(owner));
    const parties = (direction: Flow['direction']) =>
      [
        ...new Set(
          mine
            .filter((flow) => flow.direction === direction)
            .sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime())
            .map(({ party }) => party),
        ),
      ].slice(0, NEIGHBOURHOOD_LIMITS.parties);
    const asked = [
      ...parties('out').flatMap((party) => [`out ${party}`, `in ${party}`]),
      ...parties('in').map((party) => `out ${party}`),
    ];
    const contacts = [...new Set(asked)].flatMap(
      (key) => this.#parties.get(key)?.first(NEIGHBOURHOOD_LIMITS.ownersOfParty, new Date(0)) ?? [],
    );
    const times = new Map<string, number>();
    for (const owner of contacts)
      if (!owners.includes(owner)) times.set(owner, (times.get(owner) ?? 0) + 1);
    const around = [...times]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, NEIGHBOURHOOD_LIMITS.ownersOfMoney)
      .map(([owner]) => owner);
    return {
      flows: [...mine, ...around.flatMap((owner) => this.#flowsOf(owner))],
      refusedOwners: around.filter((owner) =>
        (this.#attempts.get(owner) ?? []).some(({ at, risk }) => risk && at > since),
      ),
    };
  }

  #flowsOf(owner: string): readonly Paid[] {
    const rows = [...(this.#flows.get(owner)?.values() ?? [])].sort(
      (a, b) => b.firstAt.getTime() - a.firstAt.getTime(),
    );
    return (['out', 'in'] as const).flatMap((direction) =>
      rows.filter((row) => row.direction === direction).slice(0, NEIGHBOURHOOD_LIMITS.flowsOfOwner),
    );
  }
}

function startNodes(
  sides: readonly ObservedSide[],
  own: readonly Observation[],
  month: Date,
): readonly (readonly [NodeKind, string])[] {
  const recent = own
    .filter(({ lastAt }) => lastAt > month)
    .sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  const every = [...sides, ...recent].flatMap(
    ({ device, network }) =>
      [
        ['device', device],
        ['network', network],
      ] as const,
  );
  return [...new Map(every.map((node) => [node.join(' '), node])).values()].slice(
    0,
    NEIGHBOURHOOD_LIMITS.startNodes,
  );
}

/** Owners seen on the nodes; those of devices come first. */
function nearest(nodes: readonly Node[], owners: readonly string[]): readonly string[] {
  const byDevice = new Set(
    nodes.filter(({ kind }) => kind === 'device').flatMap((node) => node.owners),
  );
  const contacts = [...new Set(nodes.flatMap((node) => node.owners))].filter(
    (owner) => !owners.includes(owner),
  );
  return contacts
    .sort((a, b) => Number(byDevice.has(b)) - Number(byDevice.has(a)) || (a < b ? -1 : 1))
    .slice(0, NEIGHBOURHOOD_LIMITS.ownersNear);
}

/**
 * Devices of nearby owners whom a device may tie to the attempt's owners. Such an owner was seen on
 * a device of the start nodes, or on a device that another owner near or of the attempt used.
 */
function devicesOfTied(
  near: readonly Contact[],
  start: readonly Node[],
  own: readonly Observation[],
): ReadonlySet<string> {
  const devices = near.filter(({ kind }) => kind === 'device');
  const times = Map.groupBy(devices, ({ id }) => id);
  const known = new Set([...start.map(({ id }) => id), ...own.map(({ device }) => device)]);
  const contacts = start.filter(({ kind }) => kind === 'device').flatMap((node) => node.owners);
  const shared = devices
    .filter(({ id }) => (times.get(id)?.length ?? 0) > 1 || known.has(id))
    .map(({ owner }) => owner);
  const tied = new Set([...contacts, ...shared]);
  return new Set(devices.filter(({ owner }) => tied.has(owner)).map(({ id }) => id));
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
