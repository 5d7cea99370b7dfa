import type { SectorMetadata } from '../accounts/subjects.ts';
import { auditStatements } from '../audit/audit-log.store.ts';
import { newId, newSecret } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { audienceOf } from './audience.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingDeps } from './deps.ts';
import { insertRequest } from './requests.store.ts';
import { currentPack } from './view-request.ts';

/** Lifetime of a back-channel request until its initiator has approved, and the client's polling interval (docs/protocol.md#back-channel). */
export const REQUEST_LIFETIME_SECONDS = 3600;
export const POLL_INTERVAL_SECONDS = 5;

export interface StartedRequest {
  /** What the client redeems; bound to the client and, if it proved one, its DPoP key. */
  readonly handle: string;
  /** What the initiator's browser opens; opaque, and not the handle. */
  readonly reference: string;
  /** Makes it exist. The caller runs it with what else its answer rests on: a proof of possession that is used up. */
  readonly save: (tx: Tx) => Promise<void>;
}

/** 1b: an app with screens of its own asks for a binding. The caller has authenticated the client and validated `details`. */
export function startRequest(
  deps: Pick<BindingDeps, 'secrets' | 'packs'>,
  input: {
    readonly client: SectorMetadata;
    readonly details: BindingDetails;
    readonly jkt: string | undefined;
    readonly uiLocales: string | undefined;
    readonly loginHint: string | undefined;
  },
): StartedRequest {
  const handle = newSecret();
  const reference = newSecret();
  const request = {
    id: newId('brq'),
    clientId: input.client.client_id,
    channel: 'back_channel',
    details: input.details,
    packVersion: currentPack(deps, input.details.pack).version,
    ...audienceOf(input.client, input.details),
    handleHash: deps.secrets.hash('handle', handle),
    handleJkt: input.jkt,
    startHash: deps.secrets.hash('start', reference),
    uiLocales: input.uiLocales,
    loginHint: input.loginHint,
    lifetimeSeconds: REQUEST_LIFETIME_SECONDS,
  } as const;
  const entry = { action: 'binding-request.created', subject: request.id, actor: request.clientId };
  return {
    handle,
    reference,
    save: async (tx) => await insertRequest(tx, request, auditStatements(entry)),
  };
}
