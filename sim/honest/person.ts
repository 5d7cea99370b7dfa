import type { Chance } from '../chance.ts';
import { type City, type Country, changed } from '../map.ts';
import {
  type Account,
  type Device,
  type Hands,
  type Location,
  MINUTES,
  type World,
} from '../world.ts';

/** How a person lives, which decides where they are seen. */
export type Lifestyle =
  | 'household'
  | 'studio'
  | 'agency'
  | 'commuter'
  | 'traveller'
  | 'mobile_only'
  | 'campus'
  | 'enterprise';

export interface Life {
  readonly owner: string;
  readonly lifestyle: Lifestyle;
  readonly city: City;
  readonly accounts: readonly Account[];
  readonly home: string | null;
  /** Office, school or studio: the place they visit by day. */
  readonly work: string | null;
  readonly phone: Device;
  readonly computer: Device | null;
  /** A tablet or a studio computer that others use too. */
  readonly shared: Device | null;
  /** The hour of getting up, which differs between people. */
  readonly morning: number;
  readonly visitsADay: number;
  readonly since: number;
  readonly payout: string;
  /** A second factor of their accounts, enrolled long ago. */
  readonly factor: 'passkey' | 'code' | null;
  readonly organisation: boolean;
}

/**
 * Assumptions about honest people who are asked for a proof, and about their browsers; see
 * docs/simulation.md.
 */
// biome-ignore format: a table is read by its columns
const ASSUMED = {
  factorAtHand:   0.95, // of those who have one
  face:           0.9,  // a person's own check passes; others fail or refuse
  representative: 0.75, // for an organisation, its representative has to come
  scriptFails:    0.007,
  storageCleared: 0.015, // per month; the cookie stays
  otherBank:      0.01,  // per month
} as const;

/** One honest owner: visits the platform, is paid, and sometimes binds an account. */
export class Person {
  readonly life: Life;
  readonly #chance: Chance;
  readonly #country: Country;
  #phone: Device;
  #computer: Device | null;
  #home: string | null;
  #payout: string;
  #friends: readonly Person[] = [];
  /**
   * The day from which their accounts serve somebody else. After it, their own attempts do not
   * count as honest.
   */
  #lent = Number.POSITIVE_INFINITY;

  constructor(chance: Chance, country: Country, life: Life) {
    this.life = life;
    this.#chance = chance;
    this.#country = country;
    this.#phone = life.phone;
    this.#computer = life.computer;
    this.#home = life.home;
    this.#payout = life.payout;
  }

  get phone(): Device {
    return this.#phone;
  }

  get primary(): Account {
    return account(this.life.accounts, 0);
  }

  meet(people: readonly Person[]): void {
    this.#friends = Array.from({ length: 12 }, () => this.#chance.pick(people));
  }

  lend(day: number): void {
    this.#lent = Math.min(this.#lent, day);
  }

  sub(): Account {
    return this.#chance.pick(this.life.accounts.slice(1));
  }

  live(world: World): void {
    const { since, visitsADay } = this.life;
    for (
      let day = Math.max(0, since);
      day < world.days;
      day += this.#chance.around(1 / visitsADay, 0.6)
    ) {
      const hour = this.hour();
      world.at(Math.floor(day) + hour / 24, () => this.#visit(world, hour));
    }
    for (let month = since + 30 * this.#chance.next(); month < world.days; month += 30)
      world.at(Math.max(0, month), () => this.#change());
  }

  /** An hour when the person is active: mostly the evening, otherwise the day, rarely the night. */
  hour(): number {
    const { morning } = this.life;
    const later = this.#chance.happens(0.55)
      ? this.#chance.between(10.5, 15.5)
      : this.#chance.between(0, 16);
    return (morning + (this.#chance.happens(0.02) ? this.#chance.between(17, 23) : later)) % 24;
  }

  /** Where the person is at an hour, and which device they use. */
  location(hour: number): Location {
    const { lifestyle, work, city, shared } = this.life;
    const sinceMorning = (hour - this.life.morning + 24) % 24;
    const out = sinceMorning > 1.5 && sinceMorning < 9;
    const onTheWay = this.#chance.happens(lifestyle === 'commuter' ? 0.35 : 0.2);
    if (lifestyle === 'traveller' && this.#chance.happens(0.3))
      return { device: this.#phone, network: this.#country.place('hotel') };
    if (onTheWay || this.#home === null)
      return { device: this.#phone, network: this.#chance.pick(city.carriers.slice(0, 3)) };
    if (out && work !== null) {
      return {
        device: shared !== null && this.#chance.happens(0.45) ? shared : this.#tool(),
        network: work,
      };
    }
    return {
      device:
        lifestyle === 'household' && shared !== null && this.#chance.happens(0.2)
          ? shared
          : this.#tool(),
      network: this.#home,
    };
  }

  #tool(): Device {
    return this.#computer !== null && this.#chance.happens(0.35) ? this.#computer : this.#phone;
  }

  #visit(world: World, hour: number): void {
    const location = this.location(hour);
    world.signIn(this.#chance.happens(0.6) ? this.primary : this.sub(), location);
    if (!this.#chance.happens(0.12)) return;
    const earner = this.#chance.happens(0.7) ? this.primary : this.sub();
    world.pay(
      earner,
      'in',
      this.#chance.happens(0.8)
        ? `brand ${this.#chance.whole(1, 40)}`
        : `fan ${this.#chance.whole(1, 5_000)}`,
      this.#chance.whole(1_000, 90_000),
    );
    if (this.#chance.happens(0.5))
      world.pay(earner, 'out', this.#payout, this.#chance.whole(1_000, 90_000));
  }

  /**
   * Changes of a month: an update, a new phone, a new screen, a new address from the broadband
   * company.
   */
  #change(): void {
    if (this.#chance.happens(0.6)) this.#phone = changed(this.#chance, this.#phone, 'updated');
    if (this.#computer && this.#chance.happens(0.1))
      this.#computer = changed(this.#chance, this.#computer, 'docked');
    if (this.#chance.happens(0.03)) this.#phone = this.#country.device('phone');
    if (this.#chance.happens(0.05)) this.#phone = this.#country.forgotten(this.#phone);
    if (this.#chance.happens(ASSUMED.storageCleared))
      this.#phone = { ...this.#phone, key: this.#country.key() };
    if (this.#computer && this.#chance.happens(ASSUMED.storageCleared))
      this.#computer = { ...this.#computer, key: this.#country.key() };
    if (this.#chance.happens(ASSUMED.otherBank))
      this.#payout = `${this.life.payout}, and then ${this.#country.cookie()}`;
    if (this.#home !== null && this.#chance.happens(0.15)) this.#home = this.life.city.home();
  }

  /**
   * Binds one account to the other. A refused person may try once more, from home, another day.
   */
  bind(world: World, again = true): void {
    const hour = this.hour();
    const day = Math.floor(world.days * 0.4 + this.#chance.next() * world.days * 0.58) + hour / 24;
    if (this.#chance.happens(0.025))
      this.#buyPhone(world, day - (this.#chance.happens(0.2) ? 0 : this.#chance.between(0.2, 3)));
    world.at(day, () => this.#bindNow(world, hour, again));
  }

  /**
   * A new phone is used where its owner usually is. Mostly it is used before it binds anything,
   * sometimes not.
   */
  #buyPhone(world: World, day: number): void {
    world.at(day, () => {
      this.#phone = this.#country.device('phone');
      world.signIn(this.primary, {
        device: this.#phone,
        network: this.location((day % 1) * 24).network,
      });
    });
  }

  #bindNow(world: World, hour: number, again: boolean): void {
    if (this.life.since > 0 && !this.#isHere(world)) return;
    const initiator = this.#asShown(this.#spotToBind(hour));
    const counterparty = this.#chance.happens(0.6)
      ? initiator
      : this.#asShown(this.#otherSpot(initiator));
    const hands = this.hands();
    const sub = this.sub();
    const before = this.#chance.between(1, 5) * MINUTES;
    world.signIn(this.primary, initiator);
    world.signIn(sub, counterparty);
    const seconds = Math.max(14, this.#chance.around(75, 0.6));
    const wrongCodes = this.#chance.happens(0.06) ? (this.#chance.happens(0.15) ? 2 : 1) : 0;
    world.at(this.#now(world) + before, () => {
      const answer = world.attempt(this.#lent <= this.#now(world) ? 'money_mules' : 'honest', {
        primary: this.primary,
        sub,
        initiator,
        counterparty,
        seconds,
        wrongCodes,
        hands: { initiator: hands, counterparty: hands },
      });
      if (answer === 'refused' && again && this.#chance.happens(0.5)) {
        world.at(this.#now(world) + this.#chance.between(0.5, 3), () =>
          this.#bindNow(world, this.hour(), false),
        );
      }
    });
  }

  /** The proofs that they can give today. */
  hands(): Hands {
    const { factor, organisation } = this.life;
    return {
      factor: factor !== null && this.#chance.happens(ASSUMED.factorAtHand),
      face: this.#chance.happens(organisation ? ASSUMED.representative : ASSUMED.face),
    };
  }

  #asShown(location: Location): Location {
    return {
      ...location,
      device: this.#chance.happens(ASSUMED.scriptFails)
        ? { ...location.device, key: null }
        : location.device,
    };
  }

  #isHere(world: World): boolean {
    return this.#now(world) >= this.life.since;
  }

  #now(world: World): number {
    return world.today();
  }

  /** Mostly their usual place; sometimes a friend's computer, a VPN, or private browsing. */
  #spotToBind(hour: number): Location {
    const location = this.location(hour);
    const how = this.#chance.weighted({
      usual: 93.3,
      private: 4,
      friend: 0.3,
      vpn: 1.6,
      desktop_mode: 0.8,
    });
    switch (how) {
      case 'usual':
        return location;
      case 'private':
        return { ...location, device: this.#country.forgotten(location.device) };
      case 'friend':
        return this.#atAFriends();
      case 'vpn':
        return { ...location, network: `vpn ${this.#chance.whole(1, 30)}` };
      case 'desktop_mode':
        return {
          ...location,
          device: { ...location.device, contradictions: this.#chance.happens(0.85) ? 1 : 2 },
        };
    }
  }

  /** Mostly a person of the same city, with their own computer. */
  #atAFriends(): Location {
    const friend = this.#chance.happens(0.7)
      ? this.#friends.find(
          ({ life }) =>
            life.city === this.life.city && life.computer && life.home && life !== this.life,
        )
      : undefined;
    if (friend?.life.computer && friend.#home !== null)
      return { device: friend.life.computer, network: friend.#home };
    return { device: this.#country.device('computer'), network: this.life.city.home() };
  }

  #otherSpot(initiator: Location): Location {
    // Computers stay indoors.
    const indoors = initiator.network === this.#home || initiator.network === this.life.work;
    const device =
      initiator.device.cookie === this.#phone.cookie && indoors
        ? (this.#computer ?? this.#phone)
        : this.#phone;
    const mobile = this.#chance.happens(0.25) && device === this.#phone;
    return {
      device,
      network: mobile ? this.#chance.pick(this.life.city.carriers.slice(0, 3)) : initiator.network,
    };
  }
}

function account(accounts: readonly Account[], at: number): Account {
  const found = accounts[at];
  if (!found) throw new RangeError(`there is no account ${at}`);
  return found;
}
