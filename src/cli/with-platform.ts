import type { Config } from '../config.ts';
import { makeLog } from '../log.ts';
import { type Platform, preparePlatform } from '../start.ts';
import { Database } from '../store/database.ts';

/**
 * What a command does with the database of this installation, which is started for it if need be
 * and left as it was.
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
