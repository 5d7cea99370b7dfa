import { readConfig } from './src/config.ts';
import { databaseUrlOf } from './src/store/embedded.ts';
import { MIGRATIONS } from './src/store/migrate.ts';

/**
 * For knex's own commands: `npx knex migrate:status`, `migrate:list`, `migrate:latest`. They work on the ledger that
 * `npm start` and `npm run cli -- migrate` keep. Migrations go forward only, so `migrate:rollback` refuses.
 * Without DATABASE_URL this is the embedded PostgreSQL of DATA_DIR, which runs while Bindery does.
 */
const { databaseUrl, dataDir } = readConfig(process.env);

export default {
  client: 'pg',
  connection: databaseUrl ?? databaseUrlOf(dataDir),
  pool: { min: 0, max: 2 },
  migrations: MIGRATIONS,
};
