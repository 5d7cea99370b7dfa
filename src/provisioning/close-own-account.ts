import { type AccountSummary, LOCAL_PLATFORM } from '../accounts/account.ts';
import { findAccounts, lockingAccounts, lockingOwnersOf } from '../accounts/accounts.store.ts';
import { type ChangeRefusal, confirmChange } from '../accounts/confirm-change.ts';
import { deleteContacts } from '../accounts/contacts.store.ts';
import type { FactorDeps } from '../accounts/deps.ts';
import type { SentProof } from '../accounts/factor.ts';
import { type BindingRow, findBindingsOf, lockBindingsOf } from '../binding/bindings.store.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { packOf } from '../binding/request-pack.ts';
import { missingForUnbinding } from '../binding/unbinding.ts';
import { findUnbindingFacts } from '../binding/unbinding-facts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Preconditions } from '../policy/unbinding-rules.ts';
import type { Db } from '../store/database.ts';
import { runQueries } from '../store/query.ts';
import { changeStatus } from './change-status.ts';

/** The purpose of the proof that is needed to close an account. */
export const CLOSE_ACCOUNT = 'security:close';

/** `not_free` carries `detail.missing`: the preconditions of R25 that are not met. */
export type CloseRefusal =
  | ChangeRefusal
  | 'platform_keeps_account'
  | 'roles_held'
  | 'not_free'
  | 'already_closed';

export interface Closing {
  readonly account: Pick<AccountSummary, 'id' | 'platform'>;
  readonly password: string;
  readonly proof: SentProof;
}

/**
 * A person closes the account for good. Its bindings end with it, so each must be free to end
 * (R25): closing is no way around the conditions. People with a role hand it back first.
 */
export async function closeOwnAccount(
  deps: Pick<BindingDeps, 'db' | 'packs'> & { readonly factors: FactorDeps },
  { account: { id, platform }, password, proof }: Closing,
): Promise<Result<void, CloseRefusal>> {
  if (platform !== LOCAL_PLATFORM) return refuse('platform_keeps_account', 'PRO-4C0');
  const purpose = CLOSE_ACCOUNT;
  const confirmed = await confirmChange(deps.factors, { account: id, password, proof, purpose });
  if (!confirmed.ok) return confirmed;
  return await deps.db.transaction(async (tx): Promise<Result<void, CloseRefusal>> => {
    const { accounts } = await runQueries(tx, {
      owners: lockingOwnersOf([id]),
      accounts: lockingAccounts([id]),
    });
    const account = accounts.get(id);
    if (!account || account.status === 'closed') return refuse('already_closed', 'PRO-4C1');
    if (account.roles.length > 0) return refuse('roles_held', 'PRO-4C2');
    const missing = await missingOf(tx, deps, await lockBindingsOf(tx, [id]));
    if (missing.length > 0) return refuse('not_free', 'PRO-4C3', { missing });
    const closed = await changeStatus(tx, id, 'closed', { actor: id, origin: 'own_page' });
    await deleteContacts(tx, id);
    if (!closed.ok) throw new Error(`${id} could not be closed: ${closed.refusal.site}`);
    return ok(undefined);
  });
}

/** What the page says before: how many bindings end, and what keeps them from ending. */
export async function viewClosing(
  deps: Pick<BindingDeps, 'db' | 'packs'>,
  account: AccountId,
): Promise<{ readonly bindings: number; readonly missing: Preconditions }> {
  const live = (await findBindingsOf(deps.db, account)).filter(
    ({ state }) => state === 'active' || state === 'suspended',
  );
  return { bindings: live.length, missing: await missingOf(deps.db, deps, live) };
}

/** What keeps these bindings from ending, each condition once. */
async function missingOf(
  db: Db,
  deps: Pick<BindingDeps, 'packs'>,
  rows: readonly BindingRow[],
): Promise<Preconditions> {
  const subs: readonly AccountId[] = rows.map(({ sub_id: sub }) => sub);
  const accounts = await findAccounts(db, subs);
  const missing = await Promise.all(
    rows.map(async (row) => {
      const { preconditions } = (await packOf(deps, row, db)).unbinding;
      const accountStatus = accounts.get(row.sub_id)?.status ?? 'closed';
      const facts = { ...(await findUnbindingFacts(db, row.sub_id)), accountStatus };
      return missingForUnbinding(facts, preconditions);
    }),
  );
  return [...new Set(missing.flat())];
}
