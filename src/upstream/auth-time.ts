import { DAY } from '../kernel/time.ts';

/** Seconds that two clocks may differ by. */
const SKEW = 30;

export interface SignInTimes {
  /** Unix seconds: when the browser was sent to the provider, and when it came back. */
  readonly sentAt: number;
  readonly now: number;
  /** What the provider says; undefined where it says nothing, or is not believed. */
  readonly authTime: number | undefined;
  /** Was the provider asked, by a parameter that it knows, to ask who it is? */
  readonly forced: boolean;
}

/**
 * When the person signed in, as far as that is known. Without a believed `auth_time`, a provider
 * that was made to ask proves a sign-in after the browser was sent. Anything else counts as a day
 * old, so it is never fresh (docs/decisions/0030-sign-in-upstream.md). Undefined: a time to come.
 */
export function signedInAt({ sentAt, now, authTime, forced }: SignInTimes): number | undefined {
  if (authTime === undefined) return forced ? sentAt : now - DAY;
  return authTime > now + SKEW ? undefined : Math.min(authTime, now);
}

/** Whether a sign-in is as fresh as was asked; null: any will do. */
export function isFreshEnough(authTime: number, now: number, maxAge: number | null): boolean {
  return maxAge === null || now - authTime <= maxAge;
}
