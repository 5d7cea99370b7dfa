import type { Database } from '../../src/store/database.ts';
import type { Statement } from '../../src/store/sql.ts';
import { percentile, sum } from '../statistics.ts';
import { figure, table } from '../table.ts';
import type { Growth } from './growth.ts';

/** Pages of 8 KiB that a database was asked for: found in PostgreSQL's own cache, or got from the system. */
export interface Buffers {
  readonly hit: number;
  readonly read: number;
}

export interface StatementWork {
  /** Its first words, by which a reader finds it. */
  readonly says: string;
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
}

/** What decisions cost on tables of one size. Buffers and CPU are the same on a busy machine; milliseconds are not. */
export interface Work {
  readonly decisions: number;
  readonly p50: number;
  readonly p99: number;
  readonly hit: number;
  readonly read: number;
  readonly statements: readonly StatementWork[];
}

export class Worked {
  readonly #decisions: number[] = [];
  readonly #statements = new Map<string, number[]>();
  #hit = 0;
  #read = 0;

  decided(milliseconds: number): void {
    this.#decisions.push(milliseconds);
  }

  asked({ text }: Statement, milliseconds: number): void {
    const says = text.replace(/\s+/g, ' ').trim().slice(0, 48);
    const asked = this.#statements.get(says) ?? [];
    asked.push(milliseconds);
    this.#statements.set(says, asked);
  }

  touched(before: Buffers, after: Buffers): void {
    this.#hit += after.hit - before.hit;
    this.#read += after.read - before.read;
  }

  sum(): Work {
    const decisions = this.#decisions.length;
    return {
      decisions,
      p50: percentile(this.#decisions, 0.5),
      p99: percentile(this.#decisions, 0.99),
      hit: this.#hit / decisions,
      read: this.#read / decisions,
      statements: [...this.#statements].map(([says, asked]) => ({
        says,
        times: asked.length / decisions,
        p50: percentile(asked, 0.5),
        p99: percentile(asked, 0.99),
      })),
    };
  }
}

export async function buffersOf({ pool }: Database): Promise<Buffers> {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<Buffers>(
    `select sum(hits)::float8 as hit, sum(reads)::float8 as read from pg_stat_get_backend_io(pg_backend_pid()) where object = 'relation'`,
  );
  return rows[0] ?? { hit: 0, read: 0 };
}

export function growthTable(growth: readonly Growth[]): string {
  const [first] = growth;
  const rows = growth.map(({ accounts, signals, work }) => [
    `${figure(accounts, 0)} accounts`,
    `${figure(signals, 0)} signals`,
    figure(work.decisions, 0),
    figure(work.p50, 2),
    figure(work.p99, 2),
    first ? figure(work.p50 / first.work.p50, 2) : '',
    first ? figure(work.p99 / first.work.p99, 2) : '',
    figure(work.hit + work.read, 0),
    figure(work.read, 1),
  ]);
  return table(['policy', '', 'decisions', 'p50 ms', 'p99 ms', 'p50 : least', 'p99 : least', 'pages', 'not cached'], rows);
}

/** Where the time of the largest goes: each statement beside the same on the least. */
export function statementTable(growth: readonly Growth[]): string {
  const [first, last] = [growth[0]?.work, growth.at(-1)?.work];
  if (!first || !last) return '';
  const rows = last.statements.map(({ says, times, p50, p99 }) => {
    const least = first.statements.find((each) => each.says === says);
    return [
      says,
      '',
      figure(times, 0),
      figure(p50, 2),
      figure(p99, 2),
      figure(least && p50 / least.p50, 2),
      figure(least && p99 / least.p99, 2),
    ];
  });
  const asked = sum(last.statements.map(({ times }) => times));
  return table([`of it, ${figure(asked, 0)} statements`, '', 'times', 'p50 ms', 'p99 ms', 'p50 : least', 'p99 : least'], rows);
}
