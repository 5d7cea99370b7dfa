import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runMigrations } from 'graphile-worker';
import knex from 'knex';
import { Database } from './database.ts';
import { findJobsRevision } from './jobs.store.ts';

const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

interface Migration {
  readonly name: string;
}

/**
 * Numbered, forward-only SQL files. knex keeps the ledger and the lock, so that two starting
 * servers do not collide.
 */
const source = {
  getMigrations: async (): Promise<Migration[]> =>
    readdirSync(FOLDER)
      .filter((name) => /^\d{4}_.+\.sql$/.test(name))
      .sort()
      .map((name) => ({ name })),
  getMigrationName: (migration: Migration) => migration.name,
  getMigration: async (migration: Migration) => ({
    up: async (db: knex.Knex) =>
      await db.raw(readFileSync(`${FOLDER}${migration.name}`, 'utf8').replaceAll('?', '\\?')),
    down: async () => {
      throw new Error('migrations go forward only; restore a backup instead');
    },
  }),
};

/** The knex settings of migrations, shared with knexfile.js. */
export const MIGRATIONS = { migrationSource: source, tableName: 'schema_migrations' } as const;

/**
 * Migrates the database at `url` to the newest schema, including that of jobs. Returns the names of
 * the migrations that ran.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  return [...(await migrateJobs(url)), ...(await migrateRooms(url))];
}

/** Migrates graphile-worker's schema, which has its own ledger and numbers. */
async function migrateJobs(url: string): Promise<readonly string[]> {
  const db = new Database(url, { max: 2 });
  try {
    const before = await findJobsRevision(db);
    await runMigrations({ pgPool: db.pool });
    const after = await findJobsRevision(db);
    return after === before ? [] : [`graphile_worker ${after}`];
  } finally {
    await db.close();
  }
}

async function migrateRooms(url: string): Promise<readonly string[]> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 2 } });
  try {
    const [, ran] = (await db.migrate.latest(MIGRATIONS)) as [number, string[]];
    return ran;
  } finally {
    await db.destroy();
  }
}
