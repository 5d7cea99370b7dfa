import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDatabase, startEmbedded } from '../src/store/embedded.ts';

export interface Postgres {
  readonly version: string;
  readonly postmaster: number;
  readonly folder: string;
  /** A separate database for one server. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

const TMPFS = 0x01021994;

/**
 * A new, durable PostgreSQL: on a real disk, with fsync. Without that, the figures would be too
 * good.
 */
export async function startPostgres(): Promise<Postgres> {
  const parent = statfsSync(tmpdir()).type === TMPFS ? '/var/tmp' : tmpdir();
  const folder = mkdtempSync(join(parent, 'bindery-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to enter.
  chmodSync(folder, 0o711);
  const embedded = await startEmbedded(join(folder, 'data'));
  const stop = async (): Promise<void> => {
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const at = (name: string) => embedded.url.replace('/bindery?', `/${name}?`);
  try {
    const version = await checkDurability(at('postgres'));
    const postmaster = Number.parseInt(
      readFileSync(join(embedded.directory, 'postmaster.pid'), 'utf8'),
      10,
    );
    const database = async (name: string): Promise<string> => {
      await createDatabase(at('postgres'), name);
      return at(name);
    };
    return { version, postmaster, folder, database, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function checkDurability(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const show = async (name: string) => String((await client.query(`show ${name}`)).rows[0][name]);
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      if ((await show(setting)) !== 'on')
        throw new Error(
          `PostgreSQL runs with ${setting} off: it is not durable, so it is not measured`,
        );
    }
    return (await show('server_version')).split(' ')[0] ?? '';
  } finally {
    await client.end();
  }
}
