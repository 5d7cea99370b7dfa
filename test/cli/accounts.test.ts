import { expect, test } from '@jest/globals';
import { findFactors } from '../../src/accounts/factors.store.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { sql } from '../../src/store/sql.ts';
import { giveApp, givePasskey, makeDeps, makePerson } from '../fixtures/accounts.ts';
import { appCode } from '../support/app-codes.ts';
import { freshDatabase } from '../support/database.ts';
import { operatorOf } from '../support/operator.ts';

const { db, url } = await freshDatabase();

const operate = operatorOf(url);
const accounts = async (...args: readonly string[]) => await operate('accounts', ...args);

test('an operator resets all factors of one account, and it is audited', async () => {
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
  expect([reset.said, reset.ok]).toStrictEqual([reset.said, true]);
  expect(reset.said).toMatch(/Removed 2 second factors of .*, who was told so/);
  expect(await findFactors(db, person.id)).toStrictEqual([]);
  expect((await findFactors(db, neighbour.id)).length).toBe(1);
  expect((await findNotices(db, person.id))[0]?.what).toBe('factor.reset');
  const [row] = await db.query<{
    actor: string;
    detail: { reason: string; factors: unknown[] };
  }>(sql`
    select actor, detail from audit_log where action = 'factor.reset' and subject = ${person.id}`);
  expect([row?.actor, row?.detail.reason, row?.detail.factors.length]).toStrictEqual([
    'system',
    'stolen',
    2,
  ]);
  expect((await accounts('reset-factors', person.login)).said).toMatch(
    /has neither passkey nor authenticator app/,
  );
});

test('a wrong account or reason gives a readable error', async () => {
  const unknown = await accounts('reset-factors', 'nobody-here');
  expect([unknown.ok, /There is no account nobody-here/.test(unknown.said)]).toStrictEqual([
    false,
    true,
  ]);
  const because = await accounts('reset-factors', 'nobody-here', '--because', 'mood');
  expect([because.ok, /Allowed choices are lost, stolen, other/.test(because.said)]).toStrictEqual([
    false,
    true,
  ]);
});
