import type { SectorMetadata } from '../accounts/subjects.ts';
import { auditStatements } from '../audit/audit-log.store.ts';
import { newId, newSecret } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { audienceOf } from './audience.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingDeps } from './deps.ts';
import { currentPack } from './request-pack.ts';
import { insertRequest } from './requests.store.ts';

/** The client's polling interval at first (docs/protocol.md#back-channel, RFC 8628 §3.2). */
export const POLL_INTERVAL_SECONDS = 5;

export interface StartedRequest {
  /** What the client redeems. It is bound to the client, and to its DPoP key if it proved one. */
  readonly handle: string;
  /** What the initiator's browser opens. It is not the handle. */
  readonly reference: string;
  /**
   * Inserts the request. The caller runs it in the transaction that also consumes the client's
   * proof of possession.
   */
  readonly save: (tx: Tx) => Promise<void>;
}

/**
 * Back channel: an app with its own screens asks for a binding. The caller has authenticated the
 * client and validated `details`.
 */
export function startRequest(
  deps: Pick<BindingDeps, 'secrets' | 'packs' | 'lifetimes'>,
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
    lifetimeSeconds: deps.lifetimes.binding.request,
  } as const;
  const entry = { action: 'binding-request.created', subject: request.id, actor: request.clientId };
  return {
    handle,
    reference,
    save: async (tx) => await insertRequest(tx, request, auditStatements(entry)),
  };
}
