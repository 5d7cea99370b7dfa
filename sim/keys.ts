import type { DeviceSignals } from '../src/policy/signal-facts.ts';

interface Known {
  readonly key: string;
  /** Another one that was shown since, without this one between. */
  readonly next: { readonly key: string; readonly since: Date } | null;
}

const DAY = 86_400_000;
/** After so many days of showing nothing but another key, a browser is known by that one. */
const CHANGES_AFTER = 14 * DAY;

/** By which key each browser name is known: the first that it showed, until it has long shown another. */
export class Keys {
  readonly #known = new Map<string, Known>();

  note(device: string, key: string | null, at: Date): void {
    if (key === null) return;
    const known = this.#known.get(device);
    if (!known || known.key === key) this.#known.set(device, { key, next: null });
    else if (known.next?.key !== key) this.#known.set(device, { ...known, next: { key, since: at } });
    else if (at.getTime() - known.next.since.getTime() > CHANGES_AFTER) this.#known.set(device, { key, next: null });
  }

  shown(device: string, key: string | null): DeviceSignals['key'] {
    const known = this.#known.get(device);
    if (!known) return 'none';
    if (key === null) return 'lost';
    return known.key === key ? 'held' : 'other';
  }
}
