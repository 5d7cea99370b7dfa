import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { answer, answerHere, arrive, decide, makeFamily, offer, signIn, startInBrowser } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { type Answer, Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

/** Presses a page's button, whatever has happened since the page was opened. */
async function press(surfer: Surfer, page: Page, decision: 'approve' | 'refuse' = 'approve'): Promise<Answer> {
  const form = page.form('decision', decision);
  return await surfer.go(form.action, { form: form.filled({ decision }) });
}

async function subsOf(primary: string): Promise<string[]> {
  const rows = await bindery.db.query<{ login: string }>(sql`
    select s.login from bindings b join accounts p on p.id = b.primary_id join accounts s on s.id = b.sub_id
     where p.login = ${primary} and b.state = 'active' order by 1`);
  return rows.map(({ login }) => login);
}

describe('two tabs', () => {
  test('R6 two tabs with different subs: the page approved is the one bound', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const first = await arrive(surfer, offered.code, one);
    const second = await arrive(surfer, offered.code, two);
    assert.ok(first.text.includes(`@${one}`) && second.text.includes(`@${two}`));
    assert.equal((await press(surfer, first)).status, 200);
    assert.deepEqual(await subsOf(primary), [one], 'not the one that signed in last');
    assert.equal((await press(surfer, second)).status, 409);
    assert.deepEqual(await subsOf(primary), [one]);
  });

  test('one sitting open in two tabs, switched to another account in one: the stale page binds nothing', async () => {
    const [primary, one, two] = (await family(3)) as [string, string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const stale = await arrive(surfer, offered.code, one);
    const switched = await signIn(
      surfer,
      await surfer.open(`${stale.form('decision').action.pathname.replace('/decision', '')}?switch`),
      two,
    );
    assert.ok(switched.text.includes(`@${two}`));
    assert.equal((await press(surfer, stale)).status, 409);
    assert.deepEqual(await subsOf(primary), []);
    assert.equal((await press(surfer, switched)).status, 200);
    assert.deepEqual(await subsOf(primary), [two]);
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
      await goesOn(surfer, await signIn(surfer, await surfer.open((await app.start(undefined, { prompt: 'login' })).url), two));
      const late = await press(surfer, stale);
      if (!late.page.has('user-code')) return assert.deepEqual(await startedBy([one, two]), []);
      assert.deepEqual(await startedBy([one, two]), [one]);
      const { result } = await answerHere(surfer, late.page, sub);
      const end = await surfer.go(result.link('continue'));
      assert.deepEqual([await subsOf(one), await subsOf(two)], [[sub], []]);
      if (!end.location?.searchParams.has('code')) return;
      const { body } = await app.exchange(end.location, started);
      const [detail] = body.authorization_details as [{ binding_request: string }];
      const token = decodeJwt<{ may_act: { sub: string } }>(text((await app.redeem(detail.binding_request)).body, 'binding_token'));
      assert.equal(decodeJwt(text(body, 'id_token')).sub, token.may_act.sub, 'the app is told of one and the same person');
    });
  }

  /** Where a browser changes accounts oidc-provider ends the old session first, by a page that sends itself or has one button. */
  async function signInToTheEnd(surfer: Surfer, page: Page): Promise<void> {
    const [ending] = page.formsEnding('/session/end/confirm');
    assert.ok(ending, page.title);
    const { location } = await press(surfer, await surfer.press(ending.form));
    assert.ok(location?.searchParams.get('code'), location?.search);
  }

  async function startedBy(logins: readonly string[]): Promise<string[]> {
    const rows = await bindery.db.query<{ login: string }>(sql`
      select a.login from binding_requests r join accounts a on a.id = r.starter_id where a.login = any(${logins})`);
    return rows.map(({ login }) => login);
  }
});

describe('a sitting is its browser’s', () => {
  test('another browser can neither see nor use its address, signed in or not', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const thief = new Surfer(issuer);
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const account = approval.form('decision').filled({}).get('account') ?? '';
    for (const owner of [offered.waiting, approval]) {
      const sitting = owner.form('decision').action.pathname.replace('/decision', '');
      const seen = await thief.go(sitting);
      assert.equal(seen.status, 404);
      assert.ok(!seen.html.includes(primary) && !seen.html.includes(sub), 'and it names nobody');
      assert.equal((await thief.go(`${sitting}/status`)).status, 404);
      for (const [step, form] of [
        ['decision', { csrf, account, decision: 'approve' }],
        ['code', { csrf }],
        ['login', { csrf, login: sub, password: 'Bindery-demo-2026' }],
      ] as const) {
        assert.equal((await thief.send(`${sitting}/${step}`, { form })).status, 404, step);
      }
    }
    assert.equal((await press(surfer, approval)).status, 200, 'and its own browser goes on');
  });

  test('an interaction’s address opens nothing in another browser', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const page = await surfer.open((await app.start(details())).url);
    const thief = new Surfer(issuer);
    assert.equal((await thief.go(page.url)).status, 410);
    const login = page.form('login');
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const answered = await thief.send(login.action, { form: { csrf, login: primary, password: 'Bindery-demo-2026' } });
    assert.equal(answered.status, 410);
  });

  test('the starter’s continue leads nobody else to the app', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    await answer({ app, code: started.code }, sub);
    assert.equal((await new Surfer(issuer).go(started.waiting.link('continue'))).status, 410);
    assert.ok((await surfer.leave(started.waiting.link('continue'))).searchParams.get('code'));
  });
});

describe('what has grown old', () => {
  test('R7 a sitting opened with an older code is over when the code is renewed', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const [renew] = offered.waiting.formsEnding('/code');
    const fresh = await offered.surfer.press((renew as NonNullable<typeof renew>).form);
    assert.equal((await press(surfer, approval)).status, 409);
    assert.equal((await app.redeem(offered.handle)).body.error, 'authorization_pending');
    await decide(surfer, await arrive(surfer, fresh.textOfId('user-code'), sub));
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });

  test('a sign-in older than 300 s approves nothing: the page asks for the password again, and then goes on', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT301S');
    const refused = await press(surfer, approval);
    assert.equal(refused.status, 403);
    assert.deepEqual(await subsOf(primary), []);
    const again = await signIn(surfer, refused.page, sub);
    assert.equal((await press(surfer, again)).status, 200);
    assert.deepEqual(await subsOf(primary), [sub]);
  });

  test('nor does a starter’s, in either way', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const startUri = text((await app.ask()).body, 'start_uri');
    const consent = await signIn(surfer, await surfer.open(startUri), primary);
    await advance(managementUrl, 'PT301S');
    const refused = await press(surfer, consent);
    assert.equal(refused.status, 403);
    assert.ok(refused.page.hasForm('login'));
    assert.ok((await decide(surfer, await signIn(surfer, refused.page, primary))).has('user-code'));
  });

  test('R7 an approval page that stayed open longer than the code lives binds nothing', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT15M1S');
    assert.notEqual((await press(surfer, approval)).status, 200);
    assert.deepEqual(await subsOf(primary), []);
    assert.ok(!(await offered.surfer.open(offered.waiting.url)).has('user-code'), 'and the code is shown no more');
  });

  test('R7 in one browser a code that ran out is replaced without going back to the app', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    await advance(managementUrl, 'PT15M1S');
    const again = await surfer.open(started.waiting.link('continue'));
    const consent = again.hasForm('login') ? await signIn(surfer, again, primary) : again;
    const waiting = await decide(surfer, consent);
    assert.notEqual(waiting.textOfId('user-code').replaceAll(' ', ''), started.code);
    const { result } = await answerHere(surfer, waiting, sub);
    assert.ok((await surfer.leave(result.link('continue'))).searchParams.get('code'));
  });
});

describe('two answers at once, over HTTP', () => {
  const ROUNDS = 8;

  test(`R7 two people approve with one code at once: one is bound (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, one, two] = (await family(3)) as [string, string, string];
      const offered = await offer(app, primary);
      const ready = await Promise.all(
        [one, two].map(async (sub) => {
          const surfer = new Surfer(issuer);
          return { surfer, page: await arrive(surfer, offered.code, sub) };
        }),
      );
      const ends = await Promise.all(ready.map(async ({ surfer, page }) => await press(surfer, page)));
      assert.deepEqual(ends.map(({ status }) => status).sort(), [200, 409]);
      assert.equal((await subsOf(primary)).length, 1);
    }
  });

  test(`an approval and a refusal sent at once by one page: one of them counts, and the app hears which (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, sub] = (await family(2)) as [string, string];
      const offered = await offer(app, primary);
      const surfer = new Surfer(issuer);
      const page = await arrive(surfer, offered.code, sub);
      const ends = await Promise.all([press(surfer, page, 'approve'), press(surfer, page, 'refuse')]);
      assert.deepEqual(ends.map(({ status }) => status).sort(), [200, 409]);
      const { status, body } = await app.redeem(offered.handle);
      if (ends[0].status === 200) assert.equal(status, 200);
      else assert.equal(body.refusal, 'refused_by_owner');
      assert.equal((await subsOf(primary)).length, ends[0].status === 200 ? 1 : 0);
    }
  });

  test(`the starter withdraws while the other side approves: bound or not, never half (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, sub] = (await family(2)) as [string, string];
      const offered = await offer(app, primary);
      const surfer = new Surfer(issuer);
      const page = await arrive(surfer, offered.code, sub);
      await Promise.all([press(surfer, page), press(offered.surfer, offered.waiting, 'refuse')]);
      const { status, body } = await app.redeem(offered.handle);
      assert.equal((await subsOf(primary)).length, status === 200 ? 1 : 0);
      if (status !== 200) assert.equal(body.error, 'expired_token');
    }
  });

  test('a consent clicked five times at once makes one request and one code', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const consent = await signIn(surfer, await surfer.open((await app.start(details())).url), primary);
    const ends = await Promise.all(Array.from({ length: 5 }, async () => await press(surfer, consent)));
    for (const { status } of ends) assert.ok(status < 500, String(status));
    const [row] = await bindery.db.query<{ made: number }>(sql`
      select count(*)::int as made from binding_requests where starter_id = (select id from accounts where login = ${primary})`);
    assert.equal(row?.made, 1);
  });

  test('a code asked for anew five times at once leaves one that works', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const [renew] = offered.waiting.formsEnding('/code');
    const form = (renew as NonNullable<typeof renew>).form;
    const ends = await Promise.all(
      Array.from({ length: 5 }, async () => await offered.surfer.send(form.action, { form: form.filled({}) })),
    );
    assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set([303]));
    const fresh = await offered.surfer.press(form);
    await answer({ app, code: fresh.textOfId('user-code').replaceAll(' ', '') }, sub);
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });
});

describe('looking changes nothing', () => {
  /** All that a request means; sittings are how one looks at it. */
  async function state(): Promise<string> {
    const [row] = await bindery.db.query<{ all: string }>(sql`
      select (select coalesce(jsonb_agg(to_jsonb(b) order by id), '[]') from bindings b)::text
          || (select coalesce(jsonb_agg(to_jsonb(r) order by id), '[]') from binding_requests r)::text
          || (select coalesce(jsonb_agg(to_jsonb(c) order by id), '[]') from review_cases c)::text
          || (select count(*) from audit)::text || (select count(*) from events)::text || (select count(*) from decisions)::text as all`);
    return row?.all ?? '';
  }

  test('R7 a mail scanner, a link preview and a prefetching browser follow every link, and the code still works', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const before = await state();
    const link = offered.waiting.link('other-account-here');
    const sitting = approval.form('decision').action.pathname.replace('/decision', '');
    const starters = offered.waiting.form('decision').action.pathname.replace('/decision', '');
    for (const [who, where] of [
      [new Surfer(issuer, { 'user-agent': 'LinkScanner/1.0' }), [link, offered.startUri, '/bind', '/', '/account/bindings']],
      [
        surfer,
        [
          link,
          sitting,
          `${sitting}?switch`,
          `${sitting}/status`,
          `${sitting}/decision?decision=approve`,
          `${sitting}/login`,
          `${sitting}/code`,
        ],
      ],
      [
        offered.surfer,
        [starters, `${starters}/status`, `${starters}/code`, `${starters}/decision?decision=refuse`, offered.startUri, link],
      ],
    ] as const) {
      for (const address of where) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) await who.send(address, { method });
        await who.send(address, { headers: { 'sec-purpose': 'prefetch' } });
      }
    }
    assert.equal(await state(), before);
    assert.equal((await press(surfer, approval)).status, 200);
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });
});
