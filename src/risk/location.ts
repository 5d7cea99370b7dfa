import type { NetworkSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';

/** Where an address is, as far as the operator's databases know. Nothing finer is ever made of it or kept (R21b). */
export interface Location {
  /** Number of the autonomous system. */
  readonly provider: number | null;
  /** Null, too, where the operator names no hosting providers. */
  readonly hosting: boolean | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Whole degrees: some hundred kilometres. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A location that an owner was seen in. */
export type ObservedLocation = Omit<Location, 'hosting'>;

interface Residence {
  readonly location?: ObservedLocation;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

const EARTH_KM = 6371;
/** Two places in one cell of whole degrees, or its neighbour, may be next door. */
const SLACK_KM = 250;
const SHORTEST_HOURS = 1 / 60;

/**
 * A provider or a country is new to an owner who has been seen in others for a day and not in this one; of somebody who was
 * seen nowhere yet, or before there was a database, nothing is said.
 */
export function locationSignals(
  own: readonly Residence[],
  here: Location | null,
  now: Date,
): Pick<NetworkSignals, 'provider' | 'hosting' | 'country' | 'speed'> {
  if (here === null) return { provider: null, hosting: null, country: null, speed: null };
  const lived = own.filter(({ firstAt }) => daysBetween(firstAt, now) >= 1);
  return {
    provider: familiar(lived, here.provider, 'provider'),
    hosting: here.hosting,
    country: familiar(lived, here.country, 'country'),
    speed: speedTo(here, own, now),
  };
}

function familiar(
  lived: readonly Residence[],
  here: number | string | null,
  what: 'provider' | 'country',
): 'known' | 'new' | null {
  const seen = lived
    .map(({ location }) => location?.[what] ?? null)
    .filter((value) => value !== null);
  if (here === null || seen.length === 0) return null;
  return seen.includes(here) ? 'known' : 'new';
}

/** Kilometres an hour since the owner was last seen elsewhere; 0 when they never were. */
function speedTo(here: Location, own: readonly Residence[], now: Date): number | null {
  const placed = own.flatMap(({ location, lastAt }) => {
    const km = location ? distanceKm(here, location) : null;
    return km === null ? [] : [{ km: Math.max(0, km - SLACK_KM), lastAt }];
  });
  if (placed.length === 0) return null;
  const [last] = placed
    .filter(({ km }) => km > 0)
    .toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  return last
    ? Math.round(last.km / Math.max(SHORTEST_HOURS, daysBetween(last.lastAt, now) * 24))
    : 0;
}

type Place = Pick<Location, 'latitude' | 'longitude'>;

/** Along a great circle (haversine); null where one of the two is nowhere in particular. */
export function distanceKm(a: Place, b: Place): number | null {
  if (a.latitude === null || a.longitude === null || b.latitude === null || b.longitude === null)
    return null;
  const [north, south, east] = [a.latitude, b.latitude, a.longitude - b.longitude].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number];
  const half =
    Math.sin((north - south) / 2) ** 2 +
    Math.cos(north) * Math.cos(south) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}
