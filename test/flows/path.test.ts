import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { parse } from 'node-html-parser';
import { SIGNATURE_HEADER, sign } from '../../src/evidence/provider/signature.ts';
import { ANSWERS_PATH, writeAnswer } from '../../src/evidence/provider/wire.ts';
import { newId } from '../../src/kernel/ids.ts';
import { PageCookies } from '../../src/web/core/cookies.ts';
import { makeProofKey, phone, text, web } from '../support/apps.ts';
import { type Answer, HttpBrowser, type Sent } from '../support/http-browser.ts';
import {
  answer,
  answerHere,
  makeFamily,
  offer,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';

const PATH = '/bindery';
const { issuer, bindery } = await startServer({ path: PATH });
const { origin } = new URL(issuer);

/** Every address in an answer: of redirects, cookies, links, forms, styles and scripts. */
function addressesIn({ url, headers, html, location }: Answer): URL[] {
  const found = headers
    .getSetCookie()
    .map((line) => /; ?path=([^;]*)/i.exec(line)?.[1] ?? '/ of a cookie without a path');
  if (location) found.push(location.href);
  if (headers.get('content-type')?.startsWith('text/html')) {
    for (const { attributes } of parse(html).querySelectorAll('*')) {
      for (const [name, value] of Object.entries(attributes)) {
        if (name === 'content' && /^\d+;url=/.test(value))
          found.push(value.replace(/^\d+;url=/, ''));
        else if (/^(href|src|action|formaction)$/.test(name) || value.startsWith('/'))
          found.push(value);
      }
    }
  }
  return found.map((address) => new URL(address, url));
}

const isInside = (url: URL): boolean =>
  url.origin !== origin || url.pathname === PATH || url.pathname.startsWith(`${PATH}/`);

/** Stops at the first answer that leads out of the issuer's path. */
class FencedBrowser extends HttpBrowser {
  readonly seen = new Set<string>();

  override async send(to: string | URL, sent: Sent = {}): Promise<Answer> {
    const got = await super.send(to, sent);
    const addresses = addressesIn(got);
    const outside = addresses.filter((url) => !isInside(url));
    if (outside.length > 0) throw new Error(`${got.url.href} leads out to ${outside.join(' ')}`);
    for (const { href } of addresses.filter((url) => url.origin === origin)) this.seen.add(href);
    return got;
  }

  /** Opens every address that any page named, and those that these name. Gives what fails. */
  async crawl(): Promise<string[]> {
    const opened = new Set<string>();
    const failed: string[] = [];
    for (;;) {
      const [next] = [...this.seen].filter((href) => !opened.has(href.replace(/[?#].*/, '')));
      if (next === undefined) return failed;
      opened.add(next.replace(/[?#].*/, ''));
      const { status } = await this.send(new URL(next));
      // Addresses of forms answer 404 or 405 to a look at them; those of pages and files do not.
      if (status >= 500 || (status === 404 && /assets|\.svg|\.csv/.test(next))) failed.push(next);
    }
  }
}

describe(`an issuer under a path (${PATH})`, () => {
  test('two accounts are bound over the back channel, within the path', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const app = phone(issuer);
    const key = await makeProofKey();
    const [here, there] = [new FencedBrowser(issuer), new FencedBrowser(issuer)];
    const offered = await offer(app, primary, { key, browser: here });
    expect(offered.startUri.startsWith(`${issuer}/bind/start/`)).toBe(true);
    expect(offered.waiting.text).toContain(`${new URL(issuer).host}${PATH}/bind`);
    await answer(offered, sub, 'approve', there);
    const { status, body } = await app.redeem(offered.handle, key);
    expect(status).toBe(200);
    const token = text(body, 'binding_token');
    expect(decodeJwt(token).iss).toBe(issuer);
    expect((await readStatus(issuer, token)).status).toBe(0);
    expect([...(await here.crawl()), ...(await there.crawl())]).toStrictEqual([]);
  });

  test('two accounts are bound in the browser flow, within the path', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const app = web(issuer);
    const browser = new FencedBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const { result } = await answerHere(browser, started.waiting, sub);
    const callback = await browser.leave(result.link('continue'));
    expect(callback.searchParams.get('iss')).toBe(issuer);
    expect((await app.exchange(callback, started)).status).toBe(200);
    expect(await browser.crawl()).toStrictEqual([]);
  });

  test.each([
    ['linxiao', '/account'],
    ['kangyi', '/account/verification'],
    ['reviewer-a', '/review'],
    ['operator', '/operator'],
  ])('%s reaches every page from %s, within the path', async (login, start) => {
    const browser = new FencedBrowser(issuer);
    await signIn(browser, await browser.open(start), login);
    expect(await browser.crawl()).toStrictEqual([]);
    expect(browser.seen.size).toBeGreaterThan(10);
  });

  test('the metadata is at both addresses of RFC 8414, and names addresses in the path', async () => {
    const at = async (path: string) => {
      const told = await fetch(`${origin}${path}`);
      return (await told.json()) as Readonly<Record<string, string>>;
    };
    const metadata = await at(`${PATH}/.well-known/openid-configuration`);
    expect(metadata.issuer).toBe(issuer);
    const elsewhere = Object.entries(metadata).filter(
      ([, value]) => String(value).startsWith(origin) && !String(value).startsWith(issuer),
    );
    expect(elsewhere).toStrictEqual([]);
    for (const path of ['oauth-authorization-server', 'openid-configuration'])
      expect(await at(`/.well-known/${path}${PATH}`)).toStrictEqual(metadata);
  });

  test('the verification provider signs the whole path', async () => {
    const body = writeAnswer({ id: newId('evi'), result: 'match', validUntil: null });
    const answerTo = async (path: string): Promise<number> => {
      const key = bindery.evidence.verificationKey;
      const once = { now: new Date(), nonce: randomBytes(16).toString('base64url') };
      const signature = sign(key, { method: 'POST', path, body }, once);
      const headers = { [SIGNATURE_HEADER]: signature };
      return (await fetch(`${issuer}${ANSWERS_PATH}`, { method: 'POST', body, headers })).status;
    };
    expect(await answerTo(`${PATH}${ANSWERS_PATH}`)).toBe(404); // signed, and about nothing known
    expect(await answerTo(ANSWERS_PATH)).toBe(401);
  });

  test('cookies over https are for the path, and have a name that allows one', () => {
    const written: [string, object][] = [];
    const cookies = {
      set: (name: string, _value: string, how: object) => written.push([name, how]),
    };
    const pages = new PageCookies('https://accounts.example/bindery');
    for (const path of ['/', '/bind']) pages.write({ cookies } as never, 'c', 'v', { path });
    expect(written).toMatchObject([
      ['__Secure-c', { path: '/bindery', secure: true }],
      ['__Secure-c', { path: '/bindery/bind', secure: true }],
    ]);
  });

  test('outside the path there is nothing', async () => {
    for (const path of ['/', '/account', '/binderyx/account', '/jwks'])
      expect([path, (await fetch(`${origin}${path}`)).status]).toStrictEqual([path, 404]);
  });

  test('an error page links home, within the path', async () => {
    const browser = new FencedBrowser(issuer);
    const { status, page } = await browser.go('/no-such-page');
    expect(status).toBe(404);
    expect(page.links(/bindery/).length).toBeGreaterThan(0);
  });
});

test('a path that one of our own pages has is a path like any other', async () => {
  const other = await startServer({ path: '/account' });
  const browser = new HttpBrowser(other.issuer);
  const { url, page } = await browser.go('/account');
  expect(url.href).toBe(`${other.issuer}/account/sign-in?to=%2Faccount`);
  const home = await signIn(browser, page, 'linxiao');
  expect(home.url.href).toBe(`${other.issuer}/account`);
  expect(home.links(/bindings$/)[0]?.url.href).toBe(`${other.issuer}/account/bindings`);
});
