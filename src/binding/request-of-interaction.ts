import type { Visitor } from '../risk/device.ts';
import type { BindingDeps } from './deps.ts';
import { type RequestView, viewSitting } from './view-request.ts';

/** The request that an authorization interaction opened, seen by the browser that opened it. */
export async function requestOfInteraction(
  deps: BindingDeps,
  { interactionUid, visitor }: { readonly interactionUid: string; readonly visitor: Visitor },
): Promise<{ readonly sittingId: string; readonly request: RequestView } | undefined> {
  const seen = await viewSitting(deps, { interactionUid, visitor });
  return seen.ok ? { sittingId: seen.value.sitting.id, request: seen.value.request } : undefined;
}
