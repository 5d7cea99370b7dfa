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
 * What an attacker can use. It knows the service from outside, learns whether an attempt succeeded,
 * and adapts. It may not know how attempts are evaluated; an import rule enforces that.
 */
export interface Means {
  readonly chance: Chance;
  readonly country: Country;
  readonly world: World;
  /** Honest people. Some become victims or lend their accounts. */
  readonly people: readonly Person[];
  /** A different number for each gang. */
  readonly gang: string;
}

export type Campaign = (means: Means) => void;

export function identities(
  { chance, gang }: Means,
  count: number,
): readonly (readonly Account[])[] {
  return Array.from({ length: count }, (_, at) => {
    const owner = `own_${gang}${String(at).padStart(3, '0')}`;
    // The id sorts among those of honest people, so that its position shows nothing.
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

/** A day in the part of the simulation that counts attempts, with time before and after it. */
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

/** How often each can give the proof that is asked for; see docs/simulation.md. */
// biome-ignore format: a table is read by its columns
export const SHOWN = {
  forgedFace:    0.03, // another person's face, by a mask or a generated video
  soldFace:      0.15, // a bought identity whose seller shows their face for a fee
  soldToPatient: 0.2,  // the same for attackers who take their time
  relayedFactor: 0.1,  // malware waits for the owner to use their passkey
  talkedOver:    0.06, // a victim reads the code of their app to the caller
  talkedFace:    0.25, // a victim shows their face at the caller's link
  // own: a victim who acts alone, on their own side
  own:           { factor: 0.2, face: 0.6 },
} as const;

/** The thief of an account does not have the owner's factor, and rarely forges the owner's face. */
export function stolenHands({ chance }: Means, factor = 0): Hands {
  return { factor: chance.happens(factor), face: chance.happens(SHOWN.forgedFace) };
}

/** The buyer of an identity enrolled its factors, but does not have its face. */
export function boughtHands({ chance }: Means, face: number = SHOWN.soldFace): Hands {
  return { factor: true, face: chance.happens(face) };
}

/** Signs in on both sides and tries to bind a little later; `then` receives the answer. */
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

/** Seconds to complete the form: of a person, or of a script. */
export function pace({ chance }: Means, scripted: boolean): number {
  return scripted ? chance.between(1.5, 5) : Math.max(12, chance.around(55, 0.5));
}

/**
 * A copy of another person's browser. It always has the cookie and resembles the device more or
 * less. It has the key only if made on the device itself.
 */
export function copied(
  { chance, country }: Means,
  device: Device,
  how: 'cookie' | 'looks' | 'machine',
): Device {
  if (how === 'machine') return device;
  const fresh = country.device(chance.happens(0.5) ? 'phone' : 'computer');
  // Half of them block the page's script.
  const own = { ...fresh, key: chance.happens(0.5) ? fresh.key : null };
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
 * An address that does not lead to the attacker: mostly a home line in some town, rented by the
 * hour.
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
