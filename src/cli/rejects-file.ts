import { type FileHandle, open } from 'node:fs/promises';
import type { Refusal } from '../kernel/refusals.ts';

/** Each reason that a row can be refused for, in words. */
export type Reasons<Code extends string> = Readonly<Record<Code, string>>;

interface RefusedRow<Code extends string> {
  readonly line: number;
  readonly refusal: Refusal<Code>;
}

/** The file of refused rows: one JSON object a line, without what the rows held. */
export class RejectsFile<Code extends string> {
  readonly #file: FileHandle;
  readonly #reasons: Reasons<Code>;

  private constructor(file: FileHandle, reasons: Reasons<Code>) {
    this.#file = file;
    this.#reasons = reasons;
  }

  /** Made if it is missing, and then opened for writing anywhere, which appending does not allow. */
  static async open<Code extends string>(
    path: string,
    reasons: Reasons<Code>,
  ): Promise<RejectsFile<Code>> {
    await (await open(path, 'a', 0o600)).close();
    return new RejectsFile(await open(path, 'r+'), reasons);
  }

  /** Writes rows at a position and drops what is behind them; returns where they end. */
  async write(position: number, rows: readonly RefusedRow<Code>[]): Promise<number> {
    const { size } = await this.#file.stat();
    const text = Buffer.from(rows.map((row) => this.#lineOf(row)).join(''));
    const at = Math.min(position, size);
    await this.#file.write(text, 0, text.length, at);
    await this.#file.truncate(at + text.length);
    return at + text.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #lineOf({ line, refusal }: RefusedRow<Code>): string {
    const { code, detail, site } = refusal;
    const field = detail?.field === undefined ? {} : { field: detail.field };
    return `${JSON.stringify({ line, ...field, reason: code, text: this.#reasons[code], site })}\n`;
  }
}
