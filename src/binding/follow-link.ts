import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import {
  findApprovalSessionOf,
  insertApprovalSession,
  openByLink,
} from './approval-sessions.store.ts';
import type { BindingDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { hashLink } from './live-code.ts';
import { findRequestByStart } from './requests.store.ts';

/** A link's secret has 43 characters. Anything much longer is not ours, and is not hashed. */
const LONGEST = 128;

/**
 * The counterparty arrives by QR or same-browser link. A link is worth as much as the code (R8).
 */
export async function followLink(
  deps: BindingDeps,
  { link, visitor }: { readonly link: string; readonly visitor: Visitor },
): Promise<Result<{ readonly approvalSessionId: string }, 'dead_link'>> {
  // Each arrival opens its own approval session, so that two tabs can hold two accounts.
  const approvalSessionId =
    link.length > LONGEST
      ? undefined
      : await openByLink(deps.db, {
          linkHash: hashLink(deps.secrets, link),
          browser: visitor.browser,
          lifetimeSeconds: deps.lifetimes.binding.approvalSession,
        });
  return approvalSessionId ? ok({ approvalSessionId }) : refuse('dead_link', 'BIND-9L0');
}

/**
 * Back channel: the initiator arrives by `start_uri`. The same browser gets the same approval
 * session again.
 */
export async function openStart(
  deps: BindingDeps,
  { reference, visitor }: { readonly reference: string; readonly visitor: Visitor },
): Promise<Result<{ readonly approvalSessionId: string }, 'dead_link'>> {
  const stored =
    reference.length > LONGEST
      ? undefined
      : await findRequestByStart(deps.db, deps.secrets.hash('start', reference));
  if (!stored) return refuse('dead_link', 'BIND-9L1');
  const here = await findApprovalSessionOf(deps.db, stored.id, 'initiator', visitor.browser);
  if (here) return ok({ approvalSessionId: here });
  // Once somebody has offered, the link opens nothing in another browser: its holder is not the
  // initiator.
  if (stored.request.state !== 'created' || hasLapsed(stored))
    return refuse('dead_link', 'BIND-9L2');
  return ok({
    approvalSessionId: await insertApprovalSession(deps.db, {
      requestId: stored.id,
      side: 'initiator',
      browser: visitor.browser,
      lifetimeSeconds: deps.lifetimes.binding.approvalSession,
    }),
  });
}
