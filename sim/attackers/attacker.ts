import type { Chance } from '../chance.ts';
import type { Person } from '../honest/person.ts';
import type { Country } from '../map.ts';
import {
  type Account,
  type Answer,
  type Device,
  type Family,
  type Hands,
  type Location,
  MINUTES,
  type World,
} from '../world.ts';

/**
 * What an attacker has to work with. It knows how the service looks from outside, is told whether
 * an attempt went through, and learns from that; it may not know how attempts are judged, and an
 * import rule holds it to that.
 */
export interface Means {
  readonly chance: Chance;
  readonly country: Country;
  readonly world: World;
  /** Honest people, of whom some become victims or are talked into lending themselves. */
  readonly people: readonly Person[];
  /** A number of its own for each gang. */
  readonly gang: string;
}

export type Campaign = (means: Means) => void;

export function identities(
  { chance, gang }: Means,
  count: number,
): readonly (readonly Account[])[] {
  return Array.from({ length: count }, (_, at) => {
    const owner = `own_${gang}${String(at).padStart(3, '0')}`;
    // Sorted among honest people's, so that nothing is told by where an id stands.
    const mixed = `own_h${String(chance.whole(0, 999_999)).padStart(6, '0')}${owner}`;
    return Array.from({ length: chance.whole(2, 4) }, (_, account) => ({
      id: `acc ${account} of ${mixed}`,
      owner: mixed,
      kind: 'personal' as const,
    }));
  });
}

export function two(
  accounts: readonly Account[],
  sub = 1,
): { readonly primary: Account; readonly sub: Account } {
  const [primary, found] = [accounts[0], accounts[Math.min(sub, accounts.length - 1)]];
  if (!primary || !found) throw new RangeError('an owner has two accounts at least');
  return { primary, sub: found };
}

/**
 * A day in the part of the simulation in which attempts are counted, leaving room to prepare and to
 * go on.
 */
export function dayOf({ chance, world }: Means): number {
  return world.days * chance.between(0.42, 0.85);
}

export interface Bind {
  readonly family: Family;
  readonly primary: Account;
  readonly sub: Account;
  readonly initiator: Location;
  readonly counterparty?: Location;
  readonly seconds: number;
  readonly wrongCodes?: number;
  readonly hands: Hands;
  readonly otherHands?: Hands;
}

/** How often each can show what it is asked for; docs/simulation.md says so. */
// biome-ignore format: a table is read by its columns
export const SHOWN = {
  forgedFace:    0.03, // somebody else's, by a mask or a made-up film
  soldFace:      0.15, // a bought identity whose seller shows their face for a fee
  soldToPatient: 0.2,  // the same to those who take their time
  relayedFactor: 0.1,  // malware waits for the owner to use their passkey
  talkedOver:    0.06, // a victim reads out the code of their app to the caller
  talkedFace:    0.25, // a victim shows their face where the caller's link leads
  own:           { factor: 0.2, face: 0.6 }, // a victim who goes on by themselves, on their own side
} as const;

/**
 * Whoever has somebody else's account has not what they hold, and seldom forges what they look
 * like.
 */
export function stolenHands({ chance }: Means, factor = 0): Hands {
  return { factor: chance.happens(factor), face: chance.happens(SHOWN.forgedFace) };
}

/** A bought identity's factors were enrolled by whoever bought it; its face is another matter. */
export function boughtHands({ chance }: Means, face: number = SHOWN.soldFace): Hands {
  return { factor: true, face: chance.happens(face) };
}

/** Signs in on both sides and tries, a little later; `then` hears what came of it. */
export function bind(
  { world, chance }: Means,
  {
    family,
    primary,
    sub,
    initiator,
    counterparty = initiator,
    seconds,
    wrongCodes = 0,
    hands,
    otherHands = hands,
  }: Bind,
  then: (answer: Answer) => void = () => {},
): void {
  world.signIn(primary, initiator);
  world.signIn(sub, counterparty);
  world.at(world.today() + (seconds / 60) * MINUTES + chance.between(0.2, 2) * MINUTES, () =>
    then(
      world.attempt(family, {
        primary,
        sub,
        initiator,
        counterparty,
        seconds,
        wrongCodes,
        hands: { initiator: hands, counterparty: otherHands },
      }),
    ),
  );
}

/** Typing like a person, or as fast as a script can. */
export function pace({ chance }: Means, scripted: boolean): number {
  return scripted ? chance.between(1.5, 5) : Math.max(12, chance.around(55, 0.5));
}

/**
 * Somebody else's browser, copied: the cookie always, how the device looks more or less well, its
 * key only from within.
 */
export function copied(
  { chance, country }: Means,
  device: Device,
  how: 'cookie' | 'looks' | 'machine',
): Device {
  if (how === 'machine') return device;
  const fresh = country.device(chance.happens(0.5) ? 'phone' : 'computer');
  const own = { ...fresh, key: chance.happens(0.5) ? fresh.key : null }; // half keep the page's script from running
  if (how === 'cookie') return { ...own, cookie: device.cookie };
  const traits = device.traits.map((trait, at) =>
    chance.happens(0.93) ? trait : (own.traits[at] ?? trait),
  );
  return {
    cookie: device.cookie,
    key: own.key,
    traits,
    contradictions: chance.happens(0.08) ? 1 : 0,
  };
}

/**
 * A way into the net that leads back to nobody: mostly somebody's home line in some town, rented by
 * the hour.
 */
export function exit(
  { chance, country }: Means,
  city?: { readonly carriers: readonly string[] },
): string {
  switch (chance.weighted({ home: 60, carrier: 22, centre: 18 })) {
    case 'home':
      return country.city().home();
    case 'carrier':
      return chance.pick((city ?? country.city()).carriers);
    case 'centre':
      return `centre ${chance.whole(1, 25)}`;
  }
}
