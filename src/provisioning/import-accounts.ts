import { appendAudit } from '../audit/audit-log.store.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import type { Provisioner } from './create-account.ts';
import type { ProvisioningDeps } from './deps.ts';
import {
  type ImportDeps,
  type ImportRules,
  importBatch,
  type NumberedRow,
  type RefusedRow,
} from './import-batch.ts';
import { parseImportRow, type ReadRefusal } from './import-row.ts';
import {
  findImport,
  forgetImport,
  type ImportKey,
  type ImportProgress,
  lockImport,
  openImport,
  saveImport,
} from './imports.store.ts';

/** A row of the file as it stands there, and the line on which it ends. */
export interface SourceRow {
  readonly line: number;
  readonly value: Result<unknown, ReadRefusal>;
}

export interface AccountImport {
  readonly fingerprint: Buffer;
  readonly rules: ImportRules;
  /** Begin at the first line, though the file was imported before. */
  readonly again: boolean;
  /** The rows behind a line, in their order. */
  readonly rows: (behind: number) => AsyncIterable<SourceRow>;
  /**
   * Writes refused rows at a position of the file of rejects, drops what is behind them, and
   * returns where they end. It may be called again with the same ones.
   */
  readonly reject: (position: number, rows: readonly RefusedRow[]) => Promise<number>;
  readonly progress: (progress: ImportProgress) => void;
}

export type ImportRefusal = 'already_imported' | 'other_import_runs';

/** So many rows are one transaction. */
const BATCH = 500;

interface Batch {
  readonly rows: NumberedRow[];
  readonly refused: RefusedRow[];
  readonly externalIds: Set<string>;
  line: number;
}

const emptyBatch = (line: number): Batch => ({
  rows: [],
  refused: [],
  externalIds: new Set(),
  line,
});

/**
 * Imports accounts, row by row in bounded memory (R47). How far it came commits with each batch: if
 * it is cut off, the next run goes on behind the last batch, and does nothing twice.
 */
export async function importAccounts(
  deps: ProvisioningDeps & ImportDeps,
  job: AccountImport,
  by: Provisioner,
): Promise<Result<ImportProgress, ImportRefusal>> {
  const { db } = deps;
  const key: ImportKey = { platform: job.rules.platform, fingerprint: job.fingerprint };
  if (job.again) await forgetImport(db, key);
  await openImport(db, key);
  const before = await findImport(db, key);
  if (!before) return refuse('other_import_runs', 'PRO-8I0');
  if (before.finishedAt !== null) return refuse('already_imported', 'PRO-8I1', { ...before });

  // The next batch is read while the database works on this one.
  let working: Promise<Result<ImportProgress, ImportRefusal>> = Promise.resolve(ok(before));
  const hand = async (batch: Batch, last: boolean): Promise<Refusal<ImportRefusal> | undefined> => {
    const done = await working;
    if (!done.ok) return done.refusal;
    job.progress(done.value);
    working = commit(deps, job, { key, batch, from: done.value.line, last, by });
    working.catch(() => {}); // thrown where it is awaited
    return undefined;
  };
  let batch = emptyBatch(before.line);
  for await (const { line, value } of job.rows(before.line)) {
    const read = value.ok ? parseImportRow(value.value) : value;
    // One batch never has two rows of one account: the later row wins.
    const again = read.ok && batch.externalIds.has(read.value.externalId);
    if (again || batch.rows.length + batch.refused.length >= BATCH) {
      const stopped = await hand(batch, false);
      if (stopped) return { ok: false, refusal: stopped };
      batch = emptyBatch(line);
    }
    batch.line = line;
    if (read.ok) {
      batch.rows.push({ line, row: read.value });
      batch.externalIds.add(read.value.externalId);
    } else batch.refused.push({ line, refusal: read.refusal });
  }
  const stopped = await hand(batch, true);
  if (stopped) return { ok: false, refusal: stopped };
  return await working;
}

interface Handed {
  readonly key: ImportKey;
  readonly batch: Batch;
  /** The line behind which the batch begins. */
  readonly from: number;
  readonly last: boolean;
  readonly by: Provisioner;
}

async function commit(
  deps: ProvisioningDeps & ImportDeps,
  { rules, reject }: AccountImport,
  { key, batch, from, last, by }: Handed,
): Promise<Result<ImportProgress, ImportRefusal>> {
  return await deps.db.transaction(async (tx): Promise<Result<ImportProgress, ImportRefusal>> => {
    const before = await lockImport(tx, key);
    if (!before || before.line !== from || before.finishedAt !== null)
      return refuse('other_import_runs', 'PRO-8I2');
    const outcomes = await importBatch(tx, deps, { rows: batch.rows, rules, by });
    const refused = [...batch.refused];
    const counts = { created: 0, changed: 0, unchanged: 0 };
    for (const [line, outcome] of outcomes) {
      if (typeof outcome === 'string') counts[outcome] += 1;
      else refused.push({ line, refusal: outcome });
    }
    refused.sort((a, b) => a.line - b.line);
    const next = {
      line: batch.line,
      created: before.created + counts.created,
      changed: before.changed + counts.changed,
      unchanged: before.unchanged + counts.unchanged,
      rejected: before.rejected + refused.length,
      rejectBytes: await reject(before.rejectBytes, refused),
    };
    await saveImport(tx, key, { ...next, finished: last });
    if (last) {
      const detail = { ...next, origin: by.origin, file: key.fingerprint.toString('hex') };
      const { actor } = by;
      await appendAudit(tx, { action: 'accounts.imported', subject: key.platform, actor, detail });
    }
    return ok({ ...next, finishedAt: null });
  });
}
