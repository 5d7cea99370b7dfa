import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findFactors } from '../../src/accounts/factors.store.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { sql } from '../../src/store/sql.ts';
import { giveApp, givePasskey, makeDeps, makePerson } from '../accounts/stand.ts';
import { appCode } from '../support/app-codes.ts';
import { freshDatabase } from '../support/database.ts';

const { db, url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-accounts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What an operator's command says, and whether it did it. */
async function accounts(
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly said: string }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'accounts', ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, said: `${stdout}${stderr}` });
      },
    );
  });
}

test('an operator resets the factors of who lost them all; nobody else’s, and not without a trace', async () => {
  const deps = makeDeps(db);
  const [person, neighbour] = [await makePerson(db), await makePerson(db)];
  const { secret } = await giveApp(deps, person);
  await db.query(sql`update second_factors set last_step = 0`);
  await givePasskey(deps, person, { proof: { code: appCode(secret) } });
  await giveApp(deps, neighbour);
  const reset = await accounts(
    'reset-factors',
    ` ${person.login.toUpperCase()} `,
    '--because',
    'stolen',
  );
  assert.ok(reset.ok, reset.said);
  assert.match(reset.said, /Removed 2 second factors of .*, who was told so/);
  assert.deepEqual(await findFactors(db, person.id), []);
  assert.equal((await findFactors(db, neighbour.id)).length, 1);
  assert.equal((await findNotices(db, person.id))[0]?.what, 'factor.reset');
  const [row] = await db.query<{
    actor: string;
    detail: { reason: string; factors: unknown[] };
  }>(sql`
    select actor, detail from audit_log where action = 'factor.reset' and subject = ${person.id}`);
  assert.deepEqual(
    [row?.actor, row?.detail.reason, row?.detail.factors.length],
    ['system', 'stolen', 2],
  );
  assert.match(
    (await accounts('reset-factors', person.login)).said,
    /has neither passkey nor authenticator app/,
  );
});

test('and is told in words what cannot be', async () => {
  const unknown = await accounts('reset-factors', 'nobody-here');
  assert.deepEqual(
    [unknown.ok, /There is no account nobody-here/.test(unknown.said)],
    [false, true],
  );
  const because = await accounts('reset-factors', 'nobody-here', '--because', 'mood');
  assert.deepEqual(
    [because.ok, /Allowed choices are lost, stolen, other/.test(because.said)],
    [false, true],
  );
});
