import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Database } from '../../src/store/database.ts';
import { createDatabase } from '../../src/store/embedded.ts';
import { atEnd } from './cleanup.ts';
import { databaseUrl, TEMPLATE } from './database-url.ts';

export interface FreshDatabase {
  readonly db: Database;
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * A migrated, empty database of the caller's own. It is dropped when the file's tests end; a
 * connection that a test left open then fails the file, because a leak in tests is a leak in the
 * server.
 */
export async function freshDatabase(
  options: { readonly max?: number } = {},
): Promise<FreshDatabase> {
  const admin = process.env.BINDERY_TEST_POSTGRES ?? '';
  const name = `t_${randomBytes(6).toString('hex')}`;
  await createDatabase(admin, name, TEMPLATE);
  const url = databaseUrl(admin, name);
  const db = new Database(url, options);
  let dropped = false;
  const drop = async (): Promise<void> => {
    if (dropped) return;
    dropped = true;
    await db.close();
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    try {
      // PostgreSQL notices a closed socket a moment after the client did.
      for (let tries = 0; ; tries += 1) {
        const { rows } = await client.query(
          'select count(*)::int as open from pg_stat_activity where datname = $1',
          [name],
        );
        if (rows[0].open === 0) break;
        if (tries === 400)
          throw new Error(`${rows[0].open} connection(s) to ${name} were left open`);
        await new Promise((done) => setTimeout(done, 25));
      }
      await client.query(`drop database ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  };
  atEnd(drop);
  return { db, url, drop };
}
