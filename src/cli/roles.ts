import { type Command, Option } from 'commander';
import { LOCAL_PLATFORM, normaliseLogin } from '../accounts/account.ts';
import { findAccountByLogin } from '../accounts/accounts.store.ts';
import { changeRoles } from '../accounts/change-roles.ts';
import { ROLES, type Role, type RoleEvent, type RoleRefusal } from '../accounts/role.ts';
import type { Config } from '../config.ts';
import { withPlatform } from './with-platform.ts';

interface Asked {
  readonly platform: string;
  readonly grant?: Role;
  readonly withdraw?: Role;
  readonly confirm?: true;
}

/** `accounts roles`: what somebody may do here beside their own account. */
export function addRoleCommand(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const accounts =
    program.commands.find((command) => command.name() === 'accounts') ??
    program.command('accounts');
  accounts
    .command('roles')
    .description('show, grant or withdraw the roles of an account; they end at once')
    .argument('<login>')
    .option('--platform <id>', 'the platform of the account', LOCAL_PLATFORM)
    .addOption(new Option('--grant <role>', 'give this role').choices(ROLES))
    .addOption(
      new Option('--withdraw <role>', 'take this role, or drop what waits for confirmation')
        .choices(ROLES)
        .conflicts('grant'),
    )
    .option('--confirm', 'you are sure that this account shall be operator')
    .action(async (login: string, { platform, grant, withdraw, confirm }: Asked) => {
      await withPlatform(config(), async (db) => {
        const account = await findAccountByLogin(db, normaliseLogin(login), platform);
        if (!account) throw new Error(`There is no account ${login}.`);
        const role = grant ?? withdraw;
        if (!role) return say(`${login}: ${account.roles.join(', ') || 'no role'}`);
        if (grant === 'operator' && !confirm)
          throw new Error(
            `An operator can do everything here. To make ${login} one, add --confirm.`,
          );
        const kind = grant ? 'grant' : 'withdraw';
        const changed = await changeRoles(
          { db },
          { kind, role, account: account.id, by: 'system' },
        );
        if (!changed.ok) {
          const { code, site } = changed.refusal;
          throw new Error(`${login} stays as it is: ${REFUSED[code]} (${site})`);
        }
        say(`${login}: ${DONE[changed.value]} ${role}.`);
      });
    });
}

// biome-ignore format: a table is read by its columns
const DONE = {
  granted:   'is now',
  asked:     'waits until an operator confirms, on the page /operator/people, the role',
  withdrawn: 'is no longer',
  dropped:   'does not become',
} as const satisfies Record<RoleEvent, string>;

// biome-ignore format: a table is read by its columns
const REFUSED = {
  not_an_operator:         'only operators change roles',
  own_role:                'nobody adds to their own roles',
  role_held:               'it has that role',
  role_not_held:           'it does not have that role',
  account_not_normal:      'it is restricted, frozen or closed',
  last_operator:           'it is the last operator who can sign in; make another one first',
  already_asked:           'an operator has to confirm it on the page /operator/people',
  not_asked_for:           'nobody asked for it',
  another_operator_needed: 'another operator has to confirm it',
  unknown_account:         'it is gone',
} as const satisfies Record<RoleRefusal | 'unknown_account', string>;
