import type { BindingId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { plusSeconds } from '../kernel/time.ts';
import { type BindingRequest, mayRetry } from './binding-request.ts';
import { effectiveState } from './effective-state.ts';

/** When a client asks, and the interval that it keeps to. */
export interface Poll {
  readonly now: Date;
  readonly expiresAt: Date;
  readonly lastPolledAt: Date | null;
  readonly intervalSeconds: number;
}

/**
 * What the token endpoint answers (docs/protocol.md#redeeming). The client keeps to an `interval`
 * in it from then on.
 */
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
  proving:   waitForOwners,
  in_review: ({ due }, poll)               => slowDown(poll) ?? { answer: 'review_pending', due, interval: grown(poll.intervalSeconds) },
  // the app may come late
  approved:  ({ bindingId })               => ({ answer: 'bound', bindingId }),
  redeemed:  ({ bindingId, redeemedAt }, { now }) => mayRetry(redeemedAt, now) ? { answer: 'bound', bindingId } : { answer: 'already_redeemed' },
  refused:   ({ refusal })                 => ({ answer: 'access_denied', refusal }),
  expired:   ()                            => ({ answer: 'expired_token' }),
} satisfies { readonly [S in BindingRequest['state']]: Answering<S> };

/** What a redemption is answered. What it changes is decided with the command `redeem`. */
export function answerRedemption(stored: BindingRequest, poll: Poll): RedemptionAnswer {
  const request = effectiveState({ request: stored, expiresAt: poll.expiresAt }, poll.now);
  // The table's type pairs them.
  const answering = ANSWERS[request.state] as Answering<BindingRequest['state']>;
  return answering(request, poll);
}

/** Only a client that should go on polling is told to slow down. */
function waitForOwners(_: BindingRequest, poll: Poll): RedemptionAnswer {
  return slowDown(poll) ?? { answer: 'authorization_pending' };
}

/** RFC 8628 §3.5: five seconds more, for this and all later polls. */
function slowDown({ now, lastPolledAt, intervalSeconds }: Poll): RedemptionAnswer | undefined {
  const tooSoon = lastPolledAt !== null && now < plusSeconds(lastPolledAt, intervalSeconds);
  return tooSoon ? { answer: 'slow_down', interval: intervalSeconds + 5 } : undefined;
}

const LONGEST_REVIEW_INTERVAL = 300;

/**
 * A person takes hours. Each poll of a review that keeps the interval doubles it, up to five
 * minutes.
 */
function grown(intervalSeconds: number): number {
  return Math.max(intervalSeconds, Math.min(2 * intervalSeconds, LONGEST_REVIEW_INTERVAL));
}
