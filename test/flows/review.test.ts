import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
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

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

/** A browser that four owners bound from. The pack sends the next one to a person. */
async function makeSharedBrowser(): Promise<HttpBrowser> {
  const shared = new HttpBrowser(issuer);
  for (let owners = 0; owners < 4; owners += 1) {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary, { browser: shared });
    await answer(offered, sub);
    const { status, body } = await app.redeem(offered.handle);
    expect([`owner ${owners}: ${JSON.stringify(body)}`, status]).toStrictEqual([
      `owner ${owners}: ${JSON.stringify(body)}`,
      200,
    ]);
  }
  return shared;
}

const shared = await makeSharedBrowser();

async function offerInReview(): Promise<Offer & { readonly people: readonly [string, string] }> {
  const people = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, people[0], { browser: shared });
  await answer(offered, people[1]);
  return { ...offered, people };
}

async function signInToDesk(reviewer: string): Promise<HttpBrowser> {
  const browser = new HttpBrowser(issuer);
  await signIn(browser, await browser.open('/account/sign-in?to=/review'), reviewer);
  return browser;
}

/** Decides the newest case by its form. */
async function decideCase(
  browser: HttpBrowser,
  decision: 'approve' | 'refuse',
  reason = 'looked at both devices',
): Promise<Answer> {
  const [{ id } = { id: '' }] = await bindery.db.query<{ id: string }>(sql`
    select id from review_cases where state = 'open' order by opened_at desc limit 1`);
  const page = await browser.open(`/review/${id}`);
  const csrf = page.form('decision', decision).filled({}).get('csrf') ?? '';
  return await browser.send(`/review/${id}`, { form: { csrf, reason, decision } });
}

describe('review by a person', () => {
  test('a device of too many owners is reviewed by a person, who accepts [R21, R22, R23]', async () => {
    const offered = await offerInReview();
    const first = await app.redeem(offered.handle);
    expect([first.status, first.body.error, first.body.interval]).toStrictEqual([
      400,
      'review_pending',
      10,
    ]);
    const due = new Date(String(first.body.review_due));
    // The time is in working days from now.
    expect(due.getTime()).toBeGreaterThan(Date.now() + 5 * 86_400_000);
    expect(due.toISOString()).toBe(first.body.review_due);
    expect((await app.redeem(offered.handle)).body.error).toBe('slow_down');
    await advance(managementUrl, 'PT15S');
    const intervals: unknown[] = [];
    for (let polls = 0; polls < 6; polls += 1) {
      const { body } = await app.redeem(offered.handle);
      expect(body.error).toBe('review_pending');
      intervals.push(body.interval);
      await advance(managementUrl, `PT${String(body.interval)}S`);
    }
    expect(intervals).toStrictEqual([30, 60, 120, 240, 300, 300]);

    const desk = await signInToDesk('reviewer-a');
    const decided = await decideCase(desk, 'approve');
    expect(decided.status).toBe(303);
    const { status } = await app.redeem(offered.handle);
    expect(status).toBe(200);
  });

  test('a reviewer’s refusal is access_denied with risk, and never says why [R23]', async () => {
    const offered = await offerInReview();
    await decideCase(await signInToDesk('reviewer-b'), 'refuse', 'the device is a farm of phones');
    const { status, body } = await app.redeem(offered.handle);
    expect([status, body.error, body.refusal]).toStrictEqual([400, 'access_denied', 'risk']);
    expect(JSON.stringify(body)).not.toMatch(/farm|device|shared/);
  });

  test('only a reviewer decides, once, and gives a reason [R23]', async () => {
    const offered = await offerInReview();
    const desk = await signInToDesk('reviewer-a');
    expect((await decideCase(desk, 'approve', ' ')).status).toBe(422);
    const outsider = await signInToDesk('zhaomin');
    expect((await outsider.go('/review')).status).toBe(403);
    const [{ id } = { id: '' }] = await bindery.db.query<{ id: string }>(
      sql`select id from review_cases where state = 'open'`,
    );
    expect((await outsider.go(`/review/${id}`)).status).toBe(403);
    // Without a session the answer leads to the sign-in.
    expect((await new HttpBrowser(issuer).send(`/review/${id}`)).status).toBe(303);
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
    expect(both.map(({ status }) => status).sort()).toStrictEqual([303, 409]);
    const accepted = both[0]?.status === 303;
    const { body } = await app.redeem(offered.handle);
    expect(accepted ? body.error : body.refusal).toBe(accepted ? undefined : 'risk');
  });

  test('a reviewer’s acceptance does not override a later denial of the policy [R23]', async () => {
    const offered = await offerInReview();
    await bindery.db.query(
      sql`update accounts set status = 'restricted' where login = ${offered.people[1]}`,
    );
    await decideCase(await signInToDesk('reviewer-a'), 'approve');
    expect((await app.redeem(offered.handle)).body.refusal).toBe('account_restricted');
  });

  test('a request that waits for a reviewer holds its slot [R2]', async () => {
    const [primary, ...subs] = (await makeFamily(bindery.db, 5)) as [string, ...string[]];
    for (const sub of subs.slice(0, 2)) await answer(await offer(app, primary), sub);
    const reviewed = await offer(app, primary, { browser: shared });
    await answer(reviewed, subs[2] as string);
    expect((await app.redeem(reviewed.handle)).body.error).toBe('review_pending');
    const late = await offer(app, primary);
    await answer(late, subs[3] as string);
    expect((await app.redeem(late.handle)).body.refusal).toBe('limit_reached');
    await decideCase(await signInToDesk('reviewer-a'), 'approve');
    await advance(managementUrl, 'PT60S');
    expect((await app.redeem(reviewed.handle)).status).toBe(200);
  });

  test('the app gets a code, status in_review and a handle when a person decides', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const started = await startInBrowser(app, shared, primary);
    const { result } = await answerHere(shared, started.waiting, sub);
    const { body } = await app.exchange(await shared.leave(result.link('continue')), started);
    const [detail] = body.authorization_details as [{ status: string; binding_request: string }];
    expect(detail.status).toBe('in_review');
    expect((await app.redeem(detail.binding_request)).body.error).toBe('review_pending');
    await decideCase(await signInToDesk('reviewer-b'), 'approve');
    await advance(managementUrl, 'PT10S');
    expect((await app.redeem(detail.binding_request)).status).toBe(200);
  });
});
