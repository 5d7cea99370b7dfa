import type { Plan } from './measure/rounds.ts';

/** Sign-ins and connections of one operation on one server, in seconds, beyond the rounds. */
const PREPARATION = 0.5;
const QUICK = { rounds: 3, untilSeconds: 46, longest: 0.6, shortest: 0.1 };
const FULL: Plan = { rounds: 9, secondsPerRound: 2 };

/** The quick form shares out what is left of its minute among what is still to be measured, on a slow machine too. */
export function nextPlan(quick: boolean, pairsLeft: number): Plan {
  if (!quick) return FULL;
  const left = QUICK.untilSeconds - process.uptime() - pairsLeft * PREPARATION;
  const share = left / pairsLeft / (QUICK.rounds + 1);
  return { rounds: QUICK.rounds, secondsPerRound: Math.min(QUICK.longest, Math.max(QUICK.shortest, share)) };
}
