import type { MoneySignals } from '../policy/signal-facts.ts';
import { daysBetween } from './days.ts';
import type { Flow, Neighbourhood } from './observation.ts';

/** Older payments do not form a circle. */
const CIRCLE_DAYS = 30;
/** The greatest length of a circle; longer ones are not searched for. */
const CIRCLE_LENGTH = 3;

/**
 * Money flow (R21d): who shares the owner's payout accounts, and whether money returns to its
 * source.
 */
export function moneyOf({
  now,
  initiator,
  counterparty,
  flows,
  refusedOwners,
  near,
}: Neighbourhood): MoneySignals {
  const mine = new Set([initiator.owner, counterparty.owner]);
  const payouts = flows.filter(({ direction }) => direction === 'out');
  const own = payouts.filter(({ owner }) => mine.has(owner));
  const sharers = (party: string): ReadonlySet<string> =>
    new Set(
      payouts
        .filter((flow) => flow.party === party && !mine.has(flow.owner))
        .map(({ owner }) => owner),
    );
  const parties = [...new Set(own.map(({ party }) => party))];
  const most = parties.toSorted(
    (a, b) => sharers(b).size - sharers(a).size || paid(own, b) - paid(own, a),
  )[0];
  const circle = youngestCircle(now, mine, flows);
  if (most === undefined)
    return {
      payoutOwners: 0,
      payoutNear: 0,
      payoutRefused: 0,
      concentration: 0,
      payoutDays: null,
      switched: false,
      ...circle,
    };
  const refused = new Set(refusedOwners);
  const contacts = new Set(near.map(({ owner }) => owner));
  const since = Math.min(
    ...own.filter(({ party }) => party === most).map(({ firstAt }) => firstAt.getTime()),
  );
  return {
    payoutOwners: sharers(most).size + 1,
    payoutNear: [...sharers(most)].filter((owner) => contacts.has(owner)).length,
    payoutRefused: [...sharers(most)].filter((owner) => refused.has(owner)).length,
    concentration: paid(own, most) / Math.max(1, total(own)),
    payoutDays: daysBetween(new Date(since), now),
    switched: own.some(
      ({ party, firstAt }) => party !== most && daysBetween(firstAt, new Date(since)) >= 7,
    ),
    ...circle,
  };
}

/**
 * A circle: one owner's payout goes to an account that pays the next owner, and so on back to the
 * first. Its age is that of its oldest payment, because all payments must be there to close it.
 */
function youngestCircle(
  now: Date,
  mine: ReadonlySet<string>,
  flows: readonly Flow[],
): Pick<MoneySignals, 'circleDays' | 'circleOwners'> {
  const young = flows.filter(({ lastAt }) => daysBetween(lastAt, now) <= CIRCLE_DAYS);
  const paidOut = young.filter(({ direction }) => direction === 'out');
  const paidIn = young.filter(({ direction }) => direction === 'in');
  let reached: ReadonlyMap<string, number> = new Map(
    paidOut.filter(({ owner }) => mine.has(owner)).map((flow) => [flow.party, ageOf(flow)]),
  );
  const walked = new Set<string>();
  for (let owners = 1; owners <= CIRCLE_LENGTH; owners += 1) {
    const hits = paidIn.filter(({ party }) => reached.has(party));
    // A payout that returns directly to its own owner goes to a person's own account. It is not a
    // circle.
    const home = owners === 1 ? [] : hits.filter(({ owner }) => mine.has(owner));
    if (home.length > 0) {
      return {
        circleDays: Math.min(
          ...home.map((flow) => Math.max(ageOf(flow), reached.get(flow.party) ?? 0)),
        ),
        circleOwners: owners,
      };
    }
    const next = new Map<string, number>();
    for (const hit of hits.filter(({ owner }) => !mine.has(owner) && !walked.has(owner))) {
      walked.add(hit.owner);
      const age = Math.max(ageOf(hit), reached.get(hit.party) ?? 0);
      for (const flow of paidOut.filter(({ owner }) => owner === hit.owner)) {
        next.set(
          flow.party,
          Math.min(next.get(flow.party) ?? Number.POSITIVE_INFINITY, Math.max(age, ageOf(flow))),
        );
      }
    }
    reached = next;
  }
  return { circleDays: null, circleOwners: 0 };

  function ageOf({ lastAt }: Flow): number {
    return daysBetween(lastAt, now);
  }
}

function paid(flows: readonly Flow[], party: string): number {
  return total(flows.filter((flow) => flow.party === party));
}

function total(flows: readonly Flow[]): number {
  return flows.reduce((sum, { cents }) => sum + cents, 0);
}
