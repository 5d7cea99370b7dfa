import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
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
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

describe('two tabs', () => {
  test('R6 two tabs with different subs: the page approved is the one bound', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const first = await arrive(surfer, offered.code, one);
    const second = await arrive(surfer, offered.code, two);
    assert.ok(first.text.includes(`@${one}`) && second.text.includes(`@${two}`));
    assert.equal((await pressNow(surfer, first)).status, 200);
    assert.deepEqual(await subsOf(bindery.db, primary), [one], 'not the one that signed in last');
    assert.equal((await pressNow(surfer, second)).status, 409);
    assert.deepEqual(await subsOf(bindery.db, primary), [one]);
  });

  test('one approval session open in two tabs, switched to another account in one: the stale page binds nothing', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const stale = await arrive(surfer, offered.code, one);
    const switched = await signIn(
      surfer,
      await surfer.open(
        `${stale.form('decision').action.pathname.replace('/decision', '')}?switch`,
      ),
      two,
    );
    assert.ok(switched.text.includes(`@${two}`));
    assert.equal((await pressNow(surfer, stale)).status, 409);
    assert.deepEqual(await subsOf(bindery.db, primary), []);
    assert.equal((await pressNow(surfer, switched)).status, 200);
    assert.deepEqual(await subsOf(bindery.db, primary), [two]);
  });

  for (const [how, goesOn] of [
    ['began to sign in to the same app', async () => {}],
    ['signed in to the same app to the end', signInToTheEnd],
  ] as const) {
    test(`a consent page left open while another account ${how} speaks for the account it names, or for nobody`, async () => {
      const [one, two, sub] = (await family(3)) as [string, string, string];
      const surfer = new Surfer(issuer);
      const started = await app.start(details());
      const stale = await signIn(surfer, await surfer.open(started.url), one);
      assert.ok(stale.text.includes(`@${one}`));
      await goesOn(
        surfer,
        await signIn(
          surfer,
          await surfer.open((await app.start(undefined, { prompt: 'login' })).url),
          two,
        ),
      );
      const late = await pressNow(surfer, stale);
      if (!late.page.has('user-code')) return assert.deepEqual(await startedBy([one, two]), []);
      assert.deepEqual(await startedBy([one, two]), [one]);
      const { result } = await answerHere(surfer, late.page, sub);
      const end = await surfer.go(result.link('continue'));
      assert.deepEqual([await subsOf(bindery.db, one), await subsOf(bindery.db, two)], [[sub], []]);
      if (!end.location?.searchParams.has('code')) return;
      const { body } = await app.exchange(end.location, started);
      const [detail] = body.authorization_details as [{ binding_request: string }];
      const token = decodeJwt<{ may_act: { sub: string } }>(
        text((await app.redeem(detail.binding_request)).body, 'binding_token'),
      );
      assert.equal(
        decodeJwt(text(body, 'id_token')).sub,
        token.may_act.sub,
        'the app is told of one and the same person',
      );
    });
  }

  /** Where a browser changes accounts oidc-provider ends the old session first, by a page that sends itself or has one button. */
  async function signInToTheEnd(surfer: Surfer, page: Page): Promise<void> {
    const [ending] = page.formsEnding('/session/end/confirm');
    assert.ok(ending, page.title);
    const { location } = await pressNow(surfer, await surfer.press(ending.form));
    assert.ok(location?.searchParams.get('code'), location?.search);
  }

  async function startedBy(logins: readonly string[]): Promise<string[]> {
    const rows = await bindery.db.query<{ login: string }>(sql`
      select a.login from binding_requests r join accounts a on a.id = r.initiator_id where a.login = any(${logins})`);
    return rows.map(({ login }) => login);
  }
});

describe('an approval session is its browser’s', () => {
  test('another browser can neither see nor use its address, signed in or not', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const thief = new Surfer(issuer);
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const account = approval.form('decision').filled({}).get('account') ?? '';
    for (const owner of [offered.waiting, approval]) {
      const approvalSession = owner.form('decision').action.pathname.replace('/decision', '');
      const seen = await thief.go(approvalSession);
      assert.equal(seen.status, 404);
      assert.ok(!seen.html.includes(primary) && !seen.html.includes(sub), 'and it names nobody');
      assert.equal((await thief.go(`${approvalSession}/status`)).status, 404);
      for (const [step, form] of [
        ['decision', { csrf, account, decision: 'approve' }],
        ['code', { csrf }],
        ['login', { csrf, login: sub, password: 'Bindery-demo-2026' }],
      ] as const) {
        assert.equal((await thief.send(`${approvalSession}/${step}`, { form })).status, 404, step);
      }
    }
    assert.equal((await pressNow(surfer, approval)).status, 200, 'and its own browser goes on');
  });

  test('an interaction’s address opens nothing in another browser', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const page = await surfer.open((await app.start(details())).url);
    const thief = new Surfer(issuer);
    assert.equal((await thief.go(page.url)).status, 410);
    const login = page.form('login');
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const answered = await thief.send(login.action, {
      form: { csrf, login: primary, password: 'Bindery-demo-2026' },
    });
    assert.equal(answered.status, 410);
  });

  test('the initiator’s continue leads nobody else to the app', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    await answer({ app, code: started.code }, sub);
    assert.equal((await new Surfer(issuer).go(started.waiting.link('continue'))).status, 410);
    assert.ok((await surfer.leave(started.waiting.link('continue'))).searchParams.get('code'));
  });
});
