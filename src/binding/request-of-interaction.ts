import type { Visitor } from '../risk/device.ts';
import type { BindingDeps } from './deps.ts';
import { type RequestView, viewApprovalSession } from './view-request.ts';

/** The request that an authorization interaction opened, seen by the browser that opened it. */
export async function requestOfInteraction(
  deps: BindingDeps,
  { interactionUid, visitor }: { readonly interactionUid: string; readonly visitor: Visitor },
): Promise<{ readonly approvalSessionId: string; readonly request: RequestView } | undefined> {
  const seen = await viewApprovalSession(deps, { interactionUid, visitor });
  return seen.ok
    ? { approvalSessionId: seen.value.approvalSession.id, request: seen.value.request }
    : undefined;
}
