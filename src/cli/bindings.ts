import type { Command } from 'commander';
import { openPacks } from '../binding/request-pack.ts';
import type { Config } from '../config.ts';
import { decisionPointHooks } from '../decision-points/load-decision-points.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { HOOKS, loadPackFiles } from '../policy/registry.ts';
import { type ExistingRefusal, parseExistingBinding } from '../provisioning/existing-binding.ts';
import { exportBindings } from '../provisioning/export-bindings.ts';
import { importBinding } from '../provisioning/import-binding.ts';
import { bindingsFrom, undoImported } from '../provisioning/undo-import.ts';
import { readJsonLines } from './account-rows.ts';
import { writeOut } from './file-output.ts';
import { platformOption } from './named-account.ts';
import { type Reasons, RejectsFile } from './rejects-file.ts';
import { withPlatform } from './with-platform.ts';

const BY = { actor: 'system', origin: 'import' } as const;

interface ImportOptions {
  readonly platform: string;
  readonly dryRun?: boolean;
  readonly rejects?: string;
  readonly json?: boolean;
}

/** `bindings import|export|undo`: bindings that exist already (R50, docs/accounts.md). */
export function addBindingCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const bindings = program.command('bindings').description('bindings that exist already');

  bindings
    .command('import')
    .description('take over bindings that were made elsewhere; a second run changes nothing')
    .argument(
      '<file>',
      '{"primary":"u-1","sub":"u-2","pack":"douyin","since":"2025-01-31T08:00:00Z","origin":"old-system"}',
    )
    .addOption(platformOption())
    .option('--dry-run', 'judge each row by what is bound now, and change nothing')
    .option('--rejects <file>', 'where refused rows are told; beside the file otherwise')
    .option('--json', 'one JSON object at the end, for programs')
    .action(async (file: string, asked: ImportOptions) => {
      const { platform, dryRun = false, json = false } = asked;
      const path = asked.rejects ?? `${file}.rejects.jsonl`;
      const settings = config();
      await withPlatform(settings, async (db) => {
        const hooks = [...HOOKS, ...(await decisionPointHooks(settings.decisionPoints))];
        const packs = await openPacks(db, await loadPackFiles(settings.packsDir, hooks));
        const rejects = await RejectsFile.open(path, WORDS);
        const counts = { bound: 0, over_limit: 0, unchanged: 0, refused: 0 };
        let position = 0;
        const refuseRow = async (line: number, refusal: Refusal<ExistingRefusal>) => {
          counts.refused += 1;
          position = await rejects.write(position, [{ line, refusal }]);
        };
        try {
          await rejects.write(0, []);
          for await (const { line, value } of readJsonLines(file, 0)) {
            const read = value.ok ? parseExistingBinding(value.value, platform) : value;
            const taken = read.ok
              ? await importBinding({ db, packs }, { existing: read.value, dryRun }, BY)
              : read;
            if (taken.ok) counts[taken.value] += 1;
            else await refuseRow(line, taken.refusal);
            if (line % PROGRESS === 0) process.stderr.write(`${line} lines\n`);
          }
        } finally {
          await rejects.close();
        }
        if (json) return say(JSON.stringify({ ...counts, dryRun }));
        const would = dryRun ? 'Would bind' : 'Bound';
        say(`${would} ${counts.bound}, and ${counts.over_limit} more that are over a limit.`);
        say(`Bound here already: ${counts.unchanged}.`);
        if (counts.refused > 0)
          say(`Refused ${counts.refused} rows; ${path} tells their lines and why.`);
      });
    });

  bindings
    .command('export')
    .description('write the live bindings of a platform as import takes them')
    .argument('[file]', 'standard output otherwise')
    .addOption(platformOption())
    .action(async (file: string | undefined, { platform }: { platform: string }) => {
      let written = 0;
      await withPlatform(config(), async (db) => {
        await writeOut(file, async (write) => {
          for await (const rows of exportBindings({ db }, { platform }, BY)) {
            written += rows.length;
            await write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
          }
        });
      });
      if (file !== undefined) say(`Wrote ${written} bindings.`);
    });

  bindings
    .command('undo')
    .description(
      'take out again what an import brought: its live bindings end, and both sides are told',
    )
    .argument('<origin>', 'the origin that the import named')
    .addOption(platformOption())
    .option('--dry-run', 'say how many there are, and change nothing')
    .action(
      async (origin: string, { platform, dryRun }: { platform: string; dryRun?: boolean }) => {
        await withPlatform(config(), async (db) => {
          let ended = 0;
          for await (const id of bindingsFrom({ db }, { platform, origin }))
            if (dryRun || (await undoImported(db, id, BY))) ended += 1;
          say(`${dryRun ? 'Would end' : 'Ended'} ${ended} bindings from ${origin}.`);
        });
      },
    );
}

const PROGRESS = 1_000;

// biome-ignore format: a table is read by its columns
const WORDS = {
  unreadable_row:  'this is not a row: broken JSON, or bytes that are not UTF-8',
  row_too_long:    'the row is too long',
  unknown_field:   'the row has a field that is not known',
  missing_field:   'the field is missing',
  invalid_field:   'the field is not well formed',
  unknown_account: 'there is no such account; import accounts first',
  unknown_pack:    'this installation has no such pack',
  unknown_grade:   'the pack has no such grade',
  since_ahead:     'the time is in the future',
  account_closed:  'one of the two accounts is closed',
  not_verified:    'one of the two accounts is not verified; verify it, and import the row again',
  different_owner: 'the two accounts do not belong to one owner',
  already_bound:   'the sub is bound to another primary, or under another pack',
  not_eligible:    'a primary cannot be a sub, nor a sub a primary; or the pack is not for them',
} as const satisfies Reasons<ExistingRefusal>;
