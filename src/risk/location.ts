import type { NetworkSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';

/**
 * Where an address is, according to the operator's databases. Nothing finer is derived or kept
 * (R21b).
 */
export interface Location {
  /** Number of the autonomous system. */
  readonly provider: number | null;
  /** Also null if the operator names no hosting providers. */
  readonly hosting: boolean | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Whole degrees: about a hundred kilometres. */
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
/** Two places in the same or adjacent cells of one degree may be close together. */
const SLACK_KM = 250;
const SHORTEST_HOURS = 1 / 60;

/**
 * A provider or country is new if the owner was seen in others for a day and never in this one. It
 * is unknown if the owner was seen nowhere yet, or only before there was a database.
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

/** Speed in km/h since the owner was last seen elsewhere; 0 if they never were. */
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

/** Distance along a great circle (haversine); null if one of the two has no position. */
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
