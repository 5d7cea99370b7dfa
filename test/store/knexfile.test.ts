import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
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
  expect(told).toMatch(new RegExp(`Found ${count} Completed Migration`));
  expect(told).toMatch(/No Pending Migration/);
});

test('the server knows what knex migrated', async () => {
  await db.pool.query('drop schema public cascade');
  await db.pool.query('create schema public');
  expect(await knex('migrate:latest')).toMatch(/Batch 1 run/);
  expect(await migrate(url)).toStrictEqual([]);
});

test('knex rolls nothing back', async () => {
  await expect(knex('migrate:rollback')).rejects.toThrow(/migrations go forward only/);
});
