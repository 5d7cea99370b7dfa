import type { Plan } from './measure/rounds.ts';

/** Seconds for sign-ins and connections of one operation on one server, besides the rounds. */
const PREPARATION = 0.5;
const QUICK = { rounds: 3, untilSeconds: 44, longest: 0.6, shortest: 0.1 };
const FULL: Plan = { rounds: 9, secondsPerRound: 2, until: Number.POSITIVE_INFINITY };

/**
 * The quick form divides the rest of its minute among the remaining measurements, also on a slow
 * machine. It counts pairs of operation and server: those of the next operation, and all that
 * remain.
 */
export function nextPlan(
  quick: boolean,
  pairs: { readonly next: number; readonly left: number },
): Plan {
  if (!quick) return FULL;
  const left = QUICK.untilSeconds - process.uptime();
  const share = (left / pairs.left - PREPARATION) / (QUICK.rounds + 1);
  return {
    rounds: QUICK.rounds,
    secondsPerRound: Math.min(QUICK.longest, Math.max(QUICK.shortest, share)),
    until: process.uptime() + (left * pairs.next) / pairs.left,
  };
}
