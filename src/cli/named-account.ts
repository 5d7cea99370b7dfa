import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Account, LOCAL_PLATFORM, normaliseLogin } from '../accounts/account.ts';
import { parsePlatformId } from '../accounts/account-fields.ts';
import {
  findAccount,
  findAccountByExternalId,
  findAccountByLogin,
} from '../accounts/accounts.store.ts';
import type { Db } from '../store/database.ts';

/** Options that name one account. */
export interface Named {
  readonly platform: string;
  readonly externalId?: string;
  readonly id?: string;
}

export function platformOption(): Option {
  return new Option('--platform <id>', 'the platform that the account belongs to')
    .default(LOCAL_PLATFORM)
    .argParser((typed) => {
      const parsed = parsePlatformId(typed);
      if (parsed.ok) return parsed.value;
      throw new InvalidArgumentError('small letters, digits and hyphens, a letter first');
    });
}

/** Adds what names one account: a login, or what its platform calls it, or its id here. */
export function namingAccount(command: Command): Command {
  return command
    .argument('[login]')
    .addOption(platformOption())
    .option('--external-id <id>', 'what its platform calls it, instead of the login')
    .option('--id <acc>', 'its id here, instead of the login');
}

/** The account that is named in one of the three ways; an error that says what is wrong. */
export async function getNamed(
  db: Db,
  login: string | undefined,
  { platform, externalId, id }: Named,
): Promise<Account> {
  const ways = [login, externalId, id].filter((way) => way !== undefined);
  if (ways.length !== 1) throw new Error('Name the account by its login, --external-id or --id.');
  const found =
    id !== undefined
      ? await findAccount(db, id)
      : externalId !== undefined
        ? await findAccountByExternalId(db, platform, externalId)
        : await findAccountByLogin(db, normaliseLogin(login ?? ''), platform);
  if (found) return found;
  const where = platform === LOCAL_PLATFORM || id !== undefined ? '' : ` of platform ${platform}`;
  throw new Error(`There is no account ${ways[0]}${where}.`);
}
