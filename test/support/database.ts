import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import pg from 'pg';
import { Database } from '../../src/store/database.ts';
import { createDatabase, startEmbedded } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';

const TEMPLATE = 'bindery_template';

export interface TestServer {
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** One PostgreSQL for a test run, with a migrated template database that every test file clones. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bindery-test-'));
  await chmod(folder, 0o711); // the database user passes through, so that the data stay in here and go with it
  const server = await startEmbedded(join(folder, 'data'));
  const adminUrl = server.url.replace('/bindery?', '/postgres?');
  await createDatabase(adminUrl, TEMPLATE);
  await migrate(databaseUrl(adminUrl, TEMPLATE));
  return {
    adminUrl,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let own: Promise<TestServer> | undefined;

/** The server of `npm test`, or, when one file is run by itself, a server of its own. */
async function adminUrl(): Promise<string> {
  if (process.env.BINDERY_TEST_POSTGRES) return process.env.BINDERY_TEST_POSTGRES;
  own ??= startTestServer();
  return (await own).adminUrl;
}

/** Hooks run in the order they were given, so this one is given after the one that drops the first database. */
function stopOwnServerLast(): void {
  const server = own;
  if (!server || stopping.has(server)) return;
  stopping.add(server);
  after(async () => {
    own = undefined;
    await (await server).stop();
  });
}
const stopping = new WeakSet<Promise<TestServer>>();

function databaseUrl(admin: string, name: string): string {
  const url = new URL(admin.replace('postgresql://', 'http://'));
  url.pathname = `/${name}`;
  return url.href.replace('http://', 'postgresql://');
}

export interface FreshDatabase {
  readonly db: Database;
  readonly url: string;
  drop(): Promise<void>;
}

let made = 0;

/**
 * A migrated, empty database of the caller's own. It is dropped when the file's tests end; a connection that a test left
 * open then fails the file, because a leak in tests is a leak in the server.
 */
export async function freshDatabase(
  options: { readonly max?: number } = {},
): Promise<FreshDatabase> {
  const admin = await adminUrl();
  const name = `t_${process.pid}_${made++}`;
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
        if (tries === 40)
          throw new Error(`${rows[0].open} connection(s) to ${name} were left open`);
        await new Promise((done) => setTimeout(done, 25));
      }
      await client.query(`drop database ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  };
  after(async () => {
    await drop();
  });
  stopOwnServerLast();
  return { db, url, drop };
}
