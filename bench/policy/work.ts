import { readFileSync } from 'node:fs';
import type { Database } from '../../src/store/database.ts';
import type { Statement } from '../../src/store/sql.ts';
import { percentile } from '../statistics.ts';

interface Spent {
  /** Pages of 8 KiB, found in PostgreSQL's own cache. */
  readonly hit: number;
  /** Pages read from the operating system. */
  readonly read: number;
  /** Milliseconds of CPU of this process and of the process of the one connection. */
  readonly cpu: number;
  /** Ticks of all CPUs, and those that the host gave to other machines. */
  readonly ticks: number;
  readonly stolen: number;
}

export interface StatementWork {
  /** The start of its text, to recognise it. */
  readonly says: string;
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * The cost of decisions on tables of one size. On a busy machine, pages do not change and CPU
 * hardly does; milliseconds do.
 */
export interface Work {
  readonly decisions: number;
  readonly p50: number;
  readonly p99: number;
  readonly pages: number;
  readonly read: number;
  readonly cpu: number;
  /**
   * The share of time that a virtual machine's host gave to others. If it is not zero, it explains
   * the slowest decisions.
   */
  readonly stolen: number;
  readonly statements: readonly StatementWork[];
}

export class Worked {
  readonly decisions: number[] = [];
  readonly #statements = new Map<string, { readonly says: string; readonly asked: number[] }>();
  #hit = 0;
  #read = 0;
  #cpu = 0;
  #ticks = 0;
  #stolen = 0;

  decided(milliseconds: number): void {
    this.decisions.push(milliseconds);
  }

  asked({ name, text }: Statement, milliseconds: number): void {
    const known = this.#statements.get(name) ?? { says: saidBy(text), asked: [] };
    known.asked.push(milliseconds);
    this.#statements.set(name, known);
  }

  spent(before: Spent, after: Spent): void {
    this.#hit += after.hit - before.hit;
    this.#read += after.read - before.read;
    this.#cpu += after.cpu - before.cpu;
    this.#ticks += after.ticks - before.ticks;
    this.#stolen += after.stolen - before.stolen;
  }

  sum(): Work {
    const decisions = this.decisions.length;
    return {
      decisions,
      p50: percentile(this.decisions, 0.5),
      p99: percentile(this.decisions, 0.99),
      pages: (this.#hit + this.#read) / decisions,
      read: this.#read / decisions,
      cpu: this.#cpu / decisions,
      stolen: this.#stolen / this.#ticks,
      statements: [...this.#statements.values()].map(({ says, asked }) => ({
        says,
        times: asked.length / decisions,
        p50: percentile(asked, 0.5),
        p99: percentile(asked, 0.99),
      })),
    };
  }
}

/** Of a combined statement, the first part identifies it. */
function saidBy(text: string): string {
  const [first = text] = text.split(/coalesce\(json_agg\(r\), '\[\]'\) from \(/).slice(1);
  return first.replace(/\s+/g, ' ').trim().slice(0, 48);
}

export async function spentBy({ pool }: Database): Promise<Spent> {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ pid: number; hit: number; read: number }>(
    `select pg_backend_pid() as pid, sum(hits)::float8 as hit, sum(reads)::float8 as read
       from pg_stat_get_backend_io(pg_backend_pid()) where object = 'relation'`,
  );
  const [row] = rows;
  if (!row) throw new Error('a connection without statistics');
  const { user, system } = process.cpuUsage();
  return { hit: row.hit, read: row.read, cpu: onCpu(row.pid) + (user + system) / 1000, ...ticks() };
}

/**
 * Nanoseconds on a CPU: the first field of Documentation/scheduler/sched-stats of Linux. Not
 * available elsewhere.
 */
function onCpu(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** proc_stat(5): the eighth column is stolen time. */
function ticks(): Pick<Spent, 'ticks' | 'stolen'> {
  try {
    const columns = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .slice(1, 9)
      .map(Number);
    return { ticks: columns.reduce((sum, each) => sum + each, 0), stolen: columns[7] ?? 0 };
  } catch {
    return { ticks: Number.NaN, stolen: Number.NaN };
  }
}
