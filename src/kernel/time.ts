/** Seconds are the unit of every lifetime in the protocol. */
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function plusSeconds(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}

/** Whole seconds from `from` to `to`, never negative, for a countdown or an `expires_in`. */
export function secondsUntil(to: Date, from: Date): number {
  return Math.max(0, Math.ceil((to.getTime() - from.getTime()) / 1000));
}

/** NumericDate (RFC 7519 §2). */
export function numericDate(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
