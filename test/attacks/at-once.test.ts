import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answer,
  arrive,
  makeFamily,
  offer,
  pressNow,
  signIn,
  subsOf,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

describe('two answers at once, over HTTP', () => {
  const ROUNDS = 8;

  test('of two people who approve with one code at once, one is bound [R7]', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, one, two] = (await family(3)) as [string, string, string];
      const offered = await offer(app, primary);
      const ready = await Promise.all(
        [one, two].map(async (sub) => {
          const browser = new HttpBrowser(issuer);
          return { browser, page: await arrive(browser, offered.code, sub) };
        }),
      );
      const ends = await Promise.all(
        ready.map(async ({ browser, page }) => await pressNow(browser, page)),
      );
      expect(ends.map(({ status }) => status).sort()).toStrictEqual([200, 409]);
      expect((await subsOf(bindery.db, primary)).length).toBe(1);
    }
  });

  test('of an approval and a refusal sent at once, one counts and the app learns it', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, sub] = (await family(2)) as [string, string];
      const offered = await offer(app, primary);
      const browser = new HttpBrowser(issuer);
      const page = await arrive(browser, offered.code, sub);
      const ends = await Promise.all([
        pressNow(browser, page, 'approve'),
        pressNow(browser, page, 'refuse'),
      ]);
      expect(ends.map(({ status }) => status).sort()).toStrictEqual([200, 409]);
      const { status, body } = await app.redeem(offered.handle);
      if (ends[0].status === 200) expect(status).toBe(200);
      else expect(body.refusal).toBe('refused_by_owner');
      expect((await subsOf(bindery.db, primary)).length).toBe(ends[0].status === 200 ? 1 : 0);
    }
  });

  test('a withdrawal during an approval ends in a binding or in none, never in half', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [primary, sub] = (await family(2)) as [string, string];
      const offered = await offer(app, primary);
      const browser = new HttpBrowser(issuer);
      const page = await arrive(browser, offered.code, sub);
      await Promise.all([
        pressNow(browser, page),
        pressNow(offered.browser, offered.waiting, 'refuse'),
      ]);
      const { status, body } = await app.redeem(offered.handle);
      expect((await subsOf(bindery.db, primary)).length).toBe(status === 200 ? 1 : 0);
      if (status !== 200) expect(body.error).toBe('expired_token');
    }
  });

  test('a consent sent five times at once makes one request and one code', async () => {
    const [primary] = (await family(1)) as [string];
    const browser = new HttpBrowser(issuer);
    const consent = await signIn(
      browser,
      await browser.open((await app.start(details())).url),
      primary,
    );
    const ends = await Promise.all(
      Array.from({ length: 5 }, async () => await pressNow(browser, consent)),
    );
    for (const { status } of ends)
      expect([String(status), status < 500]).toStrictEqual([String(status), true]);
    const [row] = await bindery.db.query<{ made: number }>(sql`
      select count(*)::int as made from binding_requests where initiator_id = (select id from accounts where login = ${primary})`);
    expect(row?.made).toBe(1);
  });

  test('a renewal of the code sent five times at once leaves one working code', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const [renew] = offered.waiting.formsEnding('/code');
    const form = (renew as NonNullable<typeof renew>).form;
    const ends = await Promise.all(
      Array.from(
        { length: 5 },
        async () => await offered.browser.send(form.action, { form: form.filled({}) }),
      ),
    );
    expect(new Set(ends.map(({ status }) => status))).toStrictEqual(new Set([303]));
    const fresh = await offered.browser.press(form);
    await answer({ app, code: fresh.textOfId('user-code').replaceAll(' ', '') }, sub);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});

describe('reading a page changes nothing', () => {
  /** The state of a request, without its approval sessions: opening a page creates those. */
  async function state(): Promise<string> {
    const [row] = await bindery.db.query<{ all: string }>(sql`
      select (select coalesce(jsonb_agg(to_jsonb(b) order by id), '[]') from bindings b)::text
          || (select coalesce(jsonb_agg(to_jsonb(r) order by id), '[]') from binding_requests r)::text
          || (select coalesce(jsonb_agg(to_jsonb(c) order by id), '[]') from review_cases c)::text
          || (select count(*) from audit_log)::text || (select count(*) from events)::text || (select count(*) from decisions)::text as all`);
    return row?.all ?? '';
  }

  test('a scanner that follows every link does not use up the code [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    const before = await state();
    const link = offered.waiting.link('other-account-here');
    const approvalSession = approval.form('decision').action.pathname.replace('/decision', '');
    const initiators = offered.waiting.form('decision').action.pathname.replace('/decision', '');
    for (const [who, where] of [
      [
        new HttpBrowser(issuer, { 'user-agent': 'LinkScanner/1.0' }),
        [link, offered.startUri, '/bind', '/', '/account/bindings'],
      ],
      [
        browser,
        [
          link,
          approvalSession,
          `${approvalSession}?switch`,
          `${approvalSession}/status`,
          `${approvalSession}/decision?decision=approve`,
          `${approvalSession}/login`,
          `${approvalSession}/code`,
        ],
      ],
      [
        offered.browser,
        [
          initiators,
          `${initiators}/status`,
          `${initiators}/code`,
          `${initiators}/decision?decision=refuse`,
          offered.startUri,
          link,
        ],
      ],
    ] as const) {
      for (const address of where) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) await who.send(address, { method });
        await who.send(address, { headers: { 'sec-purpose': 'prefetch' } });
      }
    }
    expect(await state()).toBe(before);
    expect((await pressNow(browser, approval)).status).toBe(200);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});
