import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { freshLogin, mailFor, OWN_PASSWORD, signUpAt } from '../fixtures/own-accounts.ts';
import { details, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { codeAt } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ env: { SIGN_UP: 'on' } });
const { issuer, bindery } = server;
const { db } = bindery;
// All people of this file have one network address.
beforeEach(async () => void (await db.query(sql`delete from rate_limits`)));
const app = web(issuer);
const NEXT = 'another five words here';

/** The sign-in pages of an app's flow. */
// biome-ignore format: a table is read by its columns
const FLOWS = [
  ['an interaction',      async () => (await app.start()).url],
  ['an approval session', async () => text((await app.ask(details())).body, 'start_uri')],
] as const;

/** From a sign-in page to the finish page, by its link. */
async function begin(
  browser: HttpBrowser,
  page: Page,
  link: 'sign-up' | 'recover',
  contact: string,
) {
  const first = (await browser.open(page.link(link))).form('contact');
  await browser.press(first, { contact: 'nothing' });
  const finish = await browser.press(first, { contact });
  return finish.form('code');
}

describe.each(FLOWS)('from the sign-in of %s', (_what, start) => {
  test('who signs up comes back to it, and signs in', async () => {
    const [login, browser] = [freshLogin(), new HttpBrowser(issuer)];
    const page = await browser.open(await start());
    const form = await begin(browser, page, 'sign-up', mailFor(login));
    const typed = { login, name: '新人', password: OWN_PASSWORD };
    await browser.press(form, { ...typed, code: '00000000' });
    const code = await codeAt(server, mailFor(login));
    const back = await browser.press(form, { ...typed, code });
    expect([back.url.pathname, back.hasForm('login')]).toStrictEqual([page.url.pathname, true]);
    const next = await signIn(browser, back, login, OWN_PASSWORD);
    expect([next.hasForm('login'), next.status]).toStrictEqual([false, 200]);
    expect(next.url.pathname).not.toMatch(/^\/account/);
  });

  test('who gets the account back comes back to it', async () => {
    const [login, browser] = [freshLogin(), new HttpBrowser(issuer)];
    await signUpAt(server, login);
    const page = await browser.open(await start());
    const form = await begin(browser, page, 'recover', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const done = await browser.press(form, { code, next: NEXT });
    const [link] = done.links(/^\/(interaction|bind)\//);
    expect(link?.url.pathname).toBe(page.url.pathname);
  });
});

// biome-ignore format: a table is read by its columns
test.each(['https://evil.example', '//evil.example', '/interaction/../account/close', '/interaction/a?b', '/bind/s/x', '/account/data'])(
  '%j is no flow to come back to', async (to) => {
    const page = await new HttpBrowser(issuer).open(`/account/recover?to=${encodeURIComponent(to)}`);
    expect(page.form('contact').action.search).toBe('');
    expect(page.links(/./).map(({ url }) => url.href).filter((href) => href.startsWith('https://evil') || href.startsWith('http://evil'))).toStrictEqual([]);
  });
