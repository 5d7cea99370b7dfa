import { type Command, Option } from 'commander';
import { normaliseLogin } from '../accounts/account.ts';
import { findAccountByLogin } from '../accounts/accounts.store.ts';
import type { Config } from '../config.ts';
import {
  REFUTATION_REASONS,
  type RefutationReason,
  refuteEvidence,
} from '../evidence/submissions/invalidate-evidence.ts';
import type { Database } from '../store/database.ts';
import { withPlatform } from './with-platform.ts';

/** `evidence …`: what staff learned about accepted evidence (R5). */
export function addEvidenceCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const evidence = program.command('evidence').description('evidence that accounts submitted');

  evidence
    .command('refute')
    .description(
      'say that accepted evidence is false: bindings that rest on it end, and both sides are told',
    )
    .argument('<id>', 'evi_…, as the case and the audit log name it')
    .addOption(
      new Option('--because <word>', 'what was found')
        .choices(REFUTATION_REASONS)
        .makeOptionMandatory(),
    )
    .option('--by <login>', 'the member of staff who found it, who then decides no appeal about it')
    .action(
      async (
        evidenceId: string,
        { because, by }: { because: RefutationReason; by: string | undefined },
      ) => {
        const { lifetimes } = config();
        await withPlatform(config(), async (db) => {
          const actor = by === undefined ? 'system' : await accountOf(db, by);
          const refuted = await refuteEvidence(
            { db, lifetimes },
            { evidenceId, by: actor, because },
          );
          if (!refuted.ok)
            throw new Error(
              `${evidenceId}: ${refuted.refusal.code === 'unknown_evidence' ? 'there is no such evidence' : 'it is not accepted, so nothing rests on it'} (${refuted.refusal.site})`,
            );
          say(`${evidenceId} is on record as false (${because}). Its account was told.`);
        });
      },
    );
}

async function accountOf(db: Database, login: string): Promise<string> {
  const account = await findAccountByLogin(db, normaliseLogin(login));
  if (!account) throw new Error(`There is no account ${login}.`);
  return account.id;
}
