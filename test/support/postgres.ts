import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startEmbedded } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';
import { databaseUrl, TEMPLATE } from './database-url.ts';

/**
 * The PostgreSQL of a test run, in a process of its own. It says its address on the first line of
 * stdout, and lives as long as stdin is open. A run that is killed, with -9 too, closes that pipe:
 * so no PostgreSQL is left behind.
 */
const folder = await mkdtemp(join(tmpdir(), 'bindery-test-'));
// the database user may pass, so that its data are in this folder and are deleted with it
await chmod(folder, 0o711);
const server = await startEmbedded(join(folder, 'data'));
try {
  const adminUrl = server.url.replace('/bindery?', '/postgres?');
  await createDatabase(adminUrl, TEMPLATE);
  await migrate(databaseUrl(adminUrl, TEMPLATE));
  process.stdout.write(`${adminUrl}\n`);
  for await (const _ of process.stdin);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
