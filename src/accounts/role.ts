import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Account } from './account.ts';

/**
 * What somebody may do here beside their own account. An operator runs the installation, a reviewer
 * decides cases, an auditor reads what an operator reads and changes nothing.
 */
export const ROLES = ['operator', 'reviewer', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export function parseRole(value: unknown): Role | undefined {
  return ROLES.find((role) => role === value);
}

/** Whether the account may act in one of these roles now. */
export function holdsRole(
  account: Pick<Account, 'roles' | 'status'> | undefined,
  ...roles: readonly Role[]
): boolean {
  return account?.status === 'normal' && roles.some((role) => account.roles.includes(role));
}

export interface RoleCommand {
  readonly kind: 'grant' | 'withdraw' | 'confirm';
  readonly role: Role;
}

/** What is known, under the locks of these accounts, when roles change. */
export interface RoleFacts {
  readonly account: Pick<Account, 'id' | 'roles' | 'status'>;
  /** Who asks: an operator, or `system` for a command in the shell of the installation. */
  readonly by: Pick<Account, 'id' | 'roles' | 'status'> | 'system';
  /** Operators who can sign in and act. */
  readonly operators: ReadonlySet<AccountId>;
  /** Who asked that the account becomes operator; undefined where nobody did, or too long ago. */
  readonly askedBy: string | undefined;
}

/** `asked`: another operator has to confirm. `dropped`: what was asked is off. */
export type RoleEvent = 'granted' | 'asked' | 'withdrawn' | 'dropped';

export type RoleRefusal =
  | 'not_an_operator'
  | 'own_role'
  | 'role_held'
  | 'role_not_held'
  | 'account_not_normal'
  | 'last_operator'
  | 'already_asked'
  | 'not_asked_for'
  | 'another_operator_needed';

/**
 * Operators change roles, but nobody adds to their own. Four eyes make an operator: one operator
 * asks and another confirms. Where there is only one, the installation's own command confirms.
 */
export function decideRole(facts: RoleFacts, command: RoleCommand): Result<RoleEvent, RoleRefusal> {
  const { by, account, operators } = facts;
  if (by !== 'system' && !holdsRole(by, 'operator')) return refuse('not_an_operator', 'ACC-7R0');
  switch (command.kind) {
    case 'grant':
      return grant(facts, command.role);
    case 'confirm':
      if (command.role !== 'operator' || facts.askedBy === undefined)
        return refuse('not_asked_for', 'ACC-7R1');
      // Who asked may have been frozen since, because somebody else uses the account.
      if (facts.askedBy !== 'system' && !operators.has(facts.askedBy as AccountId))
        return refuse('not_asked_for', 'ACC-7RA');
      if (by === 'system' ? operators.size > 1 : facts.askedBy === by.id)
        return refuse('another_operator_needed', 'ACC-7R2');
      return account.status === 'normal' ? ok('granted') : refuse('account_not_normal', 'ACC-7R3');
    case 'withdraw':
      return withdraw(facts, command.role);
  }
}

function grant({ account, by, operators, askedBy }: RoleFacts, role: Role) {
  if (by !== 'system' && by.id === account.id) return refuse('own_role', 'ACC-7R4');
  if (account.status !== 'normal') return refuse('account_not_normal', 'ACC-7R5');
  if (account.roles.includes(role)) return refuse('role_held', 'ACC-7R6');
  if (role !== 'operator') return ok('granted' as const);
  // Whoever runs commands here confirms them in the same step.
  if (by === 'system' && operators.size <= 1) return ok('granted' as const);
  return askedBy === undefined ? ok('asked' as const) : refuse('already_asked', 'ACC-7R7');
}

function withdraw({ account, operators, askedBy }: RoleFacts, role: Role) {
  if (!account.roles.includes(role)) {
    return role === 'operator' && askedBy !== undefined
      ? ok('dropped' as const)
      : refuse('role_not_held', 'ACC-7R8');
  }
  // Without an operator nobody could make another one.
  const left = [...operators].filter((id) => id !== account.id);
  if (role === 'operator' && left.length === 0) return refuse('last_operator', 'ACC-7R9');
  return ok('withdrawn' as const);
}
