import type { DeviceSignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';

/** What a form proved: this browser holds a key, and signed the form's challenge with it. */
export interface KeyProof {
  /** Keyed hash of the public key, base64url. */
  readonly key: string;
  /** Keyed hash of what was signed, base64url. It is accepted once. */
  readonly nonce: string;
  /** Until when the nonce is remembered, in real time. */
  readonly nonceUntil: Date;
}

/** A key that a browser name was seen with. */
export interface ObservedKey {
  readonly device: string;
  readonly key: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** A new key is accepted after the earlier key was not shown for this many days. */
const SETTLED_DAYS = 5;

/** How the shown key ('' for none) relates to the keys that this browser name was seen with. */
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
 * The first key of a browser name stays its own, so a copied cookie with a new key changes nothing.
 * Browsers can lose keys and keep cookies: WebKit deletes script storage after seven days without a
 * visit. So the next key replaces one that is no longer shown. Two keys that alternate are two
 * browsers, and the first key stays.
 */
function ownKeyOf(seen: readonly ObservedKey[], now: Date): ObservedKey | undefined {
  const [first, ...later] = seen.toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
  return later.reduce((own, next) => {
    const quiet = own !== undefined && own.lastAt < next.firstAt;
    return quiet && daysBetween(next.firstAt, now) >= SETTLED_DAYS ? next : own;
  }, first);
}
