import { bind, type Campaign, pace } from './attacker.ts';

/**
 * Real people with their own phones at home who lend their accounts. Only the money flow is
 * unusual.
 */
export const moneyMules: Campaign = (means) => {
  const { chance, world } = means;
  const recruits = chance
    .shuffled(
      means.people.filter(
        ({ life }) => life.since < world.days * 0.3 && life.lifestyle !== 'enterprise',
      ),
    )
    .slice(0, chance.whole(5, 15));
  const from = world.days * chance.between(0.4, 0.6);
  // Careful gangs use cells with one payout account each.
  const cells = chance.happens(0.15) ? 3 : recruits.length;
  const circular = chance.happens(0.4);
  const ring = chance.whole(2, 6);
  for (const [at, mule] of recruits.entries()) {
    const purse = `purse ${Math.floor(at / cells)} of ${means.gang}`;
    // Rings of a few; the last ring may be open.
    const next = Math.floor(at / ring) * ring + ((at + 1) % ring);
    mule.lend(from);
    for (
      let day = from + chance.between(0, 5);
      day < Math.min(world.days, from + 35);
      day += chance.around(2, 0.5)
    ) {
      world.at(day, () => {
        const cents = chance.whole(20_000, 300_000);
        world.pay(
          mule.primary,
          'in',
          circular && chance.happens(0.5)
            ? `hand ${at} of ${means.gang}`
            : `source ${chance.whole(1, 9)} of ${means.gang}`,
          cents,
        );
        world.pay(mule.primary, 'out', purse, Math.round(cents * 0.95));
        if (circular) {
          world.pay(mule.primary, 'out', `hand ${next} of ${means.gang}`, Math.round(cents * 0.3));
        }
      });
    }
    for (let done = 0; done < chance.whole(1, 2); done += 1) {
      const hour = mule.hour();
      world.at(Math.floor(from + chance.between(4, 25)) + hour / 24, () => {
        const initiator = mule.location(hour);
        bind(means, {
          family: 'money_mules',
          primary: mule.primary,
          sub: mule.sub(),
          initiator,
          seconds: pace(means, false),
          hands: mule.hands(),
        });
      });
    }
  }
};
