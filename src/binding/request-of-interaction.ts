import type { Visitor } from '../risk/device.ts';
import type { BindingDeps } from './deps.ts';
import { findRequestByInteraction } from './requests.store.ts';
import { findSittingOf } from './sittings.store.ts';
import { describeRequest, type RequestView } from './view-request.ts';

/** The request that an authorization interaction opened, seen by the browser that opened it. */
export async function requestOfInteraction(
  deps: BindingDeps,
  { interactionUid, visitor }: { readonly interactionUid: string; readonly visitor: Visitor },
): Promise<{ readonly sittingId: string; readonly request: RequestView } | undefined> {
  const stored = await findRequestByInteraction(deps.db, interactionUid);
  if (!stored?.starterBrowser?.equals(visitor.browser)) return undefined;
  const sitting = await findSittingOf(deps.db, stored.id, 'starter', visitor.browser);
  if (!sitting) return undefined;
  return { sittingId: sitting.id, request: await describeRequest(deps, stored, visitor) };
}
