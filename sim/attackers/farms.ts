import type { Device, Location } from '../world.ts';
import {
  bind,
  boughtHands,
  type Campaign,
  dayOf,
  exit,
  identities,
  type Means,
  pace,
  SHOWN,
  two,
} from './attacker.ts';

/**
 * Many bought identities on a rack of phones or emulators behind one or two lines. They bind in
 * bulk over a few days.
 */
export const accountFarm: Campaign = (means) => {
  const { chance, country, world } = means;
  const owners = identities(means, chance.whole(20, 60));
  const from = dayOf(means);
  const perDevice = chance.whole(1, 10); // a phone for each is expensive, but some do it
  let rack = devices(means, Math.ceil(owners.length / perDevice));
  let lines = networks(means, chance.whole(1, 4));
  const scripted = chance.happens(0.5);
  const purses = Array.from(
    { length: chance.whole(1, 5) },
    (_, at) => `purse ${at} of ${means.gang}`,
  );
  const warmUp = chance.between(3, 20);
  const earns = chance.happens(0.7);
  let refusedInARow = 0;
  let pausedUntil = 0;
  for (const [at, accounts] of owners.entries()) {
    const hands = boughtHands(means);
    const location = (): Location => ({
      device: rack[Math.floor(at / perDevice) % rack.length] as Device,
      network: lines[at % lines.length] as string,
    });
    for (let day = from - warmUp; day < from; day += chance.around(2.5, 0.5)) {
      world.at(day, () => {
        for (const account of accounts) if (chance.happens(0.8)) world.signIn(account, location());
        const { primary } = two(accounts);
        if (earns && chance.happens(0.6))
          world.pay(primary, 'out', chance.pick(purses), chance.whole(500, 20_000));
      });
    }
    for (let sub = 1; sub < accounts.length && sub <= 3; sub += 1) {
      const go = (): void => {
        if (world.today() < pausedUntil) {
          world.at(pausedUntil + chance.between(0, 2), go);
          return;
        }
        bind(
          means,
          {
            family: 'account_farm',
            ...two(accounts, sub),
            initiator: location(),
            seconds: pace(means, scripted),
            hands,
          },
          (answer) => {
            refusedInARow = answer === 'refused' ? refusedInARow + 1 : 0;
            if (refusedInARow < 4) return;
            // An attempt was refused: use new browsers and new lines after a pause.
            refusedInARow = 0;
            pausedUntil = world.today() + chance.between(1, 4);
            rack = devices(means, Math.min(owners.length, rack.length * 2));
            lines = networks(means, Math.min(owners.length, lines.length + 2));
          },
        );
      };
      world.at(from + chance.between(0, 5) + sub * 0.01, go);
    }
  }

  function devices({ country: land }: Means, count: number): readonly Device[] {
    const kind = chance.happens(0.7) ? 'phone' : 'computer';
    return Array.from({ length: Math.max(1, count) }, () => land.device(kind));
  }
  function networks(own: Means, count: number): readonly string[] {
    return Array.from({ length: count }, () =>
      chance.happens(0.2) ? exit(own) : country.place('line'),
    );
  }
};

/**
 * The same, but slow: two or three owners per phone, home lines and mobile networks, a few attempts
 * a week.
 */
export const slowFarm: Campaign = (means) => {
  const { chance, country, world } = means;
  const owners = identities(means, chance.whole(6, 18));
  const from = world.days * chance.between(0.1, 0.3);
  const perPhone = chance.whole(2, 3);
  const phones = Array.from({ length: Math.ceil(owners.length / perPhone) }, () =>
    country.device('phone'),
  );
  const city = country.city();
  const homes = Array.from({ length: chance.whole(1, 3) }, () => city.home());
  const purses = Array.from(
    { length: chance.whole(1, 3) },
    (_, at) => `purse ${at} of ${means.gang}`,
  );
  const earns = chance.happens(0.8);
  let due = Math.max(world.days * 0.42, from + 15);
  for (const [at, accounts] of owners.entries()) {
    const phone = phones[Math.floor(at / perPhone)] as Device;
    const hands = boughtHands(means, SHOWN.soldToPatient);
    const location = (): Location => ({
      device: phone,
      network: chance.happens(0.25)
        ? chance.pick(city.carriers)
        : (homes[Math.floor(at / perPhone) % homes.length] as string),
    });
    const hour = chance.between(9, 22) / 24;
    for (let day = from + chance.between(0, 6); day < world.days; day += chance.around(2, 0.6)) {
      world.at(Math.floor(day) + hour + chance.between(-0.08, 0.08), () => {
        world.signIn(chance.pick(accounts), location());
        if (earns && chance.happens(0.25))
          world.pay(two(accounts).primary, 'out', chance.pick(purses), chance.whole(500, 9_000));
      });
    }
    for (let sub = 1; sub < Math.min(accounts.length, 3); sub += 1) {
      due += chance.between(0.5, 3);
      if (due > world.days) return;
      const tryAt = (day: number, left: number): void =>
        world.at(day, () =>
          bind(
            means,
            {
              family: 'slow_farm',
              ...two(accounts, sub),
              initiator: location(),
              seconds: pace(means, false),
              hands,
            },
            (answer) => {
              if (answer === 'refused' && left > 0)
                tryAt(world.today() + chance.between(4, 10), left - 1);
            },
          ),
        );
      tryAt(Math.floor(due) + hour, 1);
    }
  }
};

/**
 * Every owner has its own browser that imitates some device, and a line rented for a visit or
 * permanently.
 */
export const deviceSpoofing: Campaign = (means) => {
  const { chance, country, world } = means;
  const owners = identities(means, chance.whole(10, 40));
  const from = dayOf(means);
  const rotates = chance.happens(0.6);
  const scripted = chance.happens(0.3);
  const purses = Array.from(
    { length: chance.whole(1, 6) },
    (_, at) => `purse ${at} of ${means.gang}`,
  );
  const earns = chance.happens(0.75);
  const tool = country.device('computer'); // the real device behind the imitation
  const careless = chance.between(0, 0.7);
  for (const accounts of owners) {
    const disguise = country.device(chance.happens(0.6) ? 'phone' : 'computer');
    const hands = boughtHands(means);
    const device: Device = {
      cookie: disguise.cookie,
      key: disguise.key,
      traits: disguise.traits.map((trait, at) =>
        at >= 8 && chance.happens(0.4) ? (tool.traits[at] ?? trait) : trait,
      ),
      contradictions: chance.happens(careless) ? (chance.happens(0.4) ? 2 : 1) : 0,
    };
    const line = exit(means);
    const location = (): Location => ({ device, network: rotates ? exit(means) : line });
    const warmUp = chance.between(4, 25);
    for (let day = from - warmUp; day < from; day += chance.around(2.5, 0.5)) {
      world.at(day, () => {
        world.signIn(chance.pick(accounts), location());
        if (earns && chance.happens(0.6))
          world.pay(two(accounts).primary, 'out', chance.pick(purses), chance.whole(500, 20_000));
      });
    }
    const tryAt = (day: number, left: number): void =>
      world.at(day, () =>
        bind(
          means,
          {
            family: 'device_spoofing',
            ...two(accounts),
            initiator: location(),
            seconds: pace(means, scripted),
            hands,
          },
          (answer) => {
            // A new imitated device for the same identity, after some days.
            if (answer === 'refused' && left > 0)
              tryAt(world.today() + chance.between(1, 6), left - 1);
          },
        ),
      );
    tryAt(from + chance.between(0, 10), 1);
  }
};
