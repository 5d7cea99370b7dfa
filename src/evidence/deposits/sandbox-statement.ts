import type { AccountId } from '../../kernel/ids.ts';
import type { EvidenceDeps } from '../deps.ts';
import type { SandboxProvider } from '../provider/sandbox-provider.ts';
import { findDeposits } from './deposits.store.ts';
import { amountOf } from './handle-deposit-command.ts';

/**
 * What the sandbox bank's statement shows of a deposit, in 分, for a page of the demo to stand in for the bank; undefined
 * without a sandbox, unless it is on its way, and of another's. Worked out anew, because the sandbox keeps its books in the
 * memory of one process.
 */
export async function readSandboxStatement(
  {
    db,
    secrets,
    sandbox,
  }: Pick<EvidenceDeps, 'db' | 'secrets'> & { readonly sandbox: SandboxProvider | undefined },
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
): Promise<number | undefined> {
  if (!sandbox) return undefined;
  for (const [id, { state }] of await findDeposits(db, by)) {
    if (id === evidenceId && state === 'sent') return amountOf(secrets, id);
  }
  return undefined;
}
