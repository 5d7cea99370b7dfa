import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { migrate } from '../../src/store/migrate.ts';
import { freshDatabase } from '../support/database.ts';

const { url, db } = await freshDatabase();

/** knex's own command, as an operator types it. */
async function knex(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['node_modules/knex/bin/cli.js', command],
    { env: { ...process.env, DATABASE_URL: url, NODE_ENV: 'test' } },
  );
  return stdout;
}

test('knex knows what the server migrated', async () => {
  const count = readdirSync('migrations').filter((name) => name.endsWith('.sql')).length;
  const told = await knex('migrate:status');
  assert.match(told, new RegExp(`Found ${count} Completed Migration`));
  assert.match(told, /No Pending Migration/);
});

test('the server knows what knex migrated', async () => {
  await db.pool.query('drop schema public cascade');
  await db.pool.query('create schema public');
  assert.match(await knex('migrate:latest'), /Batch 1 run/);
  assert.deepEqual(await migrate(url), []);
});

test('knex rolls nothing back', async () => {
  await assert.rejects(knex('migrate:rollback'), /migrations go forward only/);
});
