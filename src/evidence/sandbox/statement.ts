import type { AccountId } from '../../kernel/ids.ts';
import type { EvidenceDeps } from '../deps.ts';
import type { SandboxProvider } from './provider.ts';

/**
 * What the sandbox bank's statement shows of a deposit, in 分, for a page of the demo to stand in for the bank; undefined
 * without a sandbox, before the deposit was sent, and of another's.
 */
export async function readSandboxStatement(
  _deps: Pick<EvidenceDeps, 'db' | 'secrets'> & { readonly sandbox: SandboxProvider | undefined },
  _asked: { readonly evidenceId: string; readonly by: AccountId },
): Promise<number | undefined> {
  throw new Error('to be filled');
}
