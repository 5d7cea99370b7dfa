import type { AccountId } from '../../kernel/ids.ts';
import type { EvidenceDeps } from '../deps.ts';
import type { SandboxProvider } from '../provider/sandbox-provider.ts';
import { findDeposits } from './deposits.store.ts';
import { amountOf } from './handle-deposit-command.ts';

/**
 * The amount in 分 that the sandbox bank's statement shows, for a page of the demo. Undefined
 * without a sandbox, before the deposit is sent, and for another account's. It is computed again,
 * because the sandbox stores its amounts in one process.
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
