import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { sql } from '../../src/store/sql.ts';
import { accountOf, givePasskey } from '../fixtures/step-up.ts';
import { details, text, web } from '../support/apps.ts';
import type { Authenticator } from '../support/authenticator.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { decide, makeFamily, signIn } from '../support/journeys.ts';
import { pressPasskey, signInByPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db, factors } = bindery;
const app = web(issuer);

async function makeHolders(
  size: number,
): Promise<{ login: string; authenticator: Authenticator }[]> {
  const logins = await makeFamily(db, size);
  return await Promise.all(
    logins.map(async (login) => ({ login, authenticator: await givePasskey(factors, login) })),
  );
}

/** Makes the passkeys of these accounts, and the first visit of their owner, so many days old. */
async function letPass(
  logins: readonly string[],
  { factor, known }: { readonly factor: number; readonly known: number },
): Promise<void> {
  await db.query(sql`
    update second_factors set enrolled_at = enrolled_at - make_interval(days => ${factor})
     where account_id in (select id from accounts where login = any(${logins}))`);
  await db.query(sql`
    update signals set first_at = first_at - make_interval(days => ${known})
     where account_id in (select id from accounts where login = any(${logins}))`);
}

async function passkeyFacts(primary: string): Promise<[initiator: boolean, counterparty: boolean]> {
  const [row] = await db.query<{ signals: SignalFacts }>(sql`
    select d.facts -> 'signals' as signals from decisions d join binding_requests r on r.id = d.request_id
      join accounts a on a.id = r.primary_id where a.login = ${primary} order by d.decided_at desc limit 1`);
  assert.ok(row);
  return [row.signals.initiator.device.passkey, row.signals.counterparty.device.passkey];
}

describe('signing in by a passkey', () => {
  test('a passkey signs in without a login and leads back to the page asked for', async () => {
    const [{ login, authenticator }] = (await makeHolders(1)) as [
      { login: string; authenticator: Authenticator },
    ];
    const browser = new HttpBrowser(issuer);
    const page = await browser.open('/account/security');
    const there = await signInByPasskey(browser, page, authenticator);
    expect(there.url.pathname).toBe('/account/security');
    expect(there.text).toMatch(/1 way beside your password/);
    expect((await browser.open('/account')).url.pathname).toBe('/account');
    const [visit] = await db.query<{ count: number }>(sql`
      select count(*)::int as count from signals where account_id = (select id from accounts where login = ${login})`);
    // The visit is recorded like any other.
    expect(visit?.count).toBe(1);
  });

  test('the app learns how and when a person signed in (RFC 8176), and no more', async () => {
    const [{ login, authenticator }] = (await makeHolders(1)) as [
      { login: string; authenticator: Authenticator },
    ];
    const browser = new HttpBrowser(issuer);
    const subjects = new Set();
    for (const [by, amr] of [
      ['passkey', ['pop', 'user']],
      ['password', ['pwd']],
    ] as const) {
      const startedAt = Math.floor(Date.now() / 1000);
      const started = await app.start(undefined, { prompt: 'login consent', max_age: '300' });
      const page = await browser.open(started.url);
      const consent =
        by === 'passkey'
          ? await signInByPasskey(browser, page, authenticator)
          : await signIn(browser, page, login);
      const form = consent.form('decision', 'approve');
      const { location } = await browser.go(form.action, {
        form: form.filled({ decision: 'approve' }),
      });
      assert.ok(location);
      const claims = decodeJwt(text((await app.exchange(location, started)).body, 'id_token'));
      subjects.add(claims.sub);
      expect(claims.amr).toStrictEqual(amr);
      expect(claims.acr).toBe(undefined);
      // The sign-in time is now.
      expect(Number(claims.auth_time)).toBeGreaterThanOrEqual(startedAt);
      expect(JSON.stringify(claims)).not.toContain('fac_');
    }
    expect(subjects.size).toBe(1);
  });

  test('a passkey sign-in is fresh and counts for both sides of a binding', async () => {
    const [primary, sub] = (await makeHolders(2)) as [Holder, Holder];
    await letPass([primary.login, sub.login], { factor: 60, known: 0 });
    const browser = new HttpBrowser(issuer);
    const page = await browser.open((await app.start(details())).url);
    const waiting = await decide(
      browser,
      await signInByPasskey(browser, page, primary.authenticator),
    );
    const form = await browser.open(waiting.link('other-account-here'));
    const approval = await signInByPasskey(browser, form, sub.authenticator);
    await letPass([primary.login, sub.login], { factor: 0, known: 60 });
    const result = await decide(browser, approval);
    expect(result.text).toMatch(/bound/i);
    expect(await passkeyFacts(primary.login)).toStrictEqual([true, true]);
    const rows = await db.query<{ by: string }>(sql`
      select detail ->> 'by' as by from audit_log where action = 'approval-session.signed-in' and actor = ${(await accountOf(db, sub.login)).id}`);
    expect(rows).toStrictEqual([{ by: 'passkey' }]);
  });

  test('a passkey cannot answer its own request or enter another’s session', async () => {
    const [primary, stranger] = (await makeHolders(2)) as [Holder, Holder];
    const browser = new HttpBrowser(issuer);
    const page = await browser.open((await app.start(details())).url);
    const waiting = await decide(
      browser,
      await signInByPasskey(browser, page, primary.authenticator),
    );
    const form = await browser.open(waiting.link('other-account-here'));
    const same = await pressPasskey(browser, form, primary.authenticator);
    expect(same.status).toBe(422);
    expect(same.page.text).toMatch(/the account that started/);
    const approvalSession = waiting.form('decision').action.pathname.replace('/decision', '/login');
    const passkey = await pressPasskey(browser, form, stranger.authenticator);
    // Anybody may be the counterparty.
    expect(passkey.status).toBe(303);
    const csrf = form.form('passkey').filled({}).get('csrf') ?? '';
    const asked = await browser.send('/sign-in/passkey', { form: { csrf } });
    const taken = await browser.send(approvalSession, {
      form: { csrf, passkey: stranger.authenticator.get(JSON.parse(asked.html)) },
    });
    expect(taken.status).toBe(422);
    expect(taken.page.text).toMatch(/did not sign you in/);
  });
});

describe('what a passkey sign-in shows about an attempt', () => {
  /** Signs in both sides on their own devices, over the back channel, then runs `between`. */
  async function attempt({
    factor,
    known,
    between,
  }: {
    factor: number;
    known: number;
    between?: (people: readonly Holder[]) => Promise<void>;
  }) {
    const people = (await makeHolders(2)) as [Holder, Holder];
    const [primary, sub] = people;
    await letPass([primary.login, sub.login], { factor, known: 0 });
    const told = await app.ask(details());
    const [phone, desk] = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
    const consent = await signInByPasskey(
      phone,
      await phone.open(text(told.body, 'start_uri')),
      primary.authenticator,
    );
    const waiting = await decide(phone, consent);
    const code = waiting.textOfId('user-code').replaceAll(' ', '');
    const form = await desk.press((await desk.open('/bind')).form('user_code'), {
      user_code: code,
    });
    const approval = await signInByPasskey(desk, form, sub.authenticator);
    await letPass([primary.login, sub.login], { factor: 0, known });
    await between?.(people);
    await decide(desk, approval);
    return await passkeyFacts(primary.login);
  }

  test('a passkey older than a month counts on either side [R22]', async () => {
    expect(await attempt({ factor: 41, known: 60 })).toStrictEqual([true, true]);
  });

  test('a passkey enrolled two weeks ago does not count [R22]', async () => {
    expect(await attempt({ factor: 1, known: 60 })).toStrictEqual([false, false]);
    expect(await attempt({ factor: 14, known: 60 })).toStrictEqual([false, false]);
  });

  test('a passkey of an account opened weeks ago does not count [R22]', async () => {
    expect(await attempt({ factor: 50, known: 20 })).toStrictEqual([false, false]);
  });

  test('a passkey that was removed since does not count [R22]', async () => {
    const between = async ([, sub]: readonly Holder[]) => {
      await db.query(
        sql`delete from second_factors where account_id = (select id from accounts where login = ${sub?.login ?? ''})`,
      );
    };
    expect(await attempt({ factor: 60, known: 60, between })).toStrictEqual([true, false]);
  });

  test('a later sign-in by password cancels the passkey’s weight [R22]', async () => {
    const [primary, sub] = (await makeHolders(2)) as [Holder, Holder];
    await letPass([primary.login, sub.login], { factor: 60, known: 0 });
    const browser = new HttpBrowser(issuer);
    const page = await browser.open((await app.start(details())).url);
    const waiting = await decide(browser, await signIn(browser, page, primary.login));
    const form = await browser.open(waiting.link('other-account-here'));
    const approval = await signInByPasskey(browser, form, sub.authenticator);
    const change = approval.links(/\/bind\/s\/[^/]+$/).find(({ url }) => url.search === '?switch');
    const again = await signIn(browser, await browser.open(change?.url ?? ''), sub.login);
    await letPass([primary.login, sub.login], { factor: 0, known: 60 });
    await decide(browser, again);
    expect(await passkeyFacts(primary.login)).toStrictEqual([false, false]);
  });

  test('a passkey sign-in from before this authorization does not count [R22]', async () => {
    const [mine] = (await makeHolders(1)) as [Holder];
    await letPass([mine.login], { factor: 60, known: 0 });
    const browser = new HttpBrowser(issuer);
    await signInByPasskey(browser, await browser.open((await app.start()).url), mine.authenticator);
    const waiting = await decide(browser, await browser.open((await app.start(details())).url));
    expect([waiting.text, waiting.has('user-code')]).toStrictEqual([waiting.text, true]);
    const [row] = await db.query<{ since: string | null }>(sql`
      select initiator_device ->> 'passkeySince' as since from binding_requests order by created_at desc limit 1`);
    expect(row).toStrictEqual({ since: null });
  });
});

interface Holder {
  readonly login: string;
  readonly authenticator: Authenticator;
}
