import type { DeviceSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';

/** What a form proved: that this browser holds a key, by a signature over what the form gave it to sign. */
export interface KeyProof {
  /** Keyed hash of the public key, base64url. */
  readonly key: string;
  /** Keyed hash of what was signed, base64url: it counts once. */
  readonly nonce: string;
}

/** A key that a browser name was seen with. */
export interface ObservedKey {
  readonly device: string;
  readonly key: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** A new key is a device's own after so many days in which the one before was not shown again. */
const SETTLED_DAYS = 5;

/** How the key that was shown ('' for none) stands to those that this browser name was seen with. */
export function keyStateOf(
  seen: readonly ObservedKey[],
  shown: string,
  now: Date,
): DeviceSignals['key'] {
  const own = ownKeyOf(seen, now);
  if (own === undefined) return 'none';
  if (shown === '') return 'lost';
  return own.key === shown ? 'held' : 'other';
}

/**
 * The first key stays a browser name's own: a copied cookie that comes with a key of its own moves nothing. Browsers do lose
 * keys and keep cookies (WebKit deletes what scripts stored after seven days without a visit), so one that went quiet is
 * followed by the next; two that are shown by turns are two browsers, of which the first was there first.
 */
function ownKeyOf(seen: readonly ObservedKey[], now: Date): ObservedKey | undefined {
  const [first, ...later] = seen.toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
  return later.reduce((own, next) => {
    const quiet = own !== undefined && own.lastAt < next.firstAt;
    return quiet && daysBetween(next.firstAt, now) >= SETTLED_DAYS ? next : own;
  }, first);
}
