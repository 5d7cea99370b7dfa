import { writeFileSync } from 'node:fs';
import { printCheck, printTable } from './print.ts';

/**
 * The requirements that this demo shows, in a few words each. They cover only what is visible from
 * outside.
 */
// biome-ignore format: a table is read by its columns
export const SHOWN = {
  R1:  'both accounts verified, one real owner',
  R2:  'a primary has only so many slots',
  R3:  'evidence by kind, checked piece by piece',
  R4:  'people review special-industry material, by working days',
  R5:  'evidence falls, and what rests on it with it',
  R6:  'OAuth 2.0, and a signed token that proves the binding',
  R7:  'a one-time code of 16 digits',
  R10: 'the device that started it is shown to the other side',
  R16: 'basic permissions at once',
  R18: 'core permissions never',
  R23: 'a person can ask for another person’s review',
  R25: 'unbinding needs its preconditions',
  R26: 'history stays after unbinding',
  R28: 'either side can pull the brake',
  R45: 'an account belongs to its platform',
  R47: 'people of a platform sign in there',
  R48: 'an app of a platform hands people over',
} as const;

export type RequirementId = keyof typeof SHOWN;

export interface Check {
  readonly id: RequirementId;
  readonly says: string;
  readonly ok: boolean;
}

/** All checks of a run, each printed when it is made. */
export class Report {
  readonly #checks: Check[] = [];
  readonly #toBreak: Set<string>;

  constructor(broken: readonly string[]) {
    this.#toBreak = new Set(broken);
  }

  /** Records whether the observation agrees with `says`; prints `seen` if it does not. */
  check(id: RequirementId, says: string, holds: boolean, seen?: unknown): void {
    const broken = holds && this.#toBreak.delete(id);
    const check = broken
      ? { id, says: `the opposite of: ${says} (--break ${id})`, ok: false }
      : { id, says, ok: holds };
    this.#checks.push(check);
    printCheck(check, broken ? undefined : seen);
  }

  get allHold(): boolean {
    return this.#checks.length > 0 && this.#checks.every(({ ok }) => ok);
  }

  printTable(): void {
    const rows = Object.entries(SHOWN).map(([id, words]) => {
      const made = this.#checks.filter((check) => check.id === id);
      return { id, words, held: made.filter(({ ok }) => ok).length, made: made.length };
    });
    printTable(rows.filter(({ made }) => made > 0));
  }

  writeJson(file: string): void {
    writeFileSync(file, `${JSON.stringify(this.#checks, null, 2)}\n`);
  }
}
