import type { BindingId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { plusSeconds } from '../kernel/time.ts';
import { type BindingRequest, mayRetry } from './binding-request.ts';

/** When a client asks, and how often it has been told to. */
export interface Poll {
  readonly now: Date;
  readonly expiresAt: Date;
  readonly lastPolledAt: Date | null;
  readonly intervalSeconds: number;
}

/** What the token endpoint says (docs/protocol.md#redeeming). An `interval` in it is the one to hold the client to from now on. */
export type RedemptionAnswer =
  | { readonly answer: 'bound'; readonly bindingId: BindingId }
  | { readonly answer: 'authorization_pending' }
  | { readonly answer: 'slow_down'; readonly interval: number }
  | { readonly answer: 'review_pending'; readonly due: Date; readonly interval: number }
  | { readonly answer: 'access_denied'; readonly refusal: RefusalCode }
  | { readonly answer: 'expired_token' }
  | { readonly answer: 'already_redeemed' };

type Answering<S extends BindingRequest['state']> = (
  request: Extract<BindingRequest, { state: S }>,
  poll: Poll,
) => RedemptionAnswer;

// biome-ignore format: a table is read by its columns
const ANSWERS = {
  created:   waitForOwners,
  offered:   waitForOwners,
  answered:  waitForOwners,
  proving:   (_, poll)                     => poll.now >= poll.expiresAt ? { answer: 'access_denied', refusal: 'risk' } : (slowDown(poll) ?? { answer: 'authorization_pending' }),
  in_review: ({ due }, poll)               => slowDown(poll) ?? { answer: 'review_pending', due, interval: grown(poll.intervalSeconds) },
  approved:  ({ bindingId })               => ({ answer: 'bound', bindingId }), // both said yes in time; the app may come late
  redeemed:  ({ bindingId, redeemedAt }, { now }) => mayRetry(redeemedAt, now) ? { answer: 'bound', bindingId } : { answer: 'already_redeemed' },
  refused:   ({ refusal })                 => ({ answer: 'access_denied', refusal }),
  expired:   ()                            => ({ answer: 'expired_token' }),
} satisfies { readonly [S in BindingRequest['state']]: Answering<S> };

/** What a redemption is answered; what it changes is {@link decide}'s to say, with the command `redeem`. */
export function answerRedemption(request: BindingRequest, poll: Poll): RedemptionAnswer {
  const answering = ANSWERS[request.state] as Answering<BindingRequest['state']>; // the table's type pairs them
  return answering(request, poll);
}

/** Only what a client would go on polling for can be told to slow down: an end is an end, however fast it was asked for. */
function waitForOwners(_: BindingRequest, poll: Poll): RedemptionAnswer {
  if (poll.now >= poll.expiresAt) return { answer: 'expired_token' };
  return slowDown(poll) ?? { answer: 'authorization_pending' };
}

/** RFC 8628 §3.5: five seconds more, for this and all later polls. */
function slowDown({ now, lastPolledAt, intervalSeconds }: Poll): RedemptionAnswer | undefined {
  const tooSoon = lastPolledAt !== null && now < plusSeconds(lastPolledAt, intervalSeconds);
  return tooSoon ? { answer: 'slow_down', interval: intervalSeconds + 5 } : undefined;
}

const LONGEST_REVIEW_INTERVAL = 300;

/** A person takes hours: each patient poll of a review doubles the interval, up to five minutes. */
function grown(intervalSeconds: number): number {
  return Math.max(intervalSeconds, Math.min(2 * intervalSeconds, LONGEST_REVIEW_INTERVAL));
}
