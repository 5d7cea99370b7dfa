import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { DeviceKey, nonceOf } from '../support/device-keys.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, PASSWORD } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const { db } = bindery;
const app = web(issuer);

type Typed = Readonly<Record<string, string>>;
type Showing = (page: Page) => Typed;
const nothing: Showing = () => ({});

/**
 * Binds two accounts of a new owner, with the device proofs of a test; gives the facts of both
 * keys.
 */
async function keysOf(sides: {
  readonly initiator?: readonly [HttpBrowser, Showing];
  readonly counterparty?: readonly [HttpBrowser, Showing];
}): Promise<readonly [string, string]> {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const [initiator, initiatorShows] = sides.initiator ?? [new HttpBrowser(issuer), nothing];
  const [counterparty, otherShows] = sides.counterparty ?? [new HttpBrowser(issuer), nothing];
  const { body } = await app.ask();
  const signInPage = await initiator.open(String(body.start_uri));
  const consent = await initiator.press(signInPage.form('login'), {
    login: primary,
    password: PASSWORD,
    ...initiatorShows(signInPage),
  });
  const waiting = await initiator.press(consent.form('decision', 'approve'), {
    decision: 'approve',
    ...initiatorShows(consent),
  });
  const codePage = await counterparty.open('/bind');
  const code = waiting.textOfId('user-code').replaceAll(' ', '');
  const otherSignIn = await counterparty.press(codePage.form('user_code'), { user_code: code });
  const approval = await counterparty.press(otherSignIn.form('login'), {
    login: sub,
    password: PASSWORD,
    ...otherShows(otherSignIn),
  });
  const done = await counterparty.press(approval.form('decision', 'approve'), {
    decision: 'approve',
    ...otherShows(approval),
  });
  expect([done.text.slice(0, 200), done.status]).toStrictEqual([done.text.slice(0, 200), 200]);
  const [row] = await db.query<{ signals: SignalFacts }>(sql`
    select d.facts -> 'signals' as signals from decisions d join binding_requests r on r.id = d.request_id
      join accounts a on a.id = r.primary_id where a.login = ${primary} order by d.decided_at desc limit 1`);
  assert.ok(row);
  return [row.signals.initiator.device.key, row.signals.counterparty.device.key];
}

/** A browser of a thief who copied the long-lived cookie of another. */
async function copyOf(browser: HttpBrowser): Promise<HttpBrowser> {
  const thief = new HttpBrowser(issuer, {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  });
  for (const cookie of await browser.jar.getCookies(issuer))
    if (cookie.key === 'bindery_browser') await thief.jar.setCookie(cookie, issuer);
  return thief;
}

describe('the device key of a browser', () => {
  test('only a browser that signs with a device key counts as holding it', async () => {
    const [phone, laptop, key] = [
      new HttpBrowser(issuer),
      new HttpBrowser(issuer),
      new DeviceKey(),
    ];
    expect(
      await keysOf({
        initiator: [phone, (page) => key.proof(page)],
        counterparty: [laptop, nothing],
      }),
    ).toStrictEqual(['held', 'none']);
    expect(
      await keysOf({
        initiator: [laptop, nothing],
        counterparty: [phone, (page) => key.proof(page)],
      }),
    ).toStrictEqual(['none', 'held']);
  });

  test('a copied cookie does not bring the device key with it', async () => {
    const [phone, key, thiefs] = [new HttpBrowser(issuer), new DeviceKey(), new DeviceKey()];
    await keysOf({ initiator: [phone, (page) => key.proof(page)] });
    expect(await keysOf({ initiator: [await copyOf(phone), nothing] })).toStrictEqual([
      'lost',
      'none',
    ]);
    expect(
      await keysOf({ initiator: [await copyOf(phone), (page) => thiefs.proof(page)] }),
    ).toStrictEqual(['other', 'none']);
    // The owner still holds the key.
    expect(await keysOf({ initiator: [phone, (page) => key.proof(page)] })).toStrictEqual([
      'held',
      'none',
    ]);
  });

  test('a signature that is replayed, foreign or malformed proves no device key', async () => {
    const [phone, key] = [new HttpBrowser(issuer), new DeviceKey()];
    let caught: Typed = {};
    let elsewhere = '';
    await keysOf({
      initiator: [
        phone,
        (page) => {
          caught = { device_nonce: nonceOf(page), ...key.proof(page) };
          return key.proof(page);
        },
      ],
      counterparty: [
        new HttpBrowser(issuer),
        (page) => {
          elsewhere = nonceOf(page);
          return {};
        },
      ],
    });
    const point = `${key.shown.slice(0, 60)}${'A'.repeat(27)}`;
    // biome-ignore format: a table is read by its columns
    const attempts: readonly (readonly [string, Showing])[] = [
      ['sent again, with its nonce',            () => caught],
      ['sent again, with the form’s nonce',     () => ({ device_key: caught.device_key ?? '', device_proof: caught.device_proof ?? '' })],
      ['over another browser’s nonce',          () => ({ device_nonce: elsewhere, device_key: key.shown, device_proof: key.sign(elsewhere) })],
      ['over a nonce of one’s own',             () => ({ device_nonce: 'abc', device_key: key.shown, device_proof: key.sign('abc') })],
      ['over a nonce with another time',        (page) => redated(page, key)],
      ['over nothing',                          () => ({ device_nonce: '', device_key: key.shown, device_proof: key.sign('') })],
      ['by another key',                        (page) => ({ ...key.proof(page), device_proof: new DeviceKey().sign(nonceOf(page)) })],
      ['with a point that is on no curve',      (page) => ({ ...key.proof(page), device_key: point })],
      ['with zeros',                            () => ({ device_key: 'A'.repeat(87), device_proof: 'A'.repeat(86) })],
      ['with other letters',                    () => ({ device_key: '钥'.repeat(87), device_proof: '\u0000'.repeat(86) })],
      ['that is far too long',                  () => ({ device_key: 'A'.repeat(2000), device_proof: 'A'.repeat(3000) })],
      ['with its halves swapped',               (page) => ({ device_key: key.proof(page).device_proof, device_proof: key.proof(page).device_key })],
    ];
    for (const [what, shows] of attempts)
      expect([what, await keysOf({ initiator: [phone, shows] })]).toStrictEqual([
        what,
        ['lost', 'none'],
      ]);
    expect(await keysOf({ initiator: [phone, (page) => key.proof(page)] })).toStrictEqual([
      'held',
      'none',
    ]);
  });

  test('an oversized device signature is refused like any oversized form', async () => {
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open('/account/sign-in')).form('login');
    const answer = await browser.send(form.action, {
      form: form.filled({ device_key: 'A'.repeat(20_000) }),
    });
    expect(answer.status).toBe(413);
    expect(answer.page.text).toMatch(/./);
  });

  test('copying the traits of another owner’s device does not link the two owners', async () => {
    const [victim, key] = [new HttpBrowser(issuer), new DeviceKey()];
    const look =
      'zone=Asia%2FShanghai&screen=390x844x24&cores=6&touch=5&canvas=123456789&print=0123456789abcdef0123456789abcdef';
    await victim.jar.setCookie(`bindery_look=${look}; Path=/`, issuer);
    await keysOf({ initiator: [victim, (page) => key.proof(page)] });
    const copier = new HttpBrowser(issuer);
    await copier.jar.setCookie(`bindery_look=${look}; Path=/`, issuer);
    expect(await keysOf({ initiator: [copier, nothing] })).toStrictEqual(['none', 'none']);
    const [row] = await db.query<{ device: SignalFacts['initiator']['device'] }>(sql`
      select facts -> 'signals' -> 'initiator' -> 'device' as device from decisions order by decided_at desc limit 1`);
    // The device resembles no device of its own owner.
    expect(row?.device.resemblance).toBe(null);
    // It does not connect the two owners.
    expect(row?.device.owners).toBe(1);
  });

  test('the database stores only keyed hashes of device keys and signatures', async () => {
    const key = new DeviceKey();
    let nonce = '';
    await keysOf({
      initiator: [
        new HttpBrowser(issuer),
        (page) => {
          nonce = nonceOf(page);
          return key.proof(page);
        },
      ],
    });
    for (const table of [
      'device_keys',
      'device_nonces',
      'binding_requests',
      'decisions',
      'audit_log',
    ]) {
      const [row] = await db.query<{ all: string }>({
        name: `all_${table}`,
        text: `select coalesce(string_agg(t::text, ' '), '') as all from ${table} t`,
        values: [],
      });
      for (const clear of [key.shown, nonce, Buffer.from(key.shown, 'base64url').toString('hex')])
        expect([table, !row?.all.includes(clear)]).toStrictEqual([table, true]);
    }
  });
});

/** A nonce of this browser with a later time in it. */
function redated(page: Page, key: DeviceKey): Typed {
  const [, ...rest] = nonceOf(page).split('.');
  const nonce = [(Date.now() + 1).toString(36), ...rest].join('.');
  return { device_nonce: nonce, device_key: key.shown, device_proof: key.sign(nonce) };
}
