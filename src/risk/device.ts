import type { OwnerId } from '../kernel/ids.ts';
import { keyedName } from './bytes.ts';
import type { KeyProof } from './device-key.ts';
import type { Location } from './location.ts';
import type { ObservedSide } from './observation.ts';

/** What a visit shows of its device: a weak signal, never proof (R10). */
export interface ObservedDevice {
  /** Keyed hash of the browser's long-lived random identifier, base64url. */
  readonly device: string;
  /** For people: 'Chrome · Android'. */
  readonly label: string;
  /** For people and for clustering: '203.0.113.0/24', '2001:db8:1::/48'. */
  readonly network: string;
  /** For clustering: a keyed hash of `network`, which outlives it. */
  readonly place: string;
  /** Its appearance beside its cookie: keyed hashes in the order of TRAITS, 0 if not shown. */
  readonly traits: readonly number[];
  /** Its claims that cannot both be true. */
  readonly contradictions: number;
  /** Does the visit come from the server's own machine? */
  readonly local: boolean;
  /** The key that it proved to hold; null for none. */
  readonly proof: KeyProof | null;
  /** Where its address is; null if no database knows. */
  readonly location: Location | null;
  /**
   * When the passkey of this sign-in was enrolled, ISO 8601. Null or missing: a password, or long
   * ago.
   */
  readonly passkeySince?: string | null;
}

/** A person at a browser, as far as one request shows. */
export interface Visitor {
  /** Keyed hash of the browser cookie that an approval session is tied to. */
  readonly browser: Buffer;
  readonly address: string;
  readonly device: ObservedDevice;
}

/** One side of an attempt, for clustering. Old stored sides lack the newer members. */
export function sideOf(owner: OwnerId | null, seen: Partial<ObservedDevice> | null): ObservedSide {
  return {
    owner: owner ?? '',
    device: keyedName(seen?.device ?? ''),
    network: keyedName(seen?.place ?? ''),
    traits: seen?.traits ?? [],
    contradictions: seen?.contradictions ?? 0,
    local: seen?.local ?? false,
    key: seen?.proof ? keyedName(seen.proof.key) : '',
    location: seen?.location ?? null,
  };
}
