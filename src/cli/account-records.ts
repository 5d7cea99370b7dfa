import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AccountStatus, Kind } from '../accounts/account.ts';
import { LOCAL_PLATFORM } from '../accounts/account.ts';
import { KINDS, STATUSES } from '../accounts/account-fields.ts';
import { type AccountRecord, findRecord, findRecords } from '../accounts/account-records.store.ts';
import type { MessageText } from '../accounts/outgoing-message.ts';
import { hashPassword } from '../accounts/passwords.ts';
import type { Config } from '../config.ts';
import { tellAccount } from '../evidence/pieces/tell-account.ts';
import type { AccountId } from '../kernel/ids.ts';
import { changeProfile } from '../provisioning/change-profile.ts';
import { changeStatus } from '../provisioning/change-status.ts';
import { createAccount } from '../provisioning/create-account.ts';
import { checkNewPassword, resetPassword } from '../provisioning/reset-password.ts';
import type { Database } from '../store/database.ts';
import type { Brand } from '../web/core/brand.ts';
import { LANGUAGES, translator } from '../web/core/i18n.ts';
import { loadBrands } from '../web/core/load-brands.ts';
import { refusedError } from './account-words.ts';
import { getNamed, type Named, namingAccount, platformOption } from './named-account.ts';
import { withPlatform } from './with-platform.ts';

const BY = { actor: 'system', origin: 'command' } as const;

interface Shown {
  /** One JSON object on stdout, for programs. */
  readonly json?: boolean;
}

interface Fields {
  readonly login?: string;
  readonly name?: string;
  readonly kind?: Kind;
  readonly avatar?: string;
}

const JSON_OPTION = ['--json', 'one JSON object, for programs'] as const;
const kindOption = () => new Option('--kind <kind>', 'what it is').choices(KINDS);

/** `accounts create|show|list|set|lock|unlock|close|reset-password`: one account at a time. */
export function addAccountRecordCommands(
  accounts: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  accounts
    .command('create')
    .description('create an account; its people sign in at their platform, or by a password')
    .argument('<login>')
    .addOption(platformOption())
    .option('--external-id <id>', 'what its platform calls it; needed for all platforms but local')
    .requiredOption('--name <name>', 'its name as people read it')
    .addOption(kindOption().default('personal'))
    .option('--avatar <url>', 'where its picture is; https')
    .option('--password', 'give it a password: from standard input, or made here and printed once')
    .option(...JSON_OPTION)
    .action(async (login: string, asked: CreateOptions) => {
      const { platform, externalId } = asked;
      if (platform !== LOCAL_PLATFORM && externalId === undefined)
        throw new Error(`An account of ${platform} needs --external-id.`);
      const given = asked.password === true ? await readOrMakePassword() : undefined;
      if (given) demandFit(login, given);
      await withPlatform(config(), async (db) => {
        const passwordHash = given ? await hashPassword(given.password) : null;
        const created = await db.transaction((tx) =>
          createAccount(
            tx,
            {
              at: externalId === undefined ? null : { platform, externalId },
              login,
              displayName: asked.name,
              avatarUrl: asked.avatar ?? null,
              kind: asked.kind,
              passwordHash,
            },
            BY,
          ),
        );
        if (!created.ok) throw refusedError(login, created.refusal);
        await show(db, created.value, asked, 'Created', given);
      });
    });

  namingAccount(accounts.command('show').description('everything about an account but its secrets'))
    .option(...JSON_OPTION)
    .action(async (login: string | undefined, asked: Named & Shown) => {
      await withPlatform(config(), async (db) => {
        await show(db, (await getNamed(db, login, asked)).id, asked);
      });
    });

  accounts
    .command('list')
    .description('the accounts of a platform, by login')
    .addOption(platformOption())
    .addOption(new Option('--status <word>', 'only those of this status').choices(STATUSES))
    .option('--after <login>', 'go on after this login')
    .option('--limit <number>', 'how many at most', parseLimit, 50)
    .option('--json', 'one JSON object a line, for programs')
    .action(async ({ platform, status, after, limit, json }: ListOptions) => {
      await withPlatform(config(), async (db) => {
        const page = { platform, status: status ?? null, after: after ?? '', most: limit };
        const found = await findRecords(db, page);
        for (const record of found) say(json ? JSON.stringify(record) : lineOf(record));
        const last = found.at(-1)?.login;
        if (json) return;
        if (last === undefined) say(`There is no such account of ${platform}.`);
        else if (found.length === limit) say(`There may be more: --after ${last}`);
      });
    });

  namingAccount(accounts.command('set').description('change login, name, picture or kind'))
    .option('--login <login>', 'another login')
    .option('--name <name>', 'another name as people read it')
    .option('--avatar <url>', 'where its picture is; empty: none')
    .addOption(kindOption())
    .option(...JSON_OPTION)
    .action(async (login: string | undefined, asked: Named & Fields & Shown) => {
      await withPlatform(config(), async (db) => {
        const { id } = await getNamed(db, login, asked);
        const changes = {
          ...(asked.login === undefined ? {} : { login: asked.login }),
          ...(asked.name === undefined ? {} : { displayName: asked.name }),
          ...(asked.avatar === undefined ? {} : { avatarUrl: asked.avatar }),
          ...(asked.kind === undefined ? {} : { kind: asked.kind }),
        };
        const changed = await db.transaction((tx) => changeProfile(tx, id, changes, BY));
        if (!changed.ok) throw refusedError(login ?? id, changed.refusal);
        await show(db, id, asked, changed.value.changed ? 'Changed' : 'Nothing to change of');
      });
    });

  for (const [name, { status, unless, said, description }] of Object.entries(STATUS_COMMANDS)) {
    namingAccount(accounts.command(name).description(description))
      .option(...JSON_OPTION)
      .action(async (login: string | undefined, asked: Named & Shown) => {
        await withPlatform(config(), async (db) => {
          const account = await getNamed(db, login, asked);
          if (account.status === unless.status)
            throw new Error(`${account.login} ${unless.because}.`);
          const changed = await db.transaction((tx) => changeStatus(tx, account.id, status, BY));
          if (!changed.ok) throw refusedError(account.login, changed.refusal);
          await show(db, account.id, asked, changed.value.changed ? said : 'Nothing to change of');
        });
      });
  }

  namingAccount(
    accounts
      .command('reset-password')
      .description('give an account another password, and end its sessions; the account is told'),
  )
    .option('--stdin', 'take the password from standard input instead of making one')
    .option(...JSON_OPTION)
    .action(async (login: string | undefined, asked: Named & Shown & { stdin?: boolean }) => {
      const given = asked.stdin === true ? await readPassword() : makePassword();
      const { everywhere } = loadBrands(config().brandFile);
      await withPlatform(config(), async (db, { secrets }) => {
        const account = await getNamed(db, login, asked);
        const reset = await resetPassword(
          { db, secrets, tell: tellAccount },
          { account: account.id, password: given.password, told: resetMessage(everywhere) },
          BY,
        );
        if (!reset.ok) throw refusedError(account.login, reset.refusal);
        await show(db, account.id, asked, 'Another password for', given);
      });
    });

  /** Prints an account, and a password that was made here; it is stored nowhere in clear. */
  async function show(
    db: Database,
    id: AccountId,
    { json }: Shown,
    done?: string,
    given?: GivenPassword,
  ): Promise<void> {
    const record = await findRecord(db, id);
    if (!record) throw new Error(`${id} is gone.`);
    const password = given?.made === true ? given.password : undefined;
    if (json) return say(JSON.stringify({ ...record, password }));
    if (done !== undefined) say(`${done} ${record.login}.`);
    for (const [name, value] of Object.entries({ ...record, password }))
      if (value !== undefined) say(`  ${name.padEnd(14)}${wordOf(value)}`);
  }
}

/** In all languages: a command does not know that of its reader. */
function resetMessage({ name }: Brand): MessageText {
  const said = LANGUAGES.map((language) => {
    const t = translator(language, language === 'en' ? name.en : name.zh);
    return { subject: t('message.reset.subject'), text: t('message.reset.text') };
  });
  const [first] = said;
  return { subject: first?.subject ?? '', text: said.map(({ text }) => text).join('\n\n') };
}

type CreateOptions = Shown & {
  readonly platform: string;
  readonly externalId?: string;
  readonly name: string;
  readonly kind: Kind;
  readonly avatar?: string;
  readonly password?: boolean;
};

interface ListOptions {
  readonly platform: string;
  readonly status?: AccountStatus;
  readonly after?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** `unless`: a status from which this command does not lead away. */
const STATUS_COMMANDS = {
  lock: {
    status: 'frozen',
    unless: { status: 'closed', because: 'is closed, which is more than locked' },
    said: 'Locked',
    description: 'freeze an account: nobody signs in, and its bindings are suspended',
  },
  unlock: {
    status: 'normal',
    unless: { status: 'closed', because: 'is closed, and stays so; create another account' },
    said: 'Unlocked',
    description: 'let a frozen or restricted account work again, and its bindings with it',
  },
  close: {
    status: 'closed',
    unless: { status: null, because: '' },
    said: 'Closed',
    description: 'close an account for good, and end its bindings',
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly status: AccountStatus;
      readonly unless: { readonly status: AccountStatus | null; readonly because: string };
      readonly said: string;
      readonly description: string;
    }
  >
>;

interface GivenPassword {
  readonly password: string;
  /** Made here, so it must be printed. */
  readonly made: boolean;
}

/** Letters and digits that nobody mixes up; 20 of them are 98 bits. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

function makePassword(): GivenPassword {
  const letters = Array.from({ length: 20 }, () => LETTERS[randomInt(LETTERS.length)]);
  return { password: letters.join('').replace(/(.{5})(?=.)/g, '$1-'), made: true };
}

async function readPassword(): Promise<GivenPassword> {
  return { password: (await text(process.stdin)).replace(/\r?\n$/, ''), made: false };
}

/** On a terminal nobody pipes a password in. */
async function readOrMakePassword(): Promise<GivenPassword> {
  return process.stdin.isTTY ? makePassword() : await readPassword();
}

function demandFit(login: string, { password }: GivenPassword): void {
  const fits = checkNewPassword(password);
  if (!fits.ok) throw refusedError(login, fits.refusal);
}

function lineOf({ login, id, status, kind, displayName }: AccountRecord): string {
  return `${login}  ${id}  ${status}  ${kind}  ${displayName}`;
}

function wordOf(value: unknown): string {
  if (value === null) return '–';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.join(', ');
  return String(value);
}

function parseLimit(typed: string): number {
  const limit = Number(typed);
  if (!/^[1-9]\d{0,3}$/.test(typed)) throw new InvalidArgumentError('1 to 9999');
  return limit;
}
