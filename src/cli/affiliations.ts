import { type Command, Option } from 'commander';
import { findLoginsOf } from '../accounts/accounts.store.ts';
import type { Config } from '../config.ts';
import { endAffiliation } from '../evidence/pieces/end-affiliation.ts';
import { AFFILIATION_ENDINGS, type AffiliationEnding } from '../owners/affiliation.ts';
import { findAffiliations } from '../owners/affiliations.store.ts';
import { ownerOf } from './owner-of.ts';
import { withPlatform } from './with-platform.ts';

/** `affiliations …`: ends the tie of a subsidiary to its parent (R5, R44). */
export function addAffiliationCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const affiliations = program
    .command('affiliations')
    .description(
      'organisations that belong to another, whose accounts may be bound to its accounts',
    );

  affiliations
    .command('end')
    .description(
      'say that a subsidiary no longer belongs to its parent: bindings between them end, and both sides are told',
    )
    .argument('<login>', 'an account of the parent')
    .argument('<login>', 'an account of the subsidiary')
    .addOption(
      new Option('--because <word>', 'what happened')
        .choices(AFFILIATION_ENDINGS)
        .makeOptionMandatory(),
    )
    .action(async (above: string, below: string, { because }: { because: AffiliationEnding }) => {
      await withPlatform(config(), async (db) => {
        const [parent, subsidiary] = [await ownerOf(db, above), await ownerOf(db, below)];
        const ended = await endAffiliation({ db }, { parent, subsidiary, by: 'system', because });
        if (!ended.ok)
          throw new Error(
            `${above} and ${below}: the owner of ${below} is not on record as a subsidiary (${ended.refusal.site})`,
          );
        const { ended: bindings } = ended.value;
        say(
          `The owner of ${below} no longer belongs to the owner of ${above} (${because}). ${bindings === 1 ? 'One binding' : `${bindings} bindings`} ended.`,
        );
      });
    });

  affiliations
    .command('list')
    .description('the parents and subsidiaries of the owner of an account')
    .argument('<login>')
    .action(async (login: string) => {
      await withPlatform(config(), async (db) => {
        const owner = await ownerOf(db, login);
        const found = await findAffiliations(db, owner);
        for (const { parent, subsidiary, verifiedAt } of found) {
          const [role, other] = parent === owner ? ['subsidiary', subsidiary] : ['parent', parent];
          say(
            `${role}  ${(await findLoginsOf(db, other)).join(', ')}  verified ${verifiedAt.toISOString()}`,
          );
        }
        if (found.length === 0) say(`The owner of ${login} has neither parent nor subsidiary.`);
      });
    });
}
