import type { Limiter } from './store/rate-limits.ts';

const FIFTEEN_MINUTES = 900;
const AN_HOUR = 3_600;
const A_DAY = 86_400;

function limiter(name: string, attempts: number, seconds: number): Limiter {
  return { name, attempts, seconds };
}

/** How often something may be tried, by whom, in which time. One table of all budgets of attempts. */
// biome-ignore format: a table is read by its columns
export const LIMITS = {
  signIn: {
    pair:       limiter('sign-in-pair',    10, FIFTEEN_MINUTES),
    login:      limiter('sign-in-login',   60, FIFTEEN_MINUTES),
    address:    limiter('sign-in-address', 300, FIFTEEN_MINUTES),
    challenges: limiter('sign-in-challenges', 3_000, FIFTEEN_MINUTES),
  },
  upstream:       limiter('upstream',   300, FIFTEEN_MINUTES),
  contacts: {
    byContact:       limiter('contact-codes',          5, AN_HOUR),
    byContactAndDay: limiter('contact-codes-day',     10, A_DAY),
    byAddress:       limiter('contact-codes-address', 30, FIFTEEN_MINUTES),
    finishes:        limiter('contact-finishes',      60, FIFTEEN_MINUTES),
  },
  codesByBrowser: limiter('codes-browser', 5, FIFTEEN_MINUTES),
  codesByAddress: limiter('codes-address', 60, FIFTEEN_MINUTES),
  // Five guesses at three codes of a million, twenty times a day: guessed with a chance of one in
  // fifty in a year of daily tries.
  factors: {
    proofs:      limiter('factor-proofs',       5, FIFTEEN_MINUTES),
    proofsByDay: limiter('factor-proofs-day',  20, A_DAY),
    passwords:   limiter('factor-password',    10, FIFTEEN_MINUTES),
  },
};
