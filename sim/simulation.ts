import type { Decision } from '../src/policy/evaluate.ts';
import { CAMPAIGNS } from './attackers/campaigns.ts';
import { Chance } from './chance.ts';
import { Agenda } from './clock.ts';
import { populate } from './honest/population.ts';
import { type Judge, momentOf, sideOf } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { Country } from './map.ts';
import { addUp, type Record as Noted } from './outcome.ts';
import { makePeople } from './reviewer.ts';
import type { Answer, Family, Try, World } from './world.ts';

export interface Size {
  readonly people: number;
  readonly days: number;
}

export const SIZE: Size = { people: 6_000, days: 120 };

/** One simulated world from a seed: lived through day by day, judged attempt by attempt. */
export function simulate(
  seed: number,
  { judge, ledger }: { readonly judge: Judge; readonly ledger: Ledger },
  size: Size = SIZE,
  seen: (family: Family, attempt: Try, decision: Decision) => void = () => {},
) {
  const chance = new Chance(seed);
  const country = new Country(chance, size.people);
  const agenda = new Agenda();
  const noted: Noted[] = [];
  const goesThrough = makePeople(new Chance(seed ^ 0x5eed));
  let requests = 0;
  const world: World = {
    days: size.days,
    today: () => agenda.day,
    at: (day, act) => agenda.at(day, act),
    signIn: ({ id, owner }, spot) => ledger.noteVisit(id, sideOf(owner, spot), momentOf(agenda.day)),
    pay: ({ id, owner }, direction, party, cents) => ledger.notePayment(owner, id, { direction, party, cents }, momentOf(agenda.day)),
    attempt: (family, attempt): Answer => {
      const now = momentOf(agenda.day);
      const decision = judge.judge(attempt, now);
      const sides = [sideOf(attempt.primary.owner, attempt.starter), sideOf(attempt.sub.owner, attempt.other)];
      ledger.noteAttempt(`request ${requests++}`, sides, now, decision.refusal === 'risk');
      const accepted = goesThrough(decision, family !== 'honest');
      noted.push({ family, decision, accepted });
      seen(family, attempt, decision);
      if (accepted) judge.remember(attempt);
      if (decision.verdict === 'deny') return 'refused';
      return decision.verdict === 'allow' ? 'bound' : 'waits';
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
  for (const [family, { campaign, gangs }] of Object.entries(CAMPAIGNS) as [Family, (typeof CAMPAIGNS)['sim_swap']][]) {
    for (let gang = 0; gang < Math.max(1, Math.round(gangs * share)); gang += 1) {
      campaign({ chance, country, world, people, gang: `${family}-${gang}-` });
    }
  }
  agenda.run(size.days);
  return addUp(noted);
}
