import { type BindingRequest, decide, evolve } from './binding-request.ts';
import type { StoredRequest } from './request-row.ts';

/**
 * What a stored request is at `now`. A request whose time is up is over before the job has ended
 * it: it is then what the command `expire` makes of it. Pages, redemption and verbs all ask here;
 * SQL asks `effective_request_state` (migrations/0025_occupied_slots.sql), and a test compares the
 * two. /
 */
export function effectiveState(
  { request, expiresAt }: Pick<StoredRequest, 'request' | 'expiresAt'>,
  now: Date,
): BindingRequest {
  if (now < expiresAt) return request;
  const expired = decide({ type: 'expire' }, request);
  return expired.ok ? expired.value.reduce(evolve, request) : request;
}

/** Its time is up, whether or not the job has ended it. */
export function hasLapsed(stored: StoredRequest): boolean {
  return effectiveState(stored, stored.now) !== stored.request;
}
