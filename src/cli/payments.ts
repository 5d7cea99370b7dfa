import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { makeLog } from '../log.ts';
import { notePayments } from '../risk/signals.store.ts';
import { preparePlatform } from '../start.ts';
import { Database } from '../store/database.ts';

const BATCH = 1_000;

/**
 * A line of the file: a payout from an account or a payment into it, and the bank account of the
 * other party.
 */
const line = z.strictObject({
  account: z.string().regex(/^acc_[\w-]{22}$/),
  direction: z.enum(['in', 'out']),
  party: z.string().min(1).max(200),
  cents: z.int().min(1).max(1e12),
  at: z.iso.datetime({ offset: true }),
});

/**
 * `payments import FILE`: imports money flow for R21d. Of the other party's account, only a keyed
 * hash is kept.
 */
export function addPaymentCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  program
    .command('payments')
    .description('money in and out of accounts, as the platform knows it')
    .command('import')
    .description(
      'note the payments of a file, one JSON object a line; a file that is imported twice counts twice',
    )
    .argument(
      '<file>',
      '{"account":"acc_…","direction":"out","party":"bank account","cents":100,"at":"2026-11-01T10:00:00Z"}',
    )
    .action(async (file: string) => {
      const lines = readLines(file);
      const platform = await preparePlatform(config(), makeLog('warn'));
      const db = new Database(platform.databaseUrl, { max: 1 });
      try {
        const known = await db.transaction(async (tx) => {
          let noted = 0;
          for (let from = 0; from < lines.length; from += BATCH)
            noted += await notePayments(
              tx,
              hashed(lines.slice(from, from + BATCH), platform.secrets),
            );
          return noted;
        });
        say(
          `Noted ${known} of ${lines.length} payments; the others are of accounts that are not known here.`,
        );
      } finally {
        await db.close();
        await platform.embedded?.stop();
      }
    });
}

/** Returns all lines, or throws an error that lists every wrong line without its content. */
function readLines(file: string): readonly z.infer<typeof line>[] {
  const texts = readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text.trim() !== '');
  const parsed = texts.map((text) => line.safeParse(parseJson(text)));
  const wrong = parsed.flatMap(({ error }, at) =>
    error
      ? [
          `${file}:${at + 1}: ${error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ')}`,
        ]
      : [],
  );
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return parsed.flatMap(({ data }) => data ?? []);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hashed(lines: readonly z.infer<typeof line>[], secrets: InstallationSecret) {
  return lines.map(({ account, party, at, ...rest }) => ({
    ...rest,
    account: account as AccountId,
    party: secrets.hash('money', party).toString('base64url'),
    at: new Date(at),
  }));
}
