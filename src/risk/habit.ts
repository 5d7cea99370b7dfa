import { HOUR } from '../kernel/time.ts';
import type { Habit } from './observation.ts';

/** A visit a month ago counts half as much as one today. */
export const HALF_LIFE_SECONDS = 30 * 24 * HOUR;
/** With fewer counted hours or gaps than this, the result is null. */
const LEAST_HOURS = 12;
const LEAST_GAPS = 8;

/** The hour of the day in China, which has one time zone and no summer time. */
function hourOf(at: Date): number {
  return (at.getUTCHours() + 8) % 24;
}

/**
 * Learns from a visit. Each clock hour counts once, so that many visits in a minute count as one.
 * An hour before the last counted one does not count. `noteVisit` does the same in one SQL
 * statement, and a test compares the two.
 */
export function learn(habit: Habit | undefined, at: Date): Habit {
  const hourAt = startOfHour(at);
  if (!habit)
    return {
      since: at,
      hours: bump(Array<number>(24).fill(0), hourOf(at), 1),
      hourAt,
      gaps: 0,
      gapMean: 0,
      gapM2: 0,
    };
  const gap = (hourAt.getTime() - habit.hourAt.getTime()) / 1000;
  if (gap <= 0) return habit;
  const gaps = habit.gaps + 1;
  const off = gap - habit.gapMean;
  const gapMean = habit.gapMean + off / gaps; // Welford
  return {
    since: habit.since,
    hours: bump(habit.hours, hourOf(at), weightAt(habit.since, at)),
    hourAt,
    gaps,
    gapMean,
    gapM2: habit.gapM2 + off * (gap - gapMean),
  };
}

/**
 * Forward decay (Cormode et al., 2009): newer visits weigh more, instead of older ones less. The
 * weight is capped at 2^900, which is reached after 74 years.
 */
function weightAt(since: Date, at: Date): number {
  return 2 ** Math.min(900, (at.getTime() - since.getTime()) / 1000 / HALF_LIFE_SECONDS);
}

/**
 * Share of the account's visits that fall within an hour of this one; null while there are too few.
 */
export function hourShare({ since, hours, hourAt, gaps }: Habit, now: Date): number | null {
  if (gaps + 1 < LEAST_HOURS) return null;
  const total = hours.reduce((sum, weight) => sum + weight, 0);
  const unit = weightAt(since, hourAt);
  const hour = hourOf(now);
  const about = [hour + 23, hour, hour + 1].reduce((sum, at) => sum + (hours[at % 24] ?? 0), 0);
  return total <= unit ? null : Math.min(1, about / total);
}

/**
 * Coefficient of variation of the time between visits. People are irregular (about 1); a timetable
 * is regular (0).
 */
export function irregularity({ gaps, gapMean, gapM2 }: Habit): number | null {
  if (gaps < LEAST_GAPS || gapMean <= 0) return null;
  return Math.sqrt(Math.max(0, gapM2 / (gaps - 1))) / gapMean;
}

function startOfHour(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 3_600_000) * 3_600_000);
}

function bump(hours: readonly number[], hour: number, by: number): readonly number[] {
  return hours.map((weight, at) => (at === hour ? weight + by : weight));
}
