import { type Command, Option } from 'commander';
import { normaliseLogin } from '../accounts/account.ts';
import { findAccountByLogin } from '../accounts/accounts.store.ts';
import { RESET_REASONS, resetFactors } from '../accounts/remove-factor.ts';
import type { Config } from '../config.ts';
import { tellAccount } from '../evidence/pieces/tell-account.ts';
import { addAccountRecordCommands } from './account-records.ts';
import { addAccountTransferCommands } from './account-transfer.ts';
import { withPlatform } from './with-platform.ts';

/** `accounts …`: accounts one by one, and help for people who cannot use their own any more. */
export function addAccountCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const accounts = program
    .command('accounts')
    .description('create, look up and change accounts; help people in');
  addAccountRecordCommands(accounts, say, config);
  addAccountTransferCommands(accounts, say, config);

  accounts
    .command('reset-factors')
    .description(
      'remove every passkey and authenticator app of an account, once it is clear who asks; the account is told',
    )
    .argument('<login>')
    .addOption(
      new Option('--because <word>', 'what happened to them')
        .choices(RESET_REASONS)
        .default('lost'),
    )
    .action(async (login: string, { because }: { because: (typeof RESET_REASONS)[number] }) => {
      await withPlatform(config(), async (db) => {
        const account = await findAccountByLogin(db, normaliseLogin(login));
        if (!account) throw new Error(`There is no account ${login}.`);
        const removed = await resetFactors(
          { db, tell: tellAccount },
          { account: account.id, by: 'system', reason: because },
        );
        if (removed === 0) return say(`${login} has neither passkey nor authenticator app.`);
        say(
          `Removed ${removed === 1 ? 'one second factor' : `${removed} second factors`} of ${login}, who was told so.`,
        );
      });
    });
}
