import type { Person } from '../honest/person.ts';
import type { Device, Location } from '../world.ts';
import {
  bind,
  type Campaign,
  copied,
  dayOf,
  exit,
  identities,
  type Means,
  pace,
  SHOWN,
  stolenHands,
  two,
} from './attacker.ts';

/** The people that one gang takes over, each on another day. */
function victims(means: Means, count: number): readonly Person[] {
  return means.chance
    .shuffled(means.people.filter(({ life }) => life.since < means.world.days * 0.35))
    .slice(0, count);
}

/**
 * A leaked password or a stolen cookie. The attacker is elsewhere, on another device, and may be in
 * a hurry.
 */
export const stolenSession: Campaign = (means) => {
  const { chance, country, world } = means;
  const likeDay = chance.happens(0.5); // some work when their victims are awake
  for (const victim of victims(means, chance.whole(10, 30))) {
    const how = chance.weighted({ cookie: 50, looks: 25, password: 25 });
    // A program on the victim's own machine signs for the thief.
    const within = how === 'looks' && chance.happens(0.3);
    const device: Device =
      how === 'password'
        ? country.device('computer')
        : copied(means, victim.phone, within ? 'machine' : how);
    const patient = chance.happens(0.2);
    const hour = likeDay ? victim.hour() : chance.between(0, 24);
    const line =
      within && chance.happens(0.5) ? victim.location(hour).network : exit(means, victim.life.city);
    const hands = stolenHands(
      means,
      within && victim.life.factor === 'passkey' ? SHOWN.relayedFactor : 0,
    );
    const day = Math.floor(dayOf(means)) + hour / 24;
    const sub = victim.sub();
    if (patient) {
      for (let before = chance.between(2, 9); before > 0; before -= 1.3)
        world.at(day - before, () => world.signIn(victim.primary, { device, network: line }));
    }
    const tryAt = (at: number, location: Location, left: number): void =>
      world.at(at, () =>
        bind(
          means,
          {
            family: 'stolen_session',
            primary: victim.primary,
            sub,
            initiator: location,
            seconds: pace(means, false),
            hands,
          },
          (answer) => {
            if (answer !== 'refused' || left === 0) return;
            // Another exit, at an hour when the victim is active.
            tryAt(
              Math.floor(world.today() + 1) + victim.hour() / 24,
              { device: location.device, network: exit(means, victim.life.city) },
              left - 1,
            );
          },
        ),
      );
    tryAt(day, { device, network: line }, 1);
  }
};

/**
 * The victim's number on the attacker's SIM card. The phone is new; half of the time the carrier of
 * the same town is used.
 */
export const simSwap: Campaign = (means) => {
  const { chance, country, world } = means;
  for (const victim of victims(means, chance.whole(8, 20))) {
    const phone = country.device('phone');
    const network = chance.happens(0.5) ? chance.pick(victim.life.city.carriers) : exit(means);
    // Shops are open, or the victim sleeps.
    const day = Math.floor(dayOf(means)) + chance.between(9, 24) / 24;
    const waits = chance.happens(0.3) ? chance.between(0.8, 2.5) : 0;
    if (waits > 0)
      world.at(day - waits, () => world.signIn(victim.primary, { device: phone, network }));
    world.at(day, () =>
      bind(means, {
        family: 'sim_swap',
        primary: victim.primary,
        sub: victim.sub(),
        initiator: { device: phone, network },
        seconds: pace(means, false),
        hands: stolenHands(means),
      }),
    );
  }
};

/**
 * The victim is persuaded to enter a code, or to read one out. One side is the victim's own, and
 * the other is not.
 */
export const codePhishing: Campaign = (means) => {
  const { chance, country, world } = means;
  const crew = identities(means, 3);
  for (const victim of victims(means, chance.whole(10, 30))) {
    const device = country.device(chance.happens(0.6) ? 'computer' : 'phone');
    const network = exit(means, victim.life.city);
    const theirs = { device, network };
    const hour = victim.hour();
    const day = Math.floor(dayOf(means)) + hour / 24;
    const own = victim.location(hour);
    const seconds = Math.max(25, chance.around(160, 0.7)); // a conversation takes time
    const wrongCodes = chance.happens(0.25) ? chance.whole(1, 3) : 0;
    const simple = chance.happens(0.35);
    const hands = {
      factor: chance.happens(SHOWN.talkedOver),
      face: chance.happens(SHOWN.talkedFace),
    };
    const otherHands = {
      factor: chance.happens(SHOWN.own.factor),
      face: chance.happens(SHOWN.own.face),
    };
    world.at(day, () => {
      const { primary } = two(chance.pick(crew));
      const pair = simple
        ? { primary, sub: victim.sub() }
        : { primary: victim.primary, sub: victim.sub() };
      bind(means, {
        family: 'code_phishing',
        ...pair,
        initiator: theirs,
        counterparty: own,
        seconds,
        wrongCodes,
        hands,
        otherHands,
      });
    });
  }
};
