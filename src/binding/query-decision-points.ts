import { query } from '../decision-points/decision-point.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Answers } from '../policy/answers.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Side } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import { gatherFacts, lockParties, sidesOf } from './gather-facts.ts';
import { packOf } from './request-pack.ts';
import { findRequest } from './requests.store.ts';

interface Approval {
  readonly side: Side;
  readonly by: AccountId;
  readonly device: ObservedDevice;
}

/**
 * Asks the pack's decision points about a request before it is approved. No lock is held meanwhile,
 * however slow they are. Facts may change in between, so hooks that read plain facts run under the
 * locks, and no decision point can lift their refusal.
 */
export async function queryDecisionPoints(
  deps: BindingDeps,
  requestId: string,
  { side, by, device }: Approval,
): Promise<Answers> {
  if (deps.decisionPoints.length === 0) return {};
  const stored = await findRequest(deps.db, requestId);
  if (!stored || stored.request.state !== (side === 'counterparty' ? 'offered' : 'answered'))
    return {};
  const pack = await packOf(deps, stored, deps.db);
  if (!deps.decisionPoints.some(({ id }) => pack.hooks.includes(id) || pack.shadow.includes(id)))
    return {};
  const { initiatorId: initiator } = stored;
  const counterparty = side === 'counterparty' ? by : stored.counterpartyId;
  const counterpartyDevice = side === 'counterparty' ? device : stored.counterpartyDevice;
  if (
    initiator === null ||
    counterparty === null ||
    counterpartyDevice === null ||
    counterparty === initiator
  )
    return {};
  const facts = await deps.db.transaction(async (tx) => {
    const parties = await lockParties(tx, ...sidesOf(stored.role, initiator, counterparty));
    return await gatherFacts(tx, { ...deps, proofs: stored.proofs, pack }, stored, {
      parties,
      counterpartyDevice,
    });
  });
  return await query(deps.decisionPoints, { facts, pack });
}
