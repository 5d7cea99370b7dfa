import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';
import { type Account, LOCAL_PLATFORM, normaliseLogin } from './account.ts';
import { findAccount, findAccountByLogin } from './accounts.store.ts';
import { holdsRole } from './role.ts';
import {
  type AskedOperator,
  findAskedOperators,
  findRoleHolders,
  type RoleHolder,
} from './roles.store.ts';

const MOST = 500;

/** Everybody with a role, what waits to be confirmed, and the account that was looked for. */
export interface People {
  readonly holders: readonly RoleHolder[];
  readonly asked: readonly AskedOperator[];
  readonly found: Account | undefined;
  /** Whether who looks may also change roles. */
  readonly mayChange: boolean;
}

/** For operators, and for auditors to read. An empty `login` looks for nobody. */
export async function findPeople(
  { db }: { readonly db: Database },
  looked: { readonly by: AccountId; readonly login: string; readonly platform: string },
): Promise<Result<People, 'not_an_operator'>> {
  const by = await findAccount(db, looked.by);
  if (!holdsRole(by, 'operator', 'auditor')) return refuse('not_an_operator', 'ACC-7P0');
  const login = normaliseLogin(looked.login);
  const platform = looked.platform === '' ? LOCAL_PLATFORM : looked.platform;
  const [holders, asked, found] = await Promise.all([
    findRoleHolders(db, MOST),
    findAskedOperators(db),
    login === '' ? undefined : findAccountByLogin(db, login, platform),
  ]);
  return ok({ holders, asked, found, mayChange: holdsRole(by, 'operator') });
}
