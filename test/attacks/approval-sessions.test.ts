import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answer,
  answerHere,
  arrive,
  makeFamily,
  offer,
  pressNow,
  signIn,
  startInBrowser,
  subsOf,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

describe('one browser with two tabs', () => {
  test('with two tabs for two subs, the approved page decides which sub is bound', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const first = await arrive(browser, offered.code, one);
    const second = await arrive(browser, offered.code, two);
    expect(first.text).toContain(`@${one}`);
    expect(second.text).toContain(`@${two}`);
    expect((await pressNow(browser, first)).status).toBe(200);
    // The sub that signed in last is not bound.
    expect(await subsOf(bindery.db, primary)).toStrictEqual([one]);
    expect((await pressNow(browser, second)).status).toBe(409);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([one]);
  });

  test('a page that shows the account from before a switch binds nothing', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const stale = await arrive(browser, offered.code, one);
    const switched = await signIn(
      browser,
      await browser.open(
        `${stale.form('decision').action.pathname.replace('/decision', '')}?switch`,
      ),
      two,
    );
    expect(switched.text).toContain(`@${two}`);
    expect((await pressNow(browser, stale)).status).toBe(409);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([]);
    expect((await pressNow(browser, switched)).status).toBe(200);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([two]);
  });

  for (const [how, goesOn] of [
    ['began to sign in', async () => {}],
    ['signed in', signInToTheEnd],
  ] as const) {
    test(`a stale consent page never acts for another account that ${how}`, async () => {
      const [one, two, sub] = (await family(3)) as [string, string, string];
      const browser = new HttpBrowser(issuer);
      const started = await app.start(details());
      const stale = await signIn(browser, await browser.open(started.url), one);
      expect(stale.text).toContain(`@${one}`);
      await goesOn(
        browser,
        await signIn(
          browser,
          await browser.open((await app.start(undefined, { prompt: 'login' })).url),
          two,
        ),
      );
      const late = await pressNow(browser, stale);
      if (!late.page.has('user-code')) return expect(await startedBy([one, two])).toStrictEqual([]);
      expect(await startedBy([one, two])).toStrictEqual([one]);
      const { result } = await answerHere(browser, late.page, sub);
      const end = await browser.go(result.link('continue'));
      expect([await subsOf(bindery.db, one), await subsOf(bindery.db, two)]).toStrictEqual([
        [sub],
        [],
      ]);
      if (!end.location?.searchParams.has('code')) return;
      const { body } = await app.exchange(end.location, started);
      const [detail] = body.authorization_details as [{ binding_request: string }];
      const token = decodeJwt<{ may_act: { sub: string } }>(
        text((await app.redeem(detail.binding_request)).body, 'binding_token'),
      );
      // The ID token and the binding token name the same person.
      expect(decodeJwt(text(body, 'id_token')).sub).toBe(token.may_act.sub);
    });
  }

  /** oidc-provider ends the old session first: its page submits itself, or has one button. */
  async function signInToTheEnd(browser: HttpBrowser, page: Page): Promise<void> {
    const [ending] = page.formsEnding('/session/end/confirm');
    assert.ok(ending, page.title);
    const { location } = await pressNow(browser, await browser.press(ending.form));
    expect([location?.search, Boolean(location?.searchParams.get('code'))]).toStrictEqual([
      location?.search,
      true,
    ]);
  }

  async function startedBy(logins: readonly string[]): Promise<string[]> {
    const rows = await bindery.db.query<{ login: string }>(sql`
      select a.login from binding_requests r join accounts a on a.id = r.initiator_id where a.login = any(${logins})`);
    return rows.map(({ login }) => login);
  }
});

describe('an approval session belongs to one browser', () => {
  test('another browser can neither see nor use an approval session', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    const thief = new HttpBrowser(issuer);
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const account = approval.form('decision').filled({}).get('account') ?? '';
    for (const owner of [offered.waiting, approval]) {
      const approvalSession = owner.form('decision').action.pathname.replace('/decision', '');
      const seen = await thief.go(approvalSession);
      expect(seen.status).toBe(404);
      // The answer names nobody.
      expect(seen.html).not.toContain(primary);
      expect(seen.html).not.toContain(sub);
      expect((await thief.go(`${approvalSession}/status`)).status).toBe(404);
      for (const [step, form] of [
        ['decision', { csrf, account, decision: 'approve' }],
        ['code', { csrf }],
        ['login', { csrf, login: sub, password: 'Bindery-demo-2026' }],
      ] as const) {
        expect([
          step,
          (await thief.send(`${approvalSession}/${step}`, { form })).status,
        ]).toStrictEqual([step, 404]);
      }
    }
    // The approval session still works in its own browser.
    expect((await pressNow(browser, approval)).status).toBe(200);
  });

  test('an interaction URL opens nothing in another browser', async () => {
    const [primary] = (await family(1)) as [string];
    const browser = new HttpBrowser(issuer);
    const page = await browser.open((await app.start(details())).url);
    const thief = new HttpBrowser(issuer);
    expect((await thief.go(page.url)).status).toBe(410);
    const login = page.form('login');
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const answered = await thief.send(login.action, {
      form: { csrf, login: primary, password: 'Bindery-demo-2026' },
    });
    expect(answered.status).toBe(410);
  });

  test('the continue link of an initiator works in no other browser', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    await answer({ app, code: started.code }, sub);
    expect((await new HttpBrowser(issuer).go(started.waiting.link('continue'))).status).toBe(410);
    expect(
      (await browser.leave(started.waiting.link('continue'))).searchParams.get('code'),
    ).toBeTruthy();
  });
});
