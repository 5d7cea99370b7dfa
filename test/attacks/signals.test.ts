import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, makeFamily, offer, signIn } from '../support/journeys.ts';
import { startServer, type TestBindery } from '../support/server.ts';

const behindProxy = await startServer({ env: { TRUST_PROXY: 'true' } });

const PHONE = {
  'user-agent':
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  'sec-ch-ua-platform': '"Android"',
  'sec-ch-ua-mobile': '?1',
};
const DESKTOP = {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept-language': 'en-GB',
};

async function visit(login: string, browser: HttpBrowser): Promise<HttpBrowser> {
  await signIn(browser, await browser.open('/account/sign-in'), login);
  return browser;
}

/** Moves the first observation of these accounts so many days back. */
async function sinceDays({ bindery: { db } }: TestBindery, days: number): Promise<void> {
  await db.query(sql`update signals set first_at = first_at - make_interval(days => ${days})`);
}

interface Told {
  readonly refusal: string | null;
  readonly hooks: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly reasons: readonly {
      readonly code: string;
      readonly detail?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

async function refusalOf({ bindery: { db } }: TestBindery): Promise<Told> {
  const [row] = await db.query<Told>(
    sql`select refusal, hooks from decisions order by decided_at desc limit 1`,
  );
  assert.ok(row);
  return row;
}

describe('signals over HTTP', () => {
  test('behind a trusted proxy only the address that the proxy saw counts [R21]', async () => {
    const [login] = (await makeFamily(behindProxy.bindery.db, 1)) as [string];
    for (const made of ['1.2.3.4', '5.6.7.8'])
      await visit(
        login,
        new HttpBrowser(behindProxy.issuer, { 'x-forwarded-for': `${made}, 203.0.113.7` }),
      );
    const [row] = await behindProxy.bindery.db.query<{ networks: number }>(sql`
      select count(distinct network)::int as networks from signals join accounts on accounts.id = account_id where login = ${login}`);
    expect(row).toStrictEqual({ networks: 1 });
  });

  test('a strange device in a strange network is refused; the owner is not [R10, R21]', async () => {
    const { db } = behindProxy.bindery;
    const family = (await makeFamily(db, 3)) as [string, string, string];
    const home = { ...PHONE, 'x-forwarded-for': '203.0.113.7' };
    const owner = await visit(family[0], new HttpBrowser(behindProxy.issuer, home));
    // an account that is not new, beside a neighbour seen at home only
    await sinceDays(behindProxy, 60);
    const app = web(behindProxy.issuer);

    const thief = new HttpBrowser(behindProxy.issuer, {
      ...DESKTOP,
      'x-forwarded-for': '198.51.100.9',
    });
    const stolen = await offer(app, family[0], { browser: thief });
    await db.query(
      sql`update binding_requests set created_at = created_at - interval '60 seconds'`,
    );
    await answer(stolen, family[1], 'approve', thief);
    const { status, body } = await app.redeem(stolen.handle);
    expect([status, body.error, body.refusal]).toStrictEqual([400, 'access_denied', 'risk']);
    const decision = await refusalOf(behindProxy);
    const behaviour = decision.hooks.find(({ id }) => id === 'behaviour');
    expect(behaviour?.verdict).toBe('deny');
    assert.ok(behaviour?.reasons.some(({ code }) => code === 'strange_device_and_network'));

    const offered = await offer(app, family[0], { browser: owner });
    await db.query(
      sql`update binding_requests set created_at = created_at - interval '60 seconds'`,
    );
    await answer(offered, family[2], 'approve', owner);
    expect([
      (await refusalOf(behindProxy)).hooks,
      (await app.redeem(offered.handle)).status,
    ]).toStrictEqual([expect.anything(), 200]);
  });

  test('an owner with history is asked for a face at a strange device [R21, R22]', async () => {
    const { db } = behindProxy.bindery;
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    for (const [address, days] of [
      ['203.0.113.21', 40],
      ['192.0.2.21', 40],
    ] as const) {
      await visit(
        primary,
        new HttpBrowser(behindProxy.issuer, { ...PHONE, 'x-forwarded-for': address }),
      );
      await sinceDays(behindProxy, days);
    }
    const app = web(behindProxy.issuer);
    const stranger = new HttpBrowser(behindProxy.issuer, {
      ...DESKTOP,
      'x-forwarded-for': '198.51.100.99',
      'accept-language': 'en',
    });
    const offered = await offer(app, primary, { browser: stranger });
    await db.query(
      sql`update binding_requests set created_at = created_at - interval '60 seconds'`,
    );
    await answer(offered, sub, 'approve', stranger);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    const behaviour = (await refusalOf(behindProxy)).hooks.find(({ id }) => id === 'behaviour');
    assert.equal(behaviour?.verdict, 'step_up', JSON.stringify(behaviour));
    assert.ok(
      behaviour.reasons.length > 2 &&
        behaviour.reasons.every(({ detail }) => detail?.means === 'identity_check'),
    );
  });

  test('a copied cookie on another device is refused [R10, R21]', async () => {
    const { db } = behindProxy.bindery;
    const family = (await makeFamily(db, 2)) as [string, string];
    const owner = await visit(
      family[0],
      new HttpBrowser(behindProxy.issuer, { ...PHONE, 'x-forwarded-for': '192.0.2.77' }),
    );
    await sinceDays(behindProxy, 20);
    const thief = new HttpBrowser(behindProxy.issuer, {
      ...DESKTOP,
      'x-forwarded-for': '198.51.100.200',
    });
    for (const cookie of await owner.jar.getCookies(behindProxy.issuer)) {
      if (cookie.key.endsWith('bindery_browser'))
        await thief.jar.setCookie(cookie, behindProxy.issuer);
    }
    const app = web(behindProxy.issuer);
    const offered = await offer(app, family[0], { browser: thief });
    await answer(offered, family[1], 'approve', thief);
    expect((await app.redeem(offered.handle)).body.refusal).toBe('risk');
    const device = (await refusalOf(behindProxy)).hooks.find(({ id }) => id === 'device');
    expect([
      device,
      Boolean(device?.reasons.some(({ code }) => code === 'cookie_on_another_device')),
    ]).toStrictEqual([device, true]);
  });
});
