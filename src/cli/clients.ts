import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { compose } from '../compose.ts';
import type { Config } from '../config.ts';
import type { Result } from '../kernel/refusals.ts';
import { makeLog } from '../log.ts';
import { APP_AUTHENTICATION, APP_GRANTS, askedOf } from '../oidc/app.ts';
import type { Registration } from '../oidc/clients.store.ts';
import {
  type AppDeps,
  type AppRefusal,
  createApp,
  listApps,
  removeApp,
  rotateSecret,
  type SavedApp,
  switchApp,
  updateApp,
  verifyApp,
  viewApp,
} from '../oidc/manage-apps.ts';
import { withPlatform } from './with-platform.ts';

const BY = { program: 'system' } as const;
const MOST = 200;

type Say = (text: string) => void;

/** `clients …`: the apps of this installation. */
export function addClientCommands(program: Command, say: Say, config: () => Config): void {
  const clients = program.command('clients').description('the apps that may use this installation');
  const run = async (work: (deps: AppDeps) => Promise<void>) => await withApps(config(), work);

  withMembers(clients.command('create').description('register an app; prints its secret, once'))
    .argument('<client-id>')
    .action(async (id: string, options: Members) => {
      await run(async (deps) => {
        const app = { name: id, ...membersOf(options) };
        tellSaved(say, given(id, await createApp(deps, { id, app, by: BY })));
      });
    });

  withMembers(clients.command('update').description('change what is given; the rest stays'))
    .argument('<client-id>')
    .action(async (id: string, options: Members) => {
      await run(async (deps) => {
        const changes = membersOf(options);
        tellSaved(say, given(id, await updateApp(deps, { id, changes, by: BY })));
      });
    });

  clients
    .command('show')
    .description('everything about an app, as JSON; never its secret')
    .argument('<client-id>')
    .action(async (id: string) => {
      await run(async (deps) => {
        const { registration } = given(id, await viewApp(deps, { id, by: BY }));
        say(JSON.stringify(describe(registration), null, 2));
      });
    });

  clients
    .command('list')
    .description('all apps')
    .action(async () => {
      await run(async (deps) => {
        for (let after = ''; ; ) {
          const page = given('', await listApps(deps, { after, most: MOST, by: BY }));
          for (const one of page) say(lineOf(one));
          if (page.length < MOST) return;
          after = page.at(-1)?.clientId ?? '';
        }
      });
    });

  clients
    .command('rotate-secret')
    .description('print a new secret; the old one works for a day more')
    .argument('<client-id>')
    .option('--now', 'the secret leaked: all older ones end at once', false)
    .action(async (id: string, { now }: { now: boolean }) => {
      await run(async (deps) =>
        tellSaved(say, given(id, await rotateSecret(deps, { id, now, by: BY }))),
      );
    });

  for (const [name, on, what] of [
    ['disable', false, 'switch an app off at once; its open binding requests end'],
    ['enable', true, 'switch an app on again'],
  ] as const) {
    clients
      .command(name)
      .description(what)
      .argument('<client-id>')
      .action(async (id: string) => {
        await run(async (deps) => {
          given(id, await switchApp(deps, { id, on, by: BY }));
          say(`${id} is switched ${on ? 'on' : 'off'}. Servers follow within five seconds.`);
        });
      });
  }

  clients
    .command('verify')
    .description('you know who runs an app that registered itself; pages stop warning of it')
    .argument('<client-id>')
    .action(async (id: string) => {
      await run(async (deps) => {
        given(id, await verifyApp(deps, { id, by: BY }));
        say(`${id} is verified.`);
      });
    });

  clients
    .command('remove')
    .description('remove an app that is switched off; its bindings stay')
    .argument('<client-id>')
    .action(async (id: string) => {
      await run(async (deps) => {
        given(id, await removeApp(deps, { id, by: BY }));
        say(`${id} is removed.`);
      });
    });
}

interface Members {
  readonly file?: string;
  readonly [member: string]: unknown;
}

/** An option for each member of an app; a JSON file may have all of them. */
function withMembers(command: Command): Command {
  return command
    .option('--file <path>', 'a JSON file with members of the app, by the names of `clients show`')
    .option('--name <name>', 'what people read')
    .option('--uri <url>', 'its home page')
    .option('--logo-uri <url>', 'its logo')
    .option('--native', 'an app on a device')
    .option('--redirect-uris <url...>', 'where people come back to')
    .option('--post-logout-redirect-uris <url...>', 'where people come back to after a sign-out')
    .option('--sector-uri <url>', 'one sector for redirect URIs of several hosts')
    .addOption(new Option('--authentication <method>').choices(APP_AUTHENTICATION))
    .option('--jwks-uri <url>', 'its public keys, for private_key_jwt')
    .addOption(new Option('--grants <name...>').choices(Object.keys(APP_GRANTS)))
    .option('--scopes <name...>', 'scopes of the API')
    .option('--resources <uri...>', 'audiences of binding tokens that it is')
    .option('--back-channel', 'it may ask for bindings without a browser')
    .option('--packs <id...>', 'the packs that it may ask for; all without this')
    .option('--platform <id>', 'the platform whose accounts it keeps')
    .option('--owner-references', 'what it says of the owners of these accounts is believed')
    .option('--hand-over <id...>', 'the platforms whose people it hands over')
    .addOption(new Option('--subjects <type>').choices(['pairwise', 'public']))
    .option('--dpop', 'its access tokens are bound to its key');
}

function membersOf({ file, ...given }: Members): Readonly<Record<string, unknown>> {
  if (file === undefined) return given;
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof read !== 'object' || read === null) throw new Error(`${file} is no JSON object`);
  return { ...read, ...given };
}

/** The same checks as in the server need all of it, but it does not listen. */
async function withApps(config: Config, work: (deps: AppDeps) => Promise<void>): Promise<void> {
  await withPlatform(config, async (_db, { databaseUrl, secrets, custody }) => {
    const log = makeLog('warn');
    const server = await compose({ config, databaseUrl, secrets, custody, log, count: () => {} });
    try {
      await work(server.bindery);
    } finally {
      await server.close();
    }
  });
}

function given<T>(id: string, result: Result<T, AppRefusal>): T {
  if (result.ok) return result.value;
  const { code, site, detail } = result.refusal;
  const why = code === 'invalid_app' ? `${detail?.field}: ${detail?.problem}` : WORDS[code];
  throw new Error(`${id}: ${why} (${site})`);
}

function tellSaved(say: Say, { registration, secret }: SavedApp): void {
  say(`${registration.clientId} is saved.`);
  if (secret === null) return;
  say(`Its secret, which is shown only now:\n${secret}`);
  const { previousSecretUntil: until } = registration;
  if (until) say(`The secret before works until ${until.toISOString()}.`);
}

function describe({ metadata, ...rest }: Registration) {
  return { ...rest, ...askedOf(metadata) };
}

function lineOf({ clientId, metadata, ...one }: Registration): string {
  const marks = [
    ...(one.disabledAt ? ['switched off'] : []),
    ...(one.registeredBy === 'self' ? [one.verifiedAt ? 'verified' : 'registered itself'] : []),
  ];
  return [clientId, metadata.client_name ?? '', ...marks].join('  ');
}

// biome-ignore format: a table is read by its columns
const WORDS = {
  not_an_operator:    'only operators manage apps',
  unknown_app:        'there is no such app',
  app_id_taken:       'there is an app of this id',
  no_secret:          'it has no secret',
  rotation_under_way: 'its old secret still works; wait until it ends, or end it with --now',
  app_unchanged:      'it is so already',
  app_switched_on:    'switch it off first, with clients disable',
} as const satisfies Record<Exclude<AppRefusal, 'invalid_app'>, string>;
