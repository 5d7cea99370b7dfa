import type { Location } from '../src/risk/location.ts';

/**
 * The share of networks that such a database lacks, places in a wrong town, or does not recognise
 * as a hosting provider's.
 */
const FAULTS = { missing: 0.03, misplaced: 0.08, unknownHosting: 0.1 } as const;
const CITIES = 7;

/**
 * Address databases as an operator can buy them, with their mistakes. All addresses of a carrier
 * are placed somewhere in the province. Some homes are in a wrong town, and some networks are
 * missing. The entry of a network depends only on its name.
 */
export class AddressBook {
  readonly #known = new Map<string, Location | null>();

  find(network: string): Location | null {
    const known = this.#known.get(network);
    if (known !== undefined) return known;
    const location = locationOf(network);
    this.#known.set(network, location);
    return location;
  }
}

function locationOf(network: string): Location | null {
  const [kind = ''] = network.split(' ', 1);
  const luck = (what: string): number => chanceOf(`${what} of ${network}`);
  if (luck('missing') < FAULTS.missing) return null;
  const city = Number(/ of city (\d+)$/.exec(network)?.[1] ?? Math.floor(luck('city') * CITIES));
  const town = luck('misplaced') < FAULTS.misplaced ? Math.floor(luck('town') * CITIES) : city;
  const abroad = luck('abroad') < ({ vpn: 0.5, centre: 0.25, hotel: 0.06 }[kind] ?? 0);
  const hosted = luck('hosted') < ({ vpn: 0.7, centre: 1 }[kind] ?? 0);
  const [latitude, longitude] = abroad
    ? [luck('latitude') * 120 - 60, luck('longitude') * 360 - 180]
    : placeOf(town, kind, luck);
  return {
    provider: hosted
      ? 1000 + Math.floor(luck('provider') * 12)
      : providerOf(network, kind, city, luck),
    hosting: hosted && luck('known') >= FAULTS.unknownHosting,
    country: abroad ? `X${Math.floor(luck('country') * 12)}` : 'CN',
    latitude: Math.round(latitude),
    longitude: Math.round(longitude),
  };
}

/**
 * Three carriers, three national broadband companies, a small one in each town, and offices with
 * their own network.
 */
function providerOf(
  network: string,
  kind: string,
  city: number,
  luck: (what: string) => number,
): number {
  if (kind === 'carrier') return 1 + (Number(network.split(' ')[1]) % 3);
  if (kind === 'campus') return 9;
  if (kind === 'office' && luck('own') < 0.3) return 100 + Math.floor(chanceOf(network) * 800);
  const share = luck('provider');
  return share < 0.45 ? 4 : share < 0.75 ? 5 : share < 0.9 ? 6 : 20 + city;
}

function placeOf(
  city: number,
  kind: string,
  luck: (what: string) => number,
): readonly [number, number] {
  const astray = (what: string): number => (kind === 'carrier' ? 4 * luck(what) - 2 : 0);
  return [
    22 + 23 * chanceOf(`latitude of ${city}`) + astray('north'),
    99 + 25 * chanceOf(`longitude of ${city}`) + astray('east'),
  ];
}

/** A number 0 ≤ x < 1 from a name (FNV-1a, mixed), the same on every machine. */
function chanceOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
