import { AsyncLocalStorage } from 'node:async_hooks';
import { isNativeError } from 'node:util/types';
import pg from 'pg';
import type { Statement } from './sql.ts';

/** What a store needs: the pool outside a transaction, one connection inside. */
export interface Db {
  query<Row>(statement: Statement): Promise<Row[]>;
}

/**
 * A `Db` that is inside a transaction: verbs that lock take this, so that they cannot be called
 * outside one.
 */
export interface Tx extends Db {
  readonly inTransaction: true;
}

/** How many statements a unit of work has sent; the benchmark and tests read it. */
export interface StatementCount {
  statements: number;
}

/**
 * SQLSTATEs after which a connection is dead though its socket may look alive (stack.md, "Traps
 * elsewhere").
 */
const DEAD_CONNECTION = new Set(['57P01', '57P02', '57P03', '25006', '08003', '08006']);

/** Serialization failure and deadlock: the whole transaction may be tried again unchanged. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/**
 * What was read no longer held when it was locked: the whole transaction is run again, as
 * PostgreSQL's own refusal would have it.
 */
export class SerializationFailure extends Error {
  override readonly name = 'SerializationFailure';
  readonly code = '40001';
}

/**
 * A connection that was closed takes its plans along, and the next decision (src/binding/settle.ts)
 * waits for new ones.
 */
const IDLE_MS = 600_000;

/**
 * A statement is planned once a connection, for whatever values. Left to itself PostgreSQL plans
 * the first five times for the values that come, 40 ms each where a decision's facts are gathered,
 * and then mostly keeps this plan anyway.
 */
const LASTING_PLANS = 'set plan_cache_mode = force_generic_plan';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export class Database implements Db {
  readonly pool: pg.Pool;
  /**
   * Statements sent since start, `begin` and `commit` and those of libraries on the pool included,
   * for the metric.
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
    // An idle client whose server went away reports here; the pool drops it and the next query
    // opens another.
    this.pool.on('error', () => {});
    // One that is lent out reports by itself, even between being lent and being used: unheard, that
    // would end the process.
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  async query<Row>(statement: Statement): Promise<Row[]> {
    this.#count();
    const result = await this.pool.query(statement as pg.QueryConfig);
    return result.rows as Row[];
  }

  /**
   * Runs `work` in one READ COMMITTED transaction. Rows that decide are locked by the caller, in
   * the fixed order request → owners → accounts; a deadlock or serialization failure runs the whole
   * of `work` again, so `work` must have no effect outside the database.
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

  /** Counts the statements that `work` sends, nested calls included. */
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

/**
 * True when the database could not be reached: the caller answers 503 and the client may try again.
 */
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
