import type { NetworkSignals } from '../src/policy/signal-facts.ts';
import { isLived } from '../src/risk/clusters.ts';
import type { SideSeen, Sighting } from '../src/risk/sighting.ts';

export type Told = Pick<NetworkSignals, 'provider' | 'hosting' | 'country' | 'speed'>;

interface Entry {
  readonly provider: string;
  readonly hosting: boolean;
  readonly country: string;
  readonly at: readonly [number, number];
}

export const UNTOLD: Told = { provider: null, hosting: null, country: null, speed: null };

/** Of a hundred networks, how many such a database lacks, puts into a wrong town, or fails to know for a hosting provider's. */
const FAULTS = { missing: 0.03, misplaced: 0.08, unknownHosting: 0.1 } as const;

/**
 * The database of addresses that an operator may buy, with its mistakes: a carrier's addresses all stand somewhere in the
 * province, some homes in a wrong town, some networks are missing. What it says of a network never changes, and follows
 * from the network's name alone.
 */
export function lookUp(network: string): Entry | undefined {
  const [kind = ''] = network.split(' ', 1);
  const luck = (what: string): number => chanceOf(`${what} of ${network}`);
  if (luck('missing') < FAULTS.missing) return undefined;
  const city = / of city (\d+)$/.exec(network)?.[1] ?? String(Math.floor(luck('city') * 7));
  const town = luck('misplaced') < FAULTS.misplaced ? String(Math.floor(luck('town') * 7)) : city;
  const abroad = luck('abroad') < ({ vpn: 0.5, centre: 0.25, hotel: 0.06 }[kind] ?? 0);
  const rented = kind === 'centre' ? 1 : kind === 'vpn' ? 0.7 : 0;
  const hosted = luck('rented') < rented;
  const base = {
    hosting: hosted && luck('known') >= FAULTS.unknownHosting,
    country: abroad ? `country ${Math.floor(luck('which') * 12)}` : 'CN',
    at: abroad ? ([luck('latitude') * 120 - 60, luck('longitude') * 360 - 180] as const) : placeOf(town),
  };
  if (hosted) return { ...base, provider: `hosting ${Math.floor(luck('provider') * 12)}` };
  if (kind === 'carrier') return { ...base, provider: `mobile ${Number(network.split(' ')[1]) % 3}`, at: astray(base.at, luck) };
  if (kind === 'campus') return { ...base, provider: 'schools' };
  if (kind === 'office' && luck('own') < 0.3) return { ...base, provider: network };
  const share = luck('provider');
  return { ...base, provider: share < 0.45 ? 'broadband 1' : share < 0.75 ? 'broadband 2' : share < 0.9 ? 'broadband 3' : `cable ${city}` };
}

/** What the database adds to one side of an attempt, from where the owner was seen before this day. */
export function toldOf(now: Date, side: SideSeen, own: readonly Sighting[]): Told {
  const here = lookUp(side.network);
  if (!here) return UNTOLD;
  const before = own.filter((seen) => seen.owner === side.owner);
  const lived = before.filter((seen) => isLived(seen, now)).map(({ network }) => lookUp(network));
  const elsewhere = before.filter(({ network }) => network !== side.network).sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  return {
    provider: lived.some((entry) => entry?.provider === here.provider) ? 'known' : 'new',
    hosting: here.hosting,
    country: lived.some((entry) => entry?.country === here.country) ? 'known' : 'new',
    speed: speedOf(now, here, elsewhere[0]),
  };
}

/** Whole degrees and an hour at least: two networks of one town are no journey. */
function speedOf(now: Date, here: Entry, last: Sighting | undefined): number | null {
  const there = last && lookUp(last.network);
  if (!last || !there) return null;
  const hours = Math.max(1, (now.getTime() - last.lastAt.getTime()) / 3_600_000);
  return kilometres(here.at.map(Math.round), there.at.map(Math.round)) / hours;
}

function kilometres([fromLatitude = 0, fromLongitude = 0]: readonly number[], [latitude = 0, longitude = 0]: readonly number[]): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [north, east] = [radians(latitude - fromLatitude) / 2, radians(longitude - fromLongitude) / 2];
  const half = Math.sin(north) ** 2 + Math.cos(radians(fromLatitude)) * Math.cos(radians(latitude)) * Math.sin(east) ** 2;
  return 12_742 * Math.asin(Math.min(1, Math.sqrt(half)));
}

function placeOf(city: string): readonly [number, number] {
  return [22 + 23 * chanceOf(`latitude of ${city}`), 99 + 25 * chanceOf(`longitude of ${city}`)];
}

function astray([latitude, longitude]: readonly [number, number], luck: (what: string) => number): readonly [number, number] {
  return [latitude + 4 * luck('north') - 2, longitude + 4 * luck('east') - 2];
}

/** 0 ≤ x < 1 from a name (FNV-1a, mixed), the same on every machine. */
function chanceOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
