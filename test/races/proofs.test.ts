import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, makeProofKey, type ProofKey, type Told, web } from '../support/apps.ts';
import { answer, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const AT_ONCE = 8;
const { issuer, bindery } = await startServer();
const { db } = bindery;
const app = web(issuer);

/** A key that gives the same proof each time. */
async function replaying(key: ProofKey, path: string): Promise<ProofKey> {
  const proof = await key.prove(`${issuer}${path}`);
  return { ...key, prove: async () => proof };
}

const atOnce = async (work: () => Promise<Told>): Promise<Told[]> =>
  await Promise.all(Array.from({ length: AT_ONCE }, work));

async function counted(): Promise<{ readonly requests: number; readonly told: number }> {
  const [row] = await db.query<{ requests: number; told: number }>(sql`
    select (select count(*) from binding_requests)::int as requests,
           (select count(*) from audit_log where action in ('binding-request.created', 'binding-request.redeemed'))::int as told`);
  assert.ok(row);
  return row;
}

test('one DPoP proof makes one request, and concurrent replays leave none', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = await replaying(await makeProofKey(), '/binding-requests');
    const before = await counted();
    const told = await atOnce(() => app.ask(details(), key));
    expect(told.map(({ status, body }) => `${status} ${body.error ?? 'ok'}`).sort()).toStrictEqual([
      '200 ok',
      ...Array.from({ length: AT_ONCE - 1 }, () => '400 invalid_dpop_proof'),
    ]);
    expect([`round ${round}`, await counted()]).toStrictEqual([
      `round ${round}`,
      { requests: before.requests + 1, told: before.told + 1 },
    ]);
  }
});

test('one DPoP proof redeems once, and concurrent replays change nothing', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = await makeProofKey();
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const offered = await offer(app, primary, { key });
    await answer(offered, sub);
    const before = await counted();
    const replay = await replaying(key, '/token');
    const told = await atOnce(() => app.redeem(offered.handle, replay));
    expect([`round ${round}`, told.filter(({ status }) => status === 200).length]).toStrictEqual([
      `round ${round}`,
      1,
    ]);
    for (const { status, body } of told.filter((each) => each.status !== 200)) {
      expect(`${status} ${body.error}`).toBe('400 invalid_dpop_proof');
      expect(body.binding_token).toBe(undefined);
    }
    expect([`round ${round}`, await counted()]).toStrictEqual([
      `round ${round}`,
      { ...before, told: before.told + 1 },
    ]);
  }
});
