import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { type Body, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, makeFamily, offer, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** A browser that four owners bound from. The pack sends the next one to a person. */
const shared = new HttpBrowser(issuer);
for (let owners = 0; owners < 4; owners += 1) {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, primary, { browser: shared });
  await answer(offered, sub);
  expect((await app.redeem(offered.handle)).status).toBe(200);
}

async function denied(handle: string): Promise<Body> {
  const { status, body } = await app.redeem(handle);
  expect([status, body.error]).toStrictEqual([400, 'access_denied']);
  return body;
}

async function signedIn(
  login: string,
  path: string,
): Promise<{ browser: HttpBrowser; status: number; html: string }> {
  const browser = new HttpBrowser(issuer);
  await signIn(browser, await browser.open(`/account/sign-in?to=/account`), login);
  const { status, html } = await browser.go(path);
  return { browser, status, html };
}

/** Opens the newest open case as a reviewer, and decides it by its form. */
async function decideAs(reviewer: string, decision: 'approve' | 'refuse'): Promise<number> {
  const browser = new HttpBrowser(issuer);
  await signIn(browser, await browser.open('/account/sign-in?to=/review'), reviewer);
  const [{ id } = { id: '' }] = await bindery.db.query<{ id: string }>(sql`
    select id from review_cases where state = 'open' and subject_kind = 'binding_request' order by opened_at desc limit 1`);
  const opened = await browser.go(`/review/${id}`);
  if (opened.status !== 200) return opened.status;
  const form = opened.page.form('decision', decision);
  return (
    await browser.send(form.action, {
      form: form.filled({ decision, reason: 'looked at both devices' }),
    })
  ).status;
}

describe('an appeal over HTTP', () => {
  test('an owner appeals, another reviewer accepts, and the next attempt binds [R23]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary, { browser: shared });
    await answer(offered, sub);
    expect(await decideAs('reviewer-a', 'refuse')).toBe(303);
    const uri = new URL(text(await denied(offered.handle), 'appeal_uri'));
    expect(uri.pathname).toMatch(/^\/account\/refusals\/brq_[\w-]{22}$/);

    const { browser, status } = await signedIn(sub, uri.pathname);
    expect(status).toBe(200);
    const page = await browser.open(uri.pathname);
    const form = page.form('text');
    const appealed = await browser.send(form.action, {
      form: form.filled({ text: '这是我们公司前台的平板，大家都用它' }),
    });
    expect(appealed.status).toBe(303);

    // The reviewer who refused the case does not see the appeal.
    expect(await decideAs('reviewer-a', 'approve')).toBe(403);
    expect(await decideAs('reviewer-b', 'approve')).toBe(303);
    await denied(offered.handle); // the app gets the same answer as before

    const again = await offer(app, primary, { browser: shared });
    await answer(again, sub);
    expect((await app.redeem(again.handle)).status).toBe(200);
  });

  test('the page of a refusal is not found for anyone but the two sides [R23]', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    await answer(offered, 'zhaomin');
    const { pathname } = new URL(text(await denied(offered.handle), 'appeal_uri'));
    // Without a session the answer leads to the sign-in.
    expect((await new HttpBrowser(issuer).go(pathname)).page.hasForm('login')).toBe(true);
    const stranger = await signedIn('chenwei', pathname);
    const nothing = await signedIn('chenwei', '/account/refusals/brq_AAAAAAAAAAAAAAAAAAAAAA');
    expect(stranger.status).toBe(404);
    expect(stranger.status).toBe(nothing.status);
    expect(stranger.html).not.toMatch(/zhaomin|different|不是同一/);
  });

  test('the page of a refusal leads to the appeal, unless an owner said no [R23]', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const refused = await answer(await offer(app, primary), 'zhaomin');
    expect(refused.links(/^\/account\/refusals\/brq_/).length).toBe(1);
    const declined = await answer(await offer(app, primary), 'zhaomin', 'refuse');
    expect(declined.links(/^\/account\/refusals/).length).toBe(0);
  });
});
