import { record } from '../journal/record.store.ts';
import { newId, newSecret } from '../kernel/ids.ts';
import { audienceOf } from './audience.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingDeps } from './deps.ts';
import { insertRequest } from './requests.store.ts';

/** Lifetime of a back-channel request until its starter has approved, and the client's polling interval (protocol §1b). */
export const REQUEST_LIFETIME_SECONDS = 3600;
export const POLL_INTERVAL_SECONDS = 5;

export interface StartedRequest {
  /** What the client redeems; bound to the client and, if it proved one, its DPoP key. */
  readonly handle: string;
  /** What the starter's browser opens; opaque, and not the handle. */
  readonly reference: string;
}

/** 1b: an app with screens of its own asks for a binding. The caller has authenticated the client and validated `details`. */
export async function startRequest(
  deps: BindingDeps,
  input: {
    readonly clientId: string;
    readonly details: BindingDetails;
    readonly jkt: string | undefined;
    readonly uiLocales: string | undefined;
    readonly loginHint: string | undefined;
  },
): Promise<StartedRequest> {
  const handle = newSecret();
  const reference = newSecret();
  const id = newId('brq');
  await deps.db.transaction(async (tx) => {
    await insertRequest(tx, {
      id,
      clientId: input.clientId,
      way: 'back_channel',
      details: input.details,
      ...(await audienceOf(tx, input.clientId, input.details)),
      handleHash: deps.secrets.hash('handle', handle),
      handleJkt: input.jkt,
      startHash: deps.secrets.hash('start', reference),
      uiLocales: input.uiLocales,
      loginHint: input.loginHint,
      lifetimeSeconds: REQUEST_LIFETIME_SECONDS,
    });
    await record(tx, { action: 'binding-request.created', subject: id, actor: input.clientId });
  });
  return { handle, reference };
}
