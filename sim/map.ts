import type { Chance } from './chance.ts';
import type { Device } from './world.ts';

/** The number of device models. Some are common, so many people own the same model. */
const MODELS = 60;

/** Places and things of the simulated country: cities, carriers, homes, devices. */
export class Country {
  readonly #chance: Chance;
  readonly #cities: readonly City[];
  #cookies = 0;
  #keys = 0;
  #places = 0;

  constructor(chance: Chance, people: number) {
    this.#chance = chance;
    const size = 900; // people of this platform in a city
    this.#cities = Array.from(
      { length: Math.max(3, Math.round(people / size)) },
      (_, at) => new City(chance, at),
    );
  }

  city(): City {
    return this.#chance.pick(this.#cities);
  }

  /** A network that no other person of the platform is in yet. */
  place(kind: string, city?: City): string {
    return `${kind} ${this.#places++}${city ? ` of city ${city.name}` : ''}`;
  }

  /** A browser on a device of some model. Its canvas value differs a little within a model. */
  device(kind: 'phone' | 'computer', model = this.#model()): Device {
    const { whole, pick } = bound(this.#chance);
    const phone = kind === 'phone';
    const system = phone ? whole(1, 3) : whole(4, 6);
    // browser, version, system, release, model, language, zone, screen, cores, touch, canvas
    const traits = [
      10 + whole(0, phone ? 4 : 3),
      whole(100, 106),
      system,
      system * 10 + whole(0, 4),
      model,
      pick([1, 1, 1, 1, 2]),
      8,
      model % 17,
      1 + (model % 5),
      phone ? 5 : 9,
      model * 7 + whole(1, 4),
    ];
    return {
      cookie: this.cookie(),
      key: this.key(),
      traits: traits.map((value, at) => (at + 1) * 100_000 + value),
    };
  }

  cookie(): string {
    return `browser ${this.#cookies++}`;
  }

  /**
   * A browser's own key. One in twelve has none (no script, no key storage, or an app's web view).
   */
  key(): string | null {
    const at = this.#keys++;
    return this.#chance.happens(1 / 12) ? null : `key ${at}`;
  }

  /** A browser without its history: private browsing, or cleared data. */
  forgotten(device: Device): Device {
    return { ...device, cookie: this.cookie(), key: this.key() };
  }

  /** A random index; the first models are the most common. */
  #model(): number {
    return 1 + Math.floor(MODELS * this.#chance.next() ** 2);
  }
}

/** A city with networks: carriers' shared ones, homes and offices. */
export class City {
  readonly name: number;
  readonly carriers: readonly string[];
  readonly #chance: Chance;
  readonly #blocks: readonly string[];

  constructor(chance: Chance, name: number) {
    this.name = name;
    this.#chance = chance;
    this.carriers = Array.from({ length: 6 }, (_, at) => `carrier ${at} of city ${name}`);
    this.#blocks = Array.from({ length: 260 }, (_, at) => `block ${at} of city ${name}`);
  }

  /** A broadband network: its /24 has a few homes of people on this platform. */
  home(): string {
    return this.#chance.pick(this.#blocks);
  }
}

function bound(chance: Chance) {
  return { whole: chance.whole.bind(chance), pick: chance.pick.bind(chance) };
}

/** The same device after an update, with another screen, or in private browsing. */
export function changed(chance: Chance, device: Device, how: 'updated' | 'docked'): Device {
  const at = how === 'updated' ? [1, 3] : [7];
  return {
    ...device,
    traits: device.traits.map((value, trait) =>
      at.includes(trait) ? value + chance.whole(1, 3) * 7_000 : value,
    ),
  };
}
