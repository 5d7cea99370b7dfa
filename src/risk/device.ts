import type { OwnerId } from '../kernel/ids.ts';
import { keyedName } from './bytes.ts';
import type { KeyProof } from './device-key.ts';
import type { Location } from './location.ts';
import type { ObservedSide } from './observation.ts';

/** What a visit shows of its device: one weak signal, never proof (R10). */
export interface ObservedDevice {
  /** Keyed hash of the browser's long-lived random identifier, base64url. */
  readonly device: string;
  /** For people: 'Chrome · Android'. */
  readonly label: string;
  /** For people and for clustering: '203.0.113.0/24', '2001:db8:1::/48'. */
  readonly network: string;
  /** For clustering: a keyed hash of `network`, which outlives it. */
  readonly place: string;
  /** How it looks beside its cookie: keyed hashes in the order of TRAITS, 0 where it did not say. */
  readonly traits: readonly number[];
  /** What it says of itself in two ways that cannot both be true. */
  readonly contradictions: number;
  /** Is it this very machine? */
  readonly local: boolean;
  /** The key it proved to hold; null for none. */
  readonly proof: KeyProof | null;
  /** Where its address is; null where no database knows. */
  readonly location: Location | null;
  /** When the passkey that it signed in by for this attempt was enrolled, ISO 8601; null or left out: by password, or long ago. */
  readonly passkeySince?: string | null;
}

/** Somebody in front of a browser, as far as one request tells. */
export interface Visitor {
  /** Keyed hash of the browser cookie: what an approval session is tied to. */
  readonly browser: Buffer;
  readonly address: string;
  readonly device: ObservedDevice;
}

/** One side of an attempt as clustering sees it. What was stored before devices were looked at closely lacks the rest. */
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
