import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { sql } from '../../src/store/sql.ts';
import { accountOf, givePasskey } from '../fixtures/step-up.ts';
import { details, text, web } from '../support/apps.ts';
import type { Authenticator } from '../support/authenticator.ts';
import { decide, makeFamily, signIn } from '../support/journeys.ts';
import { pressPasskey, signInByPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

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

/** The passkeys of these accounts are from so many days ago, and so is the first visit of their owner. */
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
  test('opens one’s own account and leads where one was going, without a login typed', async () => {
    const [{ login, authenticator }] = (await makeHolders(1)) as [
      { login: string; authenticator: Authenticator },
    ];
    const surfer = new Surfer(issuer);
    const page = await surfer.open('/account/security');
    const there = await signInByPasskey(surfer, page, authenticator);
    expect(there.url.pathname).toBe('/account/security');
    expect(there.text).toMatch(/1 way beside your password/);
    expect((await surfer.open('/account')).url.pathname).toBe('/account');
    const [visit] = await db.query<{ count: number }>(sql`
      select count(*)::int as count from signals where account_id = (select id from accounts where login = ${login})`);
    // the visit is noted like any other
    expect(visit?.count).toBe(1);
  });

  test('tells an app what was proved and when (RFC 8176), and no more; by password it hears what it always did', async () => {
    const [{ login, authenticator }] = (await makeHolders(1)) as [
      { login: string; authenticator: Authenticator },
    ];
    const surfer = new Surfer(issuer);
    const subjects = new Set();
    for (const [by, amr] of [
      ['passkey', ['pop', 'user']],
      ['password', ['pwd']],
    ] as const) {
      const startedAt = Math.floor(Date.now() / 1000);
      const started = await app.start(undefined, { prompt: 'login consent', max_age: '300' });
      const page = await surfer.open(started.url);
      const consent =
        by === 'passkey'
          ? await signInByPasskey(surfer, page, authenticator)
          : await signIn(surfer, page, login);
      const form = consent.form('decision', 'approve');
      const { location } = await surfer.go(form.action, {
        form: form.filled({ decision: 'approve' }),
      });
      assert.ok(location);
      const claims = decodeJwt(text((await app.exchange(location, started)).body, 'id_token'));
      subjects.add(claims.sub);
      expect(claims.amr).toStrictEqual(amr);
      expect(claims.acr).toBe(undefined);
      // a sign-in of now
      expect(Number(claims.auth_time)).toBeGreaterThanOrEqual(startedAt);
      expect(JSON.stringify(claims)).not.toContain('fac_');
    }
    expect(subjects.size).toBe(1);
  });

  test('counts for both sides of a binding, in the browser that started and at an approval session, and is a fresh sign-in', async () => {
    const [primary, sub] = (await makeHolders(2)) as [Holder, Holder];
    await letPass([primary.login, sub.login], { factor: 60, known: 0 });
    const surfer = new Surfer(issuer);
    const page = await surfer.open((await app.start(details())).url);
    const waiting = await decide(
      surfer,
      await signInByPasskey(surfer, page, primary.authenticator),
    );
    const form = await surfer.open(waiting.link('other-account-here'));
    const approval = await signInByPasskey(surfer, form, sub.authenticator);
    await letPass([primary.login, sub.login], { factor: 0, known: 60 });
    const result = await decide(surfer, approval);
    expect(result.text).toMatch(/bound/i);
    expect(await passkeyFacts(primary.login)).toStrictEqual([true, true]);
    const rows = await db.query<{ by: string }>(sql`
      select detail ->> 'by' as by from audit_log where action = 'approval-session.signed-in' and actor = ${(await accountOf(db, sub.login)).id}`);
    expect(rows).toStrictEqual([{ by: 'passkey' }]);
  });

  test('the account that started cannot answer itself by its passkey, nor take another’s place at its approval session', async () => {
    const [primary, stranger] = (await makeHolders(2)) as [Holder, Holder];
    const surfer = new Surfer(issuer);
    const page = await surfer.open((await app.start(details())).url);
    const waiting = await decide(
      surfer,
      await signInByPasskey(surfer, page, primary.authenticator),
    );
    const form = await surfer.open(waiting.link('other-account-here'));
    const same = await pressPasskey(surfer, form, primary.authenticator);
    expect(same.status).toBe(422);
    expect(same.page.text).toMatch(/the account that started/);
    const approvalSession = waiting.form('decision').action.pathname.replace('/decision', '/login');
    const passkey = await pressPasskey(surfer, form, stranger.authenticator);
    // whoever answers may be anybody
    expect(passkey.status).toBe(303);
    const csrf = form.form('passkey').filled({}).get('csrf') ?? '';
    const asked = await surfer.send('/sign-in/passkey', { form: { csrf } });
    const taken = await surfer.send(approvalSession, {
      form: { csrf, passkey: stranger.authenticator.get(JSON.parse(asked.html)) },
    });
    expect(taken.status).toBe(422);
    expect(taken.page.text).toMatch(/did not sign you in/);
  });
});

describe('what a sign-in by passkey says of an attempt', () => {
  /** Both sides at devices of their own, over the back channel; `between` is done after both have signed in. */
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
    const [phone, desk] = [new Surfer(issuer), new Surfer(issuer)];
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

  test('a passkey of more than a month counts on either side [R22]', async () => {
    expect(await attempt({ factor: 41, known: 60 })).toStrictEqual([true, true]);
  });

  test('one enrolled a day ago, or two weeks ago, says nothing: whoever took the account over would enrol one and wait [R22]', async () => {
    expect(await attempt({ factor: 1, known: 60 })).toStrictEqual([false, false]);
    expect(await attempt({ factor: 14, known: 60 })).toStrictEqual([false, false]);
  });

  test('of an account opened weeks ago it says nothing either: it shows whoever opened it, and the face may be wanted [R22]', async () => {
    expect(await attempt({ factor: 50, known: 20 })).toStrictEqual([false, false]);
  });

  test('one that was removed since says nothing: its owner may have lost it [R22]', async () => {
    const between = async ([, sub]: readonly Holder[]) => {
      await db.query(
        sql`delete from second_factors where account_id = (select id from accounts where login = ${sub?.login ?? ''})`,
      );
    };
    expect(await attempt({ factor: 60, known: 60, between })).toStrictEqual([true, false]);
  });

  test('signing in again by password takes it back [R22]', async () => {
    const [primary, sub] = (await makeHolders(2)) as [Holder, Holder];
    await letPass([primary.login, sub.login], { factor: 60, known: 0 });
    const surfer = new Surfer(issuer);
    const page = await surfer.open((await app.start(details())).url);
    const waiting = await decide(surfer, await signIn(surfer, page, primary.login));
    const form = await surfer.open(waiting.link('other-account-here'));
    const approval = await signInByPasskey(surfer, form, sub.authenticator);
    const change = approval.links(/\/bind\/s\/[^/]+$/).find(({ url }) => url.search === '?switch');
    const again = await signIn(surfer, await surfer.open(change?.url ?? ''), sub.login);
    await letPass([primary.login, sub.login], { factor: 0, known: 60 });
    await decide(surfer, again);
    expect(await passkeyFacts(primary.login)).toStrictEqual([false, false]);
  });

  test('one from before this authorization is not of this attempt, fresh as it is [R22]', async () => {
    const [mine] = (await makeHolders(1)) as [Holder];
    await letPass([mine.login], { factor: 60, known: 0 });
    const surfer = new Surfer(issuer);
    await signInByPasskey(surfer, await surfer.open((await app.start()).url), mine.authenticator);
    const waiting = await decide(surfer, await surfer.open((await app.start(details())).url));
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
