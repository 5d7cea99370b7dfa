import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import {
  answer,
  answerHere,
  makeFamily,
  type Offer,
  offer,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { type Answer, Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

/** A browser that four owners bound from: the pack has whoever comes next looked at by a person. */
async function makeSharedBrowser(): Promise<Surfer> {
  const shared = new Surfer(issuer);
  for (let owners = 0; owners < 4; owners += 1) {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary, { surfer: shared });
    await answer(offered, sub);
    const { status, body } = await app.redeem(offered.handle);
    assert.equal(status, 200, `owner ${owners}: ${JSON.stringify(body)}`);
  }
  return shared;
}

const shared = await makeSharedBrowser();

async function offerInReview(): Promise<Offer & { readonly people: readonly [string, string] }> {
  const people = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, people[0], { surfer: shared });
  await answer(offered, people[1]);
  return { ...offered, people };
}

async function signInToDesk(reviewer: string): Promise<Surfer> {
  const surfer = new Surfer(issuer);
  await signIn(surfer, await surfer.open('/account/sign-in?to=/review'), reviewer);
  return surfer;
}

/** The newest case on the desk, decided as a form would. */
async function decideCase(
  surfer: Surfer,
  decision: 'approve' | 'refuse',
  reason = 'looked at both devices',
): Promise<Answer> {
  const [{ id } = { id: '' }] = await bindery.db.query<{ id: string }>(sql`
    select id from review_cases where state = 'open' order by opened_at desc limit 1`);
  const page = await surfer.open(`/review/${id}`);
  const csrf = page.form('decision', decision).filled({}).get('csrf') ?? '';
  return await surfer.send(`/review/${id}`, { form: { csrf, reason, decision } });
}

describe('review by a person', () => {
  test('R10 R21 R22 R23 a device seen under too many owners is review_pending, at an interval that grows, and a reviewer accepts', async () => {
    const offered = await offerInReview();
    const first = await app.redeem(offered.handle);
    assert.deepEqual(
      [first.status, first.body.error, first.body.interval],
      [400, 'review_pending', 10],
    );
    const due = new Date(String(first.body.review_due));
    assert.ok(due.getTime() > Date.now() + 5 * 86_400_000, 'working days from now');
    assert.equal(due.toISOString(), first.body.review_due);
    assert.equal((await app.redeem(offered.handle)).body.error, 'slow_down');
    await advance(managementUrl, 'PT15S');
    const intervals: unknown[] = [];
    for (let polls = 0; polls < 6; polls += 1) {
      const { body } = await app.redeem(offered.handle);
      assert.equal(body.error, 'review_pending');
      intervals.push(body.interval);
      await advance(managementUrl, `PT${String(body.interval)}S`);
    }
    assert.deepEqual(intervals, [30, 60, 120, 240, 300, 300]);

    const desk = await signInToDesk('reviewer-a');
    const decided = await decideCase(desk, 'approve');
    assert.equal(decided.status, 303);
    const { status } = await app.redeem(offered.handle);
    assert.equal(status, 200);
  });

  test('R23 a reviewer’s refusal is access_denied with risk, and never says why', async () => {
    const offered = await offerInReview();
    await decideCase(await signInToDesk('reviewer-b'), 'refuse', 'the device is a farm of phones');
    const { status, body } = await app.redeem(offered.handle);
    assert.deepEqual([status, body.error, body.refusal], [400, 'access_denied', 'risk']);
    assert.doesNotMatch(JSON.stringify(body), /farm|device|shared/);
  });

  test('R23 a decision takes a reason, is taken once, and is for reviewers only', async () => {
    const offered = await offerInReview();
    const desk = await signInToDesk('reviewer-a');
    assert.equal((await decideCase(desk, 'approve', ' ')).status, 422);
    const outsider = await signInToDesk('zhaomin');
    assert.equal((await outsider.go('/review')).status, 403);
    const [{ id } = { id: '' }] = await bindery.db.query<{ id: string }>(
      sql`select id from review_cases where state = 'open'`,
    );
    assert.equal((await outsider.go(`/review/${id}`)).status, 403);
    assert.equal(
      (await new Surfer(issuer).send(`/review/${id}`)).status,
      303,
      'nobody signed in: to the sign-in',
    );
    const csrf =
      (await desk.open(`/review/${id}`)).form('decision', 'approve').filled({}).get('csrf') ?? '';
    const both = await Promise.all(
      ['approve', 'refuse'].map(
        async (decision) =>
          await desk.send(`/review/${id}`, {
            form: { csrf, reason: 'at the same time', decision },
          }),
      ),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), [303, 409]);
    const accepted = both[0]?.status === 303;
    const { body } = await app.redeem(offered.handle);
    assert.equal(accepted ? body.error : body.refusal, accepted ? undefined : 'risk');
  });

  test('R1 R23 an acceptance allows nothing that the policy denies by then', async () => {
    const offered = await offerInReview();
    await bindery.db.query(
      sql`update accounts set status = 'restricted' where login = ${offered.people[1]}`,
    );
    await decideCase(await signInToDesk('reviewer-a'), 'approve');
    assert.equal((await app.redeem(offered.handle)).body.refusal, 'account_restricted');
  });

  test('R2 what waits for a reviewer holds its slot', async () => {
    const [primary, ...subs] = (await makeFamily(bindery.db, 5)) as [string, ...string[]];
    for (const sub of subs.slice(0, 2)) await answer(await offer(app, primary), sub);
    const reviewed = await offer(app, primary, { surfer: shared });
    await answer(reviewed, subs[2] as string);
    assert.equal((await app.redeem(reviewed.handle)).body.error, 'review_pending');
    const late = await offer(app, primary);
    await answer(late, subs[3] as string);
    assert.equal((await app.redeem(late.handle)).body.refusal, 'limit_reached');
    await decideCase(await signInToDesk('reviewer-a'), 'approve');
    await advance(managementUrl, 'PT60S');
    assert.equal((await app.redeem(reviewed.handle)).status, 200);
  });

  test('gives the app a code, status in_review and a handle when a person decides', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const started = await startInBrowser(app, shared, primary);
    const { result } = await answerHere(shared, started.waiting, sub);
    const { body } = await app.exchange(await shared.leave(result.link('continue')), started);
    const [detail] = body.authorization_details as [{ status: string; binding_request: string }];
    assert.equal(detail.status, 'in_review');
    assert.equal((await app.redeem(detail.binding_request)).body.error, 'review_pending');
    await decideCase(await signInToDesk('reviewer-b'), 'approve');
    await advance(managementUrl, 'PT10S');
    assert.equal((await app.redeem(detail.binding_request)).status, 200);
  });
});
