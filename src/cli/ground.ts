import type { Config } from '../config.ts';
import { makeLog } from '../log.ts';
import { type Ground, prepareGround } from '../start.ts';
import { Database } from '../store/database.ts';

/** What a command does with the database of this installation, which is started for it if need be and left as it was. */
export async function withGround(config: Config, work: (db: Database, ground: Ground) => Promise<void>): Promise<void> {
  const ground = await prepareGround(config, makeLog('warn'));
  const db = new Database(ground.databaseUrl, { max: 4 });
  try {
    await work(db, ground);
  } finally {
    await db.close();
    await ground.embedded?.stop();
  }
}
