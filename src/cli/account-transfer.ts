import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { Writable } from 'node:stream';
import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { Config } from '../config.ts';
import { exportAccounts } from '../provisioning/export-accounts.ts';
import { importAccounts } from '../provisioning/import-accounts.ts';
import { IMPORT_FIELDS } from '../provisioning/import-row.ts';
import type { ImportProgress } from '../provisioning/imports.store.ts';
import { type RowFormat, readRows } from './account-rows.ts';
import { ROW_WORDS } from './account-words.ts';
import { writeOut } from './file-output.ts';
import { platformOption } from './named-account.ts';
import { RejectsFile } from './rejects-file.ts';
import { withPlatform } from './with-platform.ts';

const BY = { actor: 'system', origin: 'import' } as const;

interface ImportOptions {
  readonly platform: string;
  readonly format?: RowFormat;
  readonly existing: 'update' | 'skip';
  readonly believeOwners?: boolean;
  readonly rejects?: string;
  readonly again?: boolean;
  readonly json?: boolean;
}

interface ExportOptions {
  readonly platform: string;
  readonly format?: RowFormat;
  readonly withPasswordHashes?: boolean;
}

const formatOption = () =>
  new Option('--format <format>', 'jsonl or csv; otherwise as the file is named').choices([
    'jsonl',
    'csv',
  ]);

/** `accounts import|export`: many accounts at a time (docs/accounts.md). */
export function addAccountTransferCommands(
  accounts: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  accounts
    .command('import')
    .description('bring in the accounts of a platform; cut off and started again, it goes on')
    .argument('<file>', `JSON lines or CSV with ${IMPORT_FIELDS.join(', ')}`)
    .addOption(platformOption())
    .addOption(formatOption())
    .addOption(
      new Option('--existing <what>', 'what to do with accounts that are there already')
        .choices(['update', 'skip'])
        .default('update'),
    )
    .option('--believe-owners', 'take over whose the accounts are, as ownerReference says')
    .option('--rejects <file>', 'where refused rows are told; beside the file otherwise')
    .option('--again', 'begin at the first row, though the file was imported before')
    .option('--json', 'one JSON object at the end, for programs')
    .action(async (file: string, asked: ImportOptions) => {
      const format = asked.format ?? formatOf(file);
      const { platform, existing, believeOwners = false } = asked;
      const path = asked.rejects ?? `${file}.rejects.jsonl`;
      const fingerprint = await fingerprintOf(file, [format, existing, String(believeOwners)]);
      await withPlatform(config(), async (db, { secrets, custody }) => {
        const rejects = await RejectsFile.open(path, ROW_WORDS);
        try {
          const done = await importAccounts(
            { db, secrets, custody },
            {
              fingerprint,
              rules: { platform, existing, believeOwners },
              again: asked.again ?? false,
              rows: (behind) => readRows(file, format, behind),
              reject: async (position, rows) => await rejects.write(position, rows),
              progress: progressOn(process.stderr),
            },
            BY,
          );
          if (!done.ok) throw new Error(`${file} ${REFUSED[done.refusal.code]}`);
          const { created, changed, unchanged, rejected } = done.value;
          if (asked.json) return say(JSON.stringify({ created, changed, unchanged, rejected }));
          say(`Created ${created} accounts, changed ${changed}, left ${unchanged} as they were.`);
          if (rejected > 0) say(`Refused ${rejected} rows; ${path} tells their lines and why.`);
        } finally {
          await rejects.close();
        }
      });
    });

  accounts
    .command('export')
    .description('write the accounts of a platform as import takes them')
    .argument('[file]', 'standard output otherwise')
    .addOption(platformOption())
    .addOption(formatOption())
    .option('--with-password-hashes', 'password hashes too; keep such a file as you keep passwords')
    .action(async (file: string | undefined, asked: ExportOptions) => {
      const format = asked.format ?? (file === undefined ? 'jsonl' : formatOf(file));
      const { platform, withPasswordHashes = false } = asked;
      const fields = EXPORTED.filter((name) => withPasswordHashes || name !== 'passwordHash');
      const count = await writeOut(file, async (write) => {
        if (format === 'csv') await write(stringify([fields]));
        let written = 0;
        await withPlatform(config(), async (db) => {
          for await (const rows of exportAccounts({ db }, { platform, withPasswordHashes }, BY)) {
            written += rows.length;
            await write(
              format === 'csv'
                ? stringify([...rows], { columns: [...fields] })
                : rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
            );
          }
        });
        return written;
      });
      if (file !== undefined) say(`Wrote ${count} accounts.`);
    });
}

const EXPORTED = IMPORT_FIELDS.filter((name) => name !== 'ownerReference');

const REFUSED = {
  already_imported: 'was imported already. Use --again if accounts changed since.',
  other_import_runs: 'is being imported by another process.',
} as const;

function formatOf(file: string): RowFormat {
  const name = extname(file).toLowerCase();
  if (name === '.csv') return 'csv';
  if (name === '.jsonl' || name === '.ndjson') return 'jsonl';
  throw new Error(`${file}: say --format jsonl or --format csv.`);
}

/** What the file holds and what was asked for: the same again goes on where it was cut off. */
async function fingerprintOf(file: string, asked: readonly string[]): Promise<Buffer> {
  const hash = createHash('sha256').update(`${asked.join('\0')}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest();
}

/** A line each second. */
function progressOn(stream: Writable): (progress: ImportProgress) => void {
  const startedAt = performance.now();
  let told = startedAt;
  let first: number | undefined;
  return ({ line, created, changed, rejected }) => {
    first ??= line;
    const now = performance.now();
    if (now - told < 1_000) return;
    told = now;
    const rate = Math.round((1000 * (line - first)) / (now - startedAt));
    stream.write(
      `${line} lines, ${rate} a second: ${created} created, ${changed} changed, ${rejected} refused\n`,
    );
  };
}
