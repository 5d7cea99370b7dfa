import { DAY } from '../kernel/time.ts';

/** Days from one moment to another, never negative: a clock that went back makes nothing older than now. */
export function daysBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000 / DAY);
}
