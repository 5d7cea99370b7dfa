import { AsyncLocalStorage } from 'node:async_hooks';
import { isNativeError } from 'node:util/types';
import pg from 'pg';
import type { Statement } from './sql.ts';

/** What a store needs: the pool outside a transaction, one connection inside. */
export interface Db {
  query<Row>(statement: Statement): Promise<Row[]>;
}

/**
 * A `Db` inside a transaction. Functions that lock take this type, so that nobody calls them
 * outside one.
 */
export interface Tx extends Db {
  readonly inTransaction: true;
}

/** The number of statements that a unit of work sent. The benchmark and tests read it. */
export interface StatementCount {
  statements: number;
}

/** SQLSTATEs after which a connection is dead, though its socket may seem open. */
const DEAD_CONNECTION = new Set(['57P01', '57P02', '57P03', '25006', '08003', '08006']);

/** Serialization failure and deadlock: the whole transaction may be repeated unchanged. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/**
 * Data that was read had changed when it was locked. The whole transaction is repeated, as after
 * PostgreSQL's own serialization failure.
 */
export class SerializationFailure extends Error {
  override readonly name = 'SerializationFailure';
  readonly code = '40001';
}

/** A closed connection loses its plans, and the next policy evaluation must wait for new ones. */
const IDLE_MS = 600_000;

/**
 * Plans each statement once per connection, for all values. By default PostgreSQL plans the first
 * five calls for their values. That costs 40 ms each for a decision's facts, and then the generic
 * plan is mostly used anyway.
 */
const LASTING_PLANS = 'set plan_cache_mode = force_generic_plan';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export class Database implements Db {
  readonly pool: pg.Pool;
  /**
   * Statements sent since the start, for the metric. Includes `begin`, `commit` and those of
   * libraries that use the pool.
   */
  sent = 0;
  readonly #counting = new AsyncLocalStorage<StatementCount>();

  constructor(
    connectionString: string,
    options: { readonly max?: number; readonly applicationName?: string } = {},
  ) {
    this.pool = new pg.Pool({
      connectionString,
      max: options.max ?? 10,
      application_name: options.applicationName ?? 'bindery',
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: IDLE_MS,
      onConnect: async (client) => {
        await client.query(LASTING_PLANS);
      },
    });
    this.pool.on('connect', (client) => this.#countSent(client));
    // An idle client whose server went away reports here. The pool drops it, and the next query
    // opens another.
    this.pool.on('error', () => {});
    // A client in use reports by itself, also between checkout and first use. Without a listener,
    // that would end the process.
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  async query<Row>(statement: Statement): Promise<Row[]> {
    this.#count();
    const result = await this.pool.query(statement as pg.QueryConfig);
    return result.rows as Row[];
  }

  /**
   * Runs `work` in one READ COMMITTED transaction. The caller locks the rows that decide, in the
   * fixed order request → owners → accounts. A deadlock or serialization failure runs all of `work`
   * again, so `work` must have no effect outside the database.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(work);
      } catch (error) {
        if (attempt >= ATTEMPTS || !TRY_AGAIN.has(sqlState(error) ?? '')) throw error;
      }
    }
  }

  /** Counts the statements that `work` sends, including nested calls. */
  async counting<T>(count: StatementCount, work: () => Promise<T>): Promise<T> {
    return await this.#counting.run(count, work);
  }

  /** Throws when the database does not answer. */
  async ping(): Promise<void> {
    await this.pool.query('select 1');
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  #countSent(client: pg.PoolClient): void {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      this.sent += 1;
      return query(...args);
    }) as typeof client.query;
  }

  #count(): void {
    const count = this.#counting.getStore();
    if (count) count.statements += 1;
  }

  async #once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const tx: Tx = {
      inTransaction: true,
      query: async <Row>(statement: Statement) => {
        this.#count();
        return (await client.query(statement as pg.QueryConfig)).rows as Row[];
      },
    };
    try {
      this.#count();
      await client.query('begin');
      const value = await work(tx);
      this.#count();
      await client.query('commit');
      return value;
    } catch (error) {
      if (isDeadConnection(error)) broken = error as Error;
      else await client.query('rollback').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

export function sqlState(error: unknown): string | undefined {
  return isNativeError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** True if the database was not reachable. The caller answers 503 and the client may retry. */
export function isDeadConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (
    state &&
    (DEAD_CONNECTION.has(state) ||
      state === 'ECONNREFUSED' ||
      state === 'ECONNRESET' ||
      state === 'ENOENT' ||
      state === 'EPIPE')
  )
    return true;
  return (
    isNativeError(error) &&
    /Connection terminated|is not queryable|timeout exceeded when trying to connect/.test(
      error.message,
    )
  );
}
