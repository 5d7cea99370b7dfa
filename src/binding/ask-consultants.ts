import { consult } from '../consultants/consultant.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Answers } from '../policy/answers.ts';
import type { DeviceSeen } from '../risk/device.ts';
import type { Side } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import { gatherFacts, lockParties, sidesOf } from './gather-facts.ts';
import { findRequest } from './requests.store.ts';
import { packOf } from './view-request.ts';

interface Approving {
  readonly side: Side;
  readonly by: AccountId;
  readonly device: DeviceSeen;
}

/**
 * What the pack's consultants say about a request that is about to be approved. They are asked before the transaction that
 * decides: however slow they are, nobody waits for a lock of theirs. Facts may have moved by then; the hooks that read
 * plain facts are evaluated under the locks all the same, and none of their refusals is a consultant's to lift.
 */
export async function askConsultants(deps: BindingDeps, requestId: string, { side, by, device }: Approving): Promise<Answers> {
  if (deps.consultants.length === 0) return {};
  const stored = await findRequest(deps.db, requestId);
  if (!stored || stored.request.state !== (side === 'other' ? 'offered' : 'answered')) return {};
  const pack = await packOf(deps, stored, deps.db);
  if (!deps.consultants.some(({ id }) => pack.hooks.includes(id) || pack.shadow.includes(id))) return {};
  const { starterId: starter } = stored;
  const other = side === 'other' ? by : stored.otherId;
  const otherDevice = side === 'other' ? device : stored.otherDevice;
  if (starter === null || other === null || otherDevice === null || other === starter) return {};
  const facts = await deps.db.transaction(async (tx) => {
    const parties = await lockParties(tx, ...sidesOf(stored.role, starter, other));
    return await gatherFacts(tx, { ...deps, proofs: stored.proofs, pack }, stored, { parties, otherDevice });
  });
  return await consult(deps.consultants, { facts, pack });
}
