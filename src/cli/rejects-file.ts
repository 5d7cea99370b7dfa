import { type FileHandle, open } from 'node:fs/promises';
import type { RefusedRow } from '../provisioning/import-batch.ts';
import type { RowRefusal } from '../provisioning/import-row.ts';

// biome-ignore format: a table is read by its columns
const REASONS = {
  unreadable_row:     'this is not a row: broken JSON or CSV, or bytes that are not UTF-8',
  row_too_long:       'the row is too long',
  unknown_field:      'the row has a field that is not known',
  missing_field:      'the field is missing',
  invalid_field:      'the field is not well formed: too long, or with characters that nobody sees',
  unknown_hash:       'the hash is of a form that is not known',
  hash_too_costly:    'the hash would take too long or too much memory to check',
  login_taken:        'another account of the platform has this login',
  kind_in_use:        'the account has bindings or evidence of its kind',
  owner_not_believed: 'owners are taken over with --believe-owners only',
  owner_differs:      'the account or the reference belongs to another owner',
  owner_kind_differs: 'an account of this kind has another kind of owner',
} as const satisfies Record<RowRefusal, string>;

/** The file of refused rows: one JSON object a line, without what the rows held. */
export class RejectsFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Made if it is missing, and then opened for writing anywhere, which appending does not allow. */
  static async open(path: string): Promise<RejectsFile> {
    await (await open(path, 'a', 0o600)).close();
    return new RejectsFile(await open(path, 'r+'));
  }

  /** Writes rows at a position and drops what is behind them; returns where they end. */
  async write(position: number, rows: readonly RefusedRow[]): Promise<number> {
    const { size } = await this.#file.stat();
    const text = Buffer.from(rows.map(lineOf).join(''));
    const at = Math.min(position, size);
    await this.#file.write(text, 0, text.length, at);
    await this.#file.truncate(at + text.length);
    return at + text.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function lineOf({ line, refusal }: RefusedRow): string {
  const { code, detail, site } = refusal;
  const field = detail?.field === undefined ? {} : { field: detail.field };
  return `${JSON.stringify({ line, ...field, reason: code, text: REASONS[code], site })}\n`;
}
