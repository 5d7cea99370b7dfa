import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { currentKey, formatKeyring, withNewKey, withoutKey } from '../owners/keyring.ts';
import { KeyringFile } from '../owners/keyring-file.ts';
import { readKeyring } from '../owners/open-custody.ts';
import { countKeys } from '../owners/owner-keys.store.ts';
import { rewrapKeys } from '../owners/rewrap-keys.ts';
import { withPlatform } from './with-platform.ts';

/**
 * `keys …`: commands for key-encryption keys. To rotate, run `add`, then `rewrap`, and an hour
 * later `retire` for the old key.
 */
export function addKeyCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const keys = program
    .command('keys')
    .description('the key-encryption keys that wrap the data keys of owners');

  keys
    .command('make')
    .description(
      'print a new keyring, for SECRETS_KEYRING_FILE; keep it secret, and apart from the backups of the database',
    )
    .action(() => say(formatKeyring(withNewKey({ keys: [] }, new Date())).trimEnd()));

  keys
    .command('status')
    .description('which keys there are, and how many owners each serves')
    .action(async () => {
      await withPlatform(config(), async (db) => {
        const keyring = readKeyring(config().keyring);
        const counts = await countKeys(db);
        const current = currentKey(keyring).id;
        for (const { id, madeAt } of keyring.keys) {
          say(
            `${id}  made ${madeAt.toISOString()}  ${counts.get(id) ?? 0} owners${id === current ? '  current' : ''}`,
          );
        }
        const missing = [...counts].filter(([id]) => !keyring.keys.some((key) => key.id === id));
        for (const [id, count] of missing)
          say(`${id}  MISSING from the keyring: ${count} owners cannot be read`);
        if (missing.length > 0) process.exitCode = 1;
      });
    });

  keys
    .command('add')
    .description('add a key and make it the current one; servers that run use it at once')
    .action(() => {
      const file = keyringFile(config());
      file.replace(withNewKey(file.read(), new Date()));
      say(`${currentKey(file.read()).id} is the current key. Next: npm run cli -- keys rewrap`);
    });

  keys
    .command('rewrap')
    .description(
      'wrap the data key of every owner with the current key; servers go on meanwhile, and a run cut off is begun again',
    )
    .action(async () => {
      await withPlatform(config(), async (db, { custody }) => {
        const from = performance.now();
        const { keyId, rewrapped, unopened } = await rewrapKeys({ db, custody }, { by: 'system' });
        say(
          `Wrapped ${rewrapped} keys with ${keyId} in ${((performance.now() - from) / 1000).toFixed(2)} s.`,
        );
        if (unopened.length === 0) return;
        say(
          `${unopened.length} could not be opened and stay as they are: ${unopened.slice(0, 10).join(', ')}`,
        );
        process.exitCode = 1;
      });
    });

  keys
    .command('retire')
    .description(
      'take a key that serves nobody out of the keyring, for good: backups of its time can then no longer be read',
    )
    .argument('<id>')
    .action(async (id: string) => {
      await withPlatform(config(), async (db) => {
        const file = keyringFile(config());
        const without = withoutKey(file.read(), {
          id,
          inUse: (await countKeys(db)).get(id) ?? 0,
          now: new Date(),
          lingers: config().lifetimes.owners.replacedKey,
        });
        if (!without.ok)
          throw new Error(`${id} stays: ${WORDS[without.refusal.code]} (${without.refusal.site})`);
        file.replace(without.value);
        say(`${id} is retired.`);
      });
    });
}

// biome-ignore format: a table is read by its columns
const WORDS = {
  unknown_key: 'there is no such key',
  current_key: 'it is the current one; add another first',
  key_in_use:  'owners still need it; run keys rewrap first',
  too_soon:    'requests under way may still bring it in; wait until an hour after the change',
} as const;

function keyringFile({ keyring }: Config): KeyringFile {
  if (keyring.kind === 'text') {
    throw new Error(
      'The keyring is in SECRETS_KEYRING, which only you can change; give it as SECRETS_KEYRING_FILE to let commands do it.',
    );
  }
  const file = new KeyringFile(keyring.path);
  if (keyring.kind === 'kept') file.ensure(new Date());
  return file;
}
