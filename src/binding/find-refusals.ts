import type { AccountId } from '../kernel/ids.ts';
import type { BindingDeps } from './deps.ts';
import type { RefusalView } from './refusal.ts';

/** The refused requests in which an account was a side, the newest first (R23). */
export async function findRefusals(
  _deps: Pick<BindingDeps, 'db' | 'packs'>,
  _input: { readonly account: AccountId },
): Promise<readonly RefusalView[]> {
  return [];
}

/** One of them; undefined, too, for anybody who was not a side. */
export async function findRefusal(
  _deps: Pick<BindingDeps, 'db' | 'packs'>,
  _input: { readonly account: AccountId; readonly requestId: string },
): Promise<RefusalView | undefined> {
  return undefined;
}
