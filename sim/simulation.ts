import type { Decision } from '../src/policy/evaluate.ts';
import type { Facts } from '../src/policy/facts.ts';
import { CAMPAIGNS } from './attackers/campaigns.ts';
import { Chance } from './chance.ts';
import { Agenda } from './clock.ts';
import { type Evaluator, momentOf } from './evaluator.ts';
import { populate } from './honest/population.ts';
import type { Ledger } from './ledger.ts';
import { Country } from './map.ts';
import { addUp, type Record as Noted } from './outcome.ts';
import { makePeople } from './reviewer.ts';
import { proves } from './step-up.ts';
import type { Answer, Family, Try, World } from './world.ts';

export interface Size {
  readonly people: number;
  readonly days: number;
}

const SIZE: Size = { people: 6_000, days: 120 };

/** Runs one simulated world from a seed, day by day, and evaluates every attempt. */
export function simulate(
  seed: number,
  { evaluator, ledger }: { readonly evaluator: Evaluator; readonly ledger: Ledger },
  size: Size = SIZE,
  seen: (family: Family, attempt: Try, facts: Facts, decision: Decision) => void = () => {},
) {
  const chance = new Chance(seed);
  const country = new Country(chance, size.people);
  const agenda = new Agenda();
  const noted: Noted[] = [];
  const endOf = makePeople(new Chance(seed ^ 0x5eed));
  let requests = 0;
  const world: World = {
    days: size.days,
    today: () => agenda.day,
    at: (day, act) => agenda.at(day, act),
    signIn: ({ id, owner }, location) => {
      ledger.noteVisit(id, evaluator.sideOf(owner, location), momentOf(agenda.day));
    },
    pay: ({ id, owner }, direction, party, cents) =>
      ledger.notePayment(owner, id, { direction, party, cents }, momentOf(agenda.day)),
    attempt: (family, attempt): Answer => {
      const now = momentOf(agenda.day);
      const facts = evaluator.factsOf(attempt, now);
      const decision = evaluator.evaluator(facts);
      const sides = [
        evaluator.sideOf(attempt.primary.owner, attempt.initiator),
        evaluator.sideOf(attempt.sub.owner, attempt.counterparty),
      ];
      const proved = decision.verdict === 'step_up' && proves(decision, attempt);
      const { accepted, reviewed } = endOf(decision, proved, family !== 'honest');
      // An attempt that ended without proof is a risk, like a refusal. A reviewer's result is known
      // days later.
      const ended = decision.verdict === 'step_up' && !accepted && !reviewed;
      const mark = ledger.noteAttempt(
        `request ${requests++}`,
        sides,
        now,
        decision.refusal === 'risk' || ended,
      );
      if (reviewed || decision.verdict === 'deny')
        agenda.at(agenda.day + 2, () =>
          mark(!accepted && (reviewed || decision.refusal === 'risk')),
        );
      noted.push({ family, decision, proved, accepted, reviewed });
      seen(family, attempt, facts, decision);
      if (accepted) evaluator.remember(attempt);
      if (reviewed) return 'waits';
      return decision.verdict === 'allow' || proved ? 'bound' : 'refused';
    },
  };
  const people = populate(chance, country, size);
  for (const person of people) {
    person.meet(people);
    person.live(world);
    if (chance.happens(0.6)) person.bind(world);
    if (chance.happens(0.2)) person.bind(world);
  }
  const share = size.people / SIZE.people;
  for (const [family, { campaign, gangs }] of Object.entries(CAMPAIGNS) as [
    Family,
    (typeof CAMPAIGNS)['sim_swap'],
  ][]) {
    for (let gang = 0; gang < Math.max(1, Math.round(gangs * share)); gang += 1) {
      campaign({ chance, country, world, people, gang: `${family}-${gang}-` });
    }
  }
  agenda.run(size.days);
  return addUp(noted);
}
