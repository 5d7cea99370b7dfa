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
 * What the pack's decision points say about a request that is about to be approved. They are asked before the transaction that
 * decides: however slow they are, nobody waits for a lock of theirs. Facts may have moved by then; the hooks that read
 * plain facts are evaluated under the locks all the same, and none of their refusals is a decision point's to lift.
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
