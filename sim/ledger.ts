import type { KeySeen } from '../src/risk/device-key.ts';
import { learn } from '../src/risk/habit.ts';
import {
  type Flow,
  type Habit,
  LOOK,
  type Met,
  monthsOf,
  type Neighbourhood,
  type Node,
  type NodeKind,
  type SideSeen,
  type Sighting,
} from '../src/risk/sighting.ts';
import { SortedOwners } from './sorted-owners.ts';

type Seen = { -readonly [K in keyof Sighting]: Sighting[K] };
type Key = { -readonly [K in keyof KeySeen]: KeySeen[K] };
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
 * The tables of signals in memory, looked at with the same bounds and in the same order as src/risk/neighbourhood.store.ts
 * and flows.store.ts do. Months are not parted here: a simulation is shorter than signals are kept.
 */
export class Ledger {
  readonly #sightings = new Map<string, Map<string, Seen>>();
  readonly #nodes = { device: new Map<string, SortedOwners>(), network: new Map<string, SortedOwners>() };
  readonly #keys = new Map<string, Key[]>();
  readonly #habits = new Map<string, Habit>();
  readonly #attempts = new Map<string, Tried[]>();
  readonly #attemptsAt = new Map<string, Tried[]>();
  readonly #flows = new Map<string, Map<string, Paid>>();
  readonly #parties = new Map<string, SortedOwners>();

  noteVisit(account: string, side: SideSeen, at: Date): void {
    const { owner, device, network, traits } = side;
    const spot = side.spot ?? NOWHERE;
    const rows = entry(this.#sightings, owner, () => new Map<string, Seen>());
    const key = `${account} ${device} ${network}`;
    const row = rows.get(key);
    if (row) Object.assign(row, { traits, spot, lastAt: at });
    else rows.set(key, { owner, device, network, traits, spot, firstAt: at, lastAt: at });
    entry(this.#nodes.device, device, () => new SortedOwners()).note(owner, at);
    entry(this.#nodes.network, network, () => new SortedOwners()).note(owner, at);
    if (side.key) this.#noteKey(device, side.key, at);
    this.#habits.set(account, learn(this.#habits.get(account), at));
  }

  /** Gives the way to mark it later: a reviewer who refuses makes it a risk, an appeal that is upheld unmakes it. */
  noteAttempt(request: string, sides: readonly SideSeen[], at: Date, risk: boolean): (risk: boolean) => void {
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

  notePayment(owner: string, account: string, flow: Pick<Flow, 'direction' | 'party' | 'cents'>, at: Date): void {
    const { direction, party, cents } = flow;
    const rows = entry(this.#flows, owner, () => new Map<string, Paid>());
    const row = rows.get(`${account} ${direction} ${party}`);
    if (row) Object.assign(row, { cents: row.cents + cents, lastAt: at });
    else rows.set(`${account} ${direction} ${party}`, { owner, direction, party, cents, firstAt: at, lastAt: at });
    entry(this.#parties, `${direction} ${party}`, () => new SortedOwners()).note(owner, at);
  }

  look(now: Date, starter: SideSeen, other: SideSeen, accounts: readonly string[]): Neighbourhood {
    const since = new Date(now.getTime() - LOOK.windowDays * 86_400_000);
    const month = new Date(monthsOf(now)[1]);
    const owners = [...new Set([starter.owner, other.owner])];
    const own = owners.flatMap((owner) => this.#sightingsOf(owner, 'lastAt').slice(0, LOOK.ownSightings));
    const start = startNodes([starter, other], own, month).map(([kind, id]): Node => ({ kind, id, owners: this.#first(kind, id, month) }));
    const around = nearest(start, owners);
    const near = around.flatMap((owner) => this.#nodesOf(owner, month));
    const known = new Set(start.map(({ id }) => id));
    const farNodes = [...devicesOfTied(near, start, own)]
      .filter((id) => !known.has(id))
      .map((id): Node => ({ kind: 'device', id, owners: this.#nodes.device.get(id)?.ends() ?? [] }));
    return {
      now,
      starter,
      other,
      own,
      sameDevices: this.#sameDevices(start, [starter.device, other.device], month),
      keys: [...new Set([starter.device, other.device])].flatMap((device) => this.#keys.get(device) ?? []),
      near,
      nodes: [...start, ...farNodes],
      attempts: [
        ...owners.flatMap((owner) => this.#attemptsOf(owner, since, LOOK.attempts)),
        ...around.flatMap((owner) => this.#attemptsOf(owner, since, LOOK.attemptsOfNear)),
      ],
      attemptingAt: Object.fromEntries(
        [starter.network, other.network].map((network) => [network, this.#attempting(network, owners, month)]),
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
    return [...(this.#sightings.get(owner)?.values() ?? [])].sort((a, b) => b[by].getTime() - a[by].getTime());
  }

  #nodesOf(owner: string, since: Date): readonly Met[] {
    const nodes = new Map<string, Met>();
    for (const seen of this.#sightingsOf(owner, 'firstAt'))
      if (seen.lastAt > since)
        for (const kind of ['device', 'network'] as const)
          nodes.set(`${kind} ${seen[kind]}`, { owner, kind, id: seen[kind], firstAt: seen.firstAt }); // the first is set last
    return [...nodes.values()].sort((a, b) => b.firstAt.getTime() - a.firstAt.getTime()).slice(0, LOOK.nodesOfNear);
  }

  #first(kind: NodeKind, id: string, since: Date): readonly string[] {
    return this.#nodes[kind].get(id)?.first(LOOK.ownersOfNode, since) ?? [];
  }

  #sameDevices(start: readonly Node[], devices: readonly string[], since: Date): readonly Sighting[] {
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
    const rows = (this.#attemptsAt.get(network) ?? []).filter(({ owner, at }) => at > since && !owners.includes(owner));
    const sorted = rows.map(({ owner }) => owner).sort();
    return new Set(sorted.slice(0, LOOK.attemptsAt)).size;
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
      ].slice(0, LOOK.parties);
    const asked = [...parties('out').flatMap((party) => [`out ${party}`, `in ${party}`]), ...parties('in').map((party) => `out ${party}`)];
    const met = [...new Set(asked)].flatMap((key) => this.#parties.get(key)?.first(LOOK.ownersOfParty, new Date(0)) ?? []);
    const times = new Map<string, number>();
    for (const owner of met) if (!owners.includes(owner)) times.set(owner, (times.get(owner) ?? 0) + 1);
    const around = [...times]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, LOOK.ownersOfMoney)
      .map(([owner]) => owner);
    return {
      flows: [...mine, ...around.flatMap((owner) => this.#flowsOf(owner))],
      refusedOwners: around.filter((owner) => (this.#attempts.get(owner) ?? []).some(({ at, risk }) => risk && at > since)),
    };
  }

  #flowsOf(owner: string): readonly Paid[] {
    const rows = [...(this.#flows.get(owner)?.values() ?? [])].sort((a, b) => b.firstAt.getTime() - a.firstAt.getTime());
    return (['out', 'in'] as const).flatMap((direction) => rows.filter((row) => row.direction === direction).slice(0, LOOK.flowsOfOwner));
  }
}

function startNodes(sides: readonly SideSeen[], own: readonly Sighting[], month: Date): readonly (readonly [NodeKind, string])[] {
  const recent = own.filter(({ lastAt }) => lastAt > month).sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  const every = [...sides, ...recent].flatMap(
    ({ device, network }) =>
      [
        ['device', device],
        ['network', network],
      ] as const,
  );
  return [...new Map(every.map((node) => [node.join(' '), node])).values()].slice(0, LOOK.startNodes);
}

/** Owners met on the nodes, those of devices first. */
function nearest(nodes: readonly Node[], owners: readonly string[]): readonly string[] {
  const byDevice = new Set(nodes.filter(({ kind }) => kind === 'device').flatMap((node) => node.owners));
  const met = [...new Set(nodes.flatMap((node) => node.owners))].filter((owner) => !owners.includes(owner));
  return met.sort((a, b) => Number(byDevice.has(b)) - Number(byDevice.has(a)) || (a < b ? -1 : 1)).slice(0, LOOK.ownersNear);
}

/** Devices of owners near whom a device may tie to the attempt's: met at one, or seen on one that another was seen on. */
function devicesOfTied(near: readonly Met[], start: readonly Node[], own: readonly Sighting[]): ReadonlySet<string> {
  const devices = near.filter(({ kind }) => kind === 'device');
  const times = Map.groupBy(devices, ({ id }) => id);
  const known = new Set([...start.map(({ id }) => id), ...own.map(({ device }) => device)]);
  const met = start.filter(({ kind }) => kind === 'device').flatMap((node) => node.owners);
  const shared = devices.filter(({ id }) => (times.get(id)?.length ?? 0) > 1 || known.has(id)).map(({ owner }) => owner);
  const tied = new Set([...met, ...shared]);
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
