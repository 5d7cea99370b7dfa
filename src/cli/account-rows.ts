import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { ok, refuse } from '../kernel/refusals.ts';
import type { SourceRow } from '../provisioning/import-accounts.ts';
import { IMPORT_FIELDS } from '../provisioning/import-row.ts';

export type RowFormat = 'jsonl' | 'csv';

/** A row is a few hundred bytes. A longer one is refused without being kept. */
const LONGEST_ROW = 64 * 1024;
const NEWLINE = 0x0a;

/** The rows of a file behind a line, read in bounded memory. */
export function readRows(file: string, format: RowFormat, behind: number) {
  return format === 'jsonl' ? readJsonLines(file, behind) : readCsv(file, behind);
}

/** One JSON object a line, in UTF-8; empty lines are none. */
export async function* readJsonLines(file: string, behind: number): AsyncGenerator<SourceRow> {
  let line = 0;
  let tooLong = false;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      line += 1;
      const text = tooLong ? undefined : Buffer.concat([rest, chunk.subarray(from, end)]);
      from = end + 1;
      rest = Buffer.alloc(0);
      tooLong = false;
      const row = line > behind ? readLine(text, line) : undefined;
      if (row) yield row;
    }
    rest = tooLong ? rest : Buffer.concat([rest, chunk.subarray(from)]);
    if (rest.length > LONGEST_ROW) {
      tooLong = true;
      rest = Buffer.alloc(0);
    }
  }
  const last = line + 1 > behind ? readLine(tooLong ? undefined : rest, line + 1) : undefined;
  if (last) yield last;
}

// A byte order mark is ignored, and bytes that are not UTF-8 are refused.
const utf8 = new TextDecoder('utf-8', { fatal: true });

function readLine(bytes: Buffer | undefined, line: number): SourceRow | undefined {
  if (bytes === undefined || bytes.length > LONGEST_ROW)
    return { line, value: refuse('row_too_long', 'CLI-2R0') };
  try {
    const text = utf8.decode(bytes).trim();
    return text === '' ? undefined : { line, value: ok(JSON.parse(text)) };
  } catch {
    return { line, value: refuse('unreadable_row', 'CLI-2R1') };
  }
}

/** What a quote that is never closed may swallow before the file is given up. */
const LONGEST_RECORD = 1024 * 1024;

/** Comma-separated values (RFC 4180), the first row with the names of fields. */
async function* readCsv(file: string, behind: number): AsyncGenerator<SourceRow> {
  const skipped: SourceRow[] = [];
  let broken: Error | undefined;
  const parser = parse({
    bom: true,
    columns: knownColumns,
    info: true,
    max_record_size: LONGEST_RECORD,
    on_skip: (error) => {
      if (!error) return;
      const line = lineOf(error);
      skipped.push({ line, value: refuse('unreadable_row', 'CLI-2R3') });
      if (error.code === 'CSV_MAX_RECORD_SIZE')
        broken ??= new Error(
          `${file}:${line}: a quote is not closed, or a row is longer than a megabyte.`,
        );
    },
    skip_empty_lines: true,
    skip_records_with_error: true,
  });
  pipeline(createReadStream(file), parser, () => {}); // errors reach the loop below
  for await (const { record, info } of parser) {
    // What was skipped before this record was noted before it came.
    while (skipped[0] && skipped[0].line <= info.lines) yield* after(behind, skipped.shift());
    yield* after(behind, { line: info.lines, value: readRecord(record) });
  }
  // The parser does not find its way back into such a file.
  if (broken) throw broken;
  for (const row of skipped) yield* after(behind, row);
}

function* after(behind: number, row: SourceRow | undefined): Generator<SourceRow> {
  if (row && row.line > behind) yield row;
}

function knownColumns(names: readonly string[]): string[] {
  const strange = names.find((name) => !IMPORT_FIELDS.some((field) => field === name));
  if (strange !== undefined || new Set(names).size < names.length)
    throw new Error(`The first row must name fields, each once: ${IMPORT_FIELDS.join(', ')}.`);
  return [...names];
}

/** Bytes that are not UTF-8 have become U+FFFD. */
function readRecord(record: Readonly<Record<string, string>>): SourceRow['value'] {
  return Object.values(record).some((value) => value.includes('\ufffd'))
    ? refuse('unreadable_row', 'CLI-2R2')
    : ok(record);
}

function lineOf(error: CsvError): number {
  return Number((error as CsvError & { lines?: number }).lines ?? 0);
}
