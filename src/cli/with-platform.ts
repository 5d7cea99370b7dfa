import type { Config } from '../config.ts';
import { makeLog } from '../log.ts';
import { type Platform, preparePlatform } from '../start.ts';
import { Database } from '../store/database.ts';

/**
 * Runs a command on the database of this installation. Starts the database if necessary, and then
 * stops it again.
 */
export async function withPlatform(
  config: Config,
  work: (db: Database, platform: Platform) => Promise<void>,
): Promise<void> {
  const platform = await preparePlatform(config, makeLog('warn'));
  const db = new Database(platform.databaseUrl, { max: 4 });
  try {
    await work(db, platform);
  } finally {
    await db.close();
    await platform.embedded?.stop();
  }
}
