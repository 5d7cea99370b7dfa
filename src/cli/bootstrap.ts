import { type Command, Option } from 'commander';
import { LOCAL_PLATFORM, normaliseLogin } from '../accounts/account.ts';
import { findAccountByLogin } from '../accounts/accounts.store.ts';
import { type BootstrapLinkRefusal, makeBootstrapLink } from '../accounts/bootstrap.ts';
import type { Config } from '../config.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import { type CreateRefusal, createAccount } from '../provisioning/create-account.ts';
import type { Tx } from '../store/database.ts';
import { withPlatform } from './with-platform.ts';

/** `bootstrap`: the first operator of an installation. */
export function addBootstrapCommand(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  program
    .command('bootstrap')
    .description('print a link, good once for 15 minutes, that makes the first operator')
    .argument(
      '[login]',
      'the login of the operator; a new account is made where there is none',
      'operator',
    )
    .option('--name <name>', 'the name that others see, of a new account')
    .addOption(
      new Option('--again', 'there are operators, but none can sign in any more').default(false),
    )
    .action(async (login: string, { name, again }: { name?: string; again: boolean }) => {
      const { issuer, lifetimes } = config();
      await withPlatform(config(), async (db, { secrets }) => {
        // A throw rolls back, so that a refusal leaves no account behind.
        const secret = await db.transaction(async (tx) => {
          const account = given(await takeOrCreate(tx, login, name ?? login));
          return given(await makeBootstrapLink(tx, { secrets, lifetimes }, { account, again }));
        });
        say(`Open this link in the browser of ${login} within 15 minutes. It works once:`);
        say(`${issuer}/bootstrap/${secret}`);
      });
    });
}

function given<T>(made: Result<T, keyof typeof WORDS>): T {
  if (made.ok) return made.value;
  throw new Error(`No link: ${WORDS[made.refusal.code]} (${made.refusal.site})`);
}

async function takeOrCreate(
  tx: Tx,
  login: string,
  displayName: string,
): Promise<Result<AccountId, CreateRefusal>> {
  const known = await findAccountByLogin(tx, normaliseLogin(login), LOCAL_PLATFORM);
  if (known) return ok(known.id);
  return await createAccount(
    tx,
    { at: null, login, displayName, avatarUrl: null, kind: 'personal', passwordHash: null },
    { actor: 'system', origin: 'command' },
  );
}

// biome-ignore format: a table is read by its columns
const WORDS = {
  operator_exists:    'an operator can sign in already, and can make others on the page /operator/people',
  operator_stuck:     'there are operators, but none of them can sign in. If that is so, add --again',
  unknown_account:    'the account is gone',
  account_not_normal: 'the account is restricted, frozen or closed',
  not_local:          'the account belongs to a platform',
  invalid_field:      'the login or the name is too long, or has characters that cannot be seen',
  login_taken:        'the login is taken',
  external_id_taken:  'the account exists',
} as const satisfies Record<BootstrapLinkRefusal | CreateRefusal, string>;
