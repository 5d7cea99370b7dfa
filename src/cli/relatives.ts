import { type Command, Option } from 'commander';
import { findLoginsOf } from '../accounts/accounts.store.ts';
import type { Config } from '../config.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { RELATIONS, type Relation } from '../owners/relation.ts';
import { findRelatives } from '../owners/relatives.store.ts';
import { forgetRelative, recordRelative } from '../owners/relatives.ts';
import type { Database } from '../store/database.ts';
import { ownerOf } from './owner-of.ts';
import { withPlatform } from './with-platform.ts';

const BY = 'system';

/**
 * `relatives …`: records who is related. Relatives neither see nor decide each other's cases (R23).
 */
export function addRelativeCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const relatives = program
    .command('relatives')
    .description('relations between the people behind accounts, who never review each other');

  relatives
    .command('add')
    .description('put on record that the owners of two accounts are related')
    .argument('<login>')
    .argument('<login>')
    .addOption(
      new Option('--relation <word>', 'how they are related').choices(RELATIONS).default('other'),
    )
    .action(async (first: string, second: string, { relation }: { relation: Relation }) => {
      await withPlatform(config(), async (db) => {
        const recorded = await recordRelative(
          { db },
          { ...(await pairOf(db, first, second)), relation, by: BY },
        );
        if (!recorded.ok)
          throw new Error(
            `${first} and ${second}: ${WORDS[recorded.refusal.code]} (${recorded.refusal.site})`,
          );
        say(
          `${first} and ${second} are on record as related (${relation}): neither reviews the other.`,
        );
      });
    });

  relatives
    .command('remove')
    .description('take a relation off the record')
    .argument('<login>')
    .argument('<login>')
    .action(async (first: string, second: string) => {
      await withPlatform(config(), async (db) => {
        const forgotten = await forgetRelative(
          { db },
          { ...(await pairOf(db, first, second)), by: BY },
        );
        if (!forgotten.ok)
          throw new Error(
            `${first} and ${second}: ${WORDS[forgotten.refusal.code]} (${forgotten.refusal.site})`,
          );
        say(`${first} and ${second} are no longer on record as related.`);
      });
    });

  relatives
    .command('list')
    .description('everybody on record as related to the owner of an account')
    .argument('<login>')
    .action(async (login: string) => {
      await withPlatform(config(), async (db) => {
        const found = await findRelatives(db, await ownerOf(db, login));
        for (const { owner, relation, recordedBy, recordedAt } of found) {
          say(
            `${(await findLoginsOf(db, owner)).join(', ')}  ${relation}  recorded ${recordedAt.toISOString()} by ${recordedBy}`,
          );
        }
        if (found.length === 0) say(`Nobody is on record as related to ${login}.`);
      });
    });
}

// biome-ignore format: a table is read by its columns
const WORDS = {
  same_owner:    'both are the same owner’s, which is related to itself anyway',
  unknown_owner: 'one of the owners was deleted',
  not_related:   'they are not on record as related',
} as const;

async function pairOf(
  db: Database,
  first: string,
  second: string,
): Promise<{ readonly owner: OwnerId; readonly relative: OwnerId }> {
  return { owner: await ownerOf(db, first), relative: await ownerOf(db, second) };
}
