import { DAY } from '../kernel/time.ts';

/** Days from one moment to another, never negative, even if the clock went back. */
export function daysBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000 / DAY);
}
