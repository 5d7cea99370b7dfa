import { randomBytes } from 'node:crypto';
import type { Page } from '../../examples/demo/page.ts';
import type { Kind } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { type App, type Body, details, type ProofKey, text } from './apps.ts';
import { type Answer, HttpBrowser } from './http-browser.ts';
import { makeOwner } from './people.ts';

export const PASSWORD = 'Bindery-demo-2026';

/**
 * Verified accounts of one new owner that can sign in, with the password of the demo world: a test
 * of its own people.
 */
export async function makeFamily(db: Db, size: number, kind: Kind = 'personal'): Promise<string[]> {
  const owner = await makeOwner(db, kind === 'personal' ? 'person' : 'organisation');
  const family = randomBytes(4).toString('hex');
  const logins = Array.from({ length: size }, (_, at) => `f${family}-${at}`);
  for (const login of logins) {
    await db.query(sql`
      insert into accounts (id, login, password_hash, display_name, kind, owner_id, qualification)
      select ${newId('acc')}, ${login}, password_hash, ${`Family ${login}`}, ${kind}, ${owner}, 'verified' from accounts where login = 'linxiao'`);
  }
  return logins;
}

const passwords = new Map<string, string>();

/** Gives accounts a password of their own, which {@link signIn} types from then on. */
export async function givePassword(
  db: Db,
  logins: readonly string[],
  password: string,
): Promise<void> {
  await db.query(
    sql`update accounts set password_hash = ${await hashPassword(password)} where login = any(${logins})`,
  );
  for (const login of logins) passwords.set(login, password);
}

export async function signIn(
  browser: HttpBrowser,
  page: Page,
  login: string,
  password = passwords.get(login) ?? PASSWORD,
): Promise<Page> {
  return await browser.press(page.form('login'), { login, password });
}

export async function decide(
  browser: HttpBrowser,
  page: Page,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<Page> {
  return await browser.press(page.form('decision', decision), { decision });
}

/** 1b: the app has asked, and the initiator has approved in a browser that shows the code now. */
export interface Offer {
  readonly app: App;
  readonly key: ProofKey | undefined;
  readonly handle: string;
  readonly startUri: string;
  readonly browser: HttpBrowser;
  readonly waiting: Page;
  readonly code: string;
}

export interface Offering {
  readonly asked?: Body;
  readonly key?: ProofKey;
  readonly browser?: HttpBrowser;
}

export async function offer(
  app: App,
  initiator: string,
  { asked = details(), key, browser = new HttpBrowser(app.issuer) }: Offering = {},
): Promise<Offer> {
  const { status, body } = await app.ask(asked, key);
  if (status !== 200)
    throw new Error(`the back channel answered ${status} ${JSON.stringify(body)}`);
  const startUri = text(body, 'start_uri');
  const consent = await signIn(browser, await browser.open(startUri), initiator);
  const waiting = await decide(browser, consent);
  return {
    app,
    key,
    handle: text(body, 'binding_request'),
    startUri,
    browser,
    waiting,
    code: waiting.textOfId('user-code').replaceAll(' ', ''),
  };
}

/** The counterparty types the code and signs in: the approval page. */
export async function arrive(
  browser: HttpBrowser,
  code: string,
  counterparty: string,
): Promise<Page> {
  const form = await browser.open('/bind');
  return await signIn(
    browser,
    await browser.press(form.form('user_code'), { user_code: code }),
    counterparty,
  );
}

/** The counterparty answers on a device of its own; gives the page it ends on. */
export async function answer(
  { app, code }: Pick<Offer, 'app' | 'code'>,
  counterparty: string,
  decision: 'approve' | 'refuse' = 'approve',
  browser = new HttpBrowser(app.issuer),
): Promise<Page> {
  return await decide(browser, await arrive(browser, code, counterparty), decision);
}

export interface Bound {
  readonly offer: Offer;
  readonly bindingId: string;
  readonly token: string;
}

/** The whole of 1b, bound and redeemed. */
export async function bind(
  app: App,
  initiator: string,
  counterparty: string,
  offering: Offering = {},
): Promise<Bound> {
  const offered = await offer(app, initiator, offering);
  await answer(offered, counterparty);
  const { status, body } = await app.redeem(offered.handle, offered.key);
  if (status !== 200) throw new Error(`the redemption answered ${status} ${JSON.stringify(body)}`);
  return {
    offer: offered,
    bindingId: text(body, 'binding_id'),
    token: text(body, 'binding_token'),
  };
}

/** 1a, up to the initiator's waiting page. */
export async function startInBrowser(
  app: App,
  browser: HttpBrowser,
  initiator: string,
  asked: Body = details(),
  more: Readonly<Record<string, string>> = {},
) {
  const started = await app.start(asked, more);
  const consent = await signIn(browser, await browser.open(started.url), initiator);
  const waiting = await decide(browser, consent);
  return { ...started, consent, waiting, code: waiting.textOfId('user-code').replaceAll(' ', '') };
}

/** The other account answers in the browser that started. */
export async function answerHere(
  browser: HttpBrowser,
  waiting: Page,
  counterparty: string,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<{ approval: Page; result: Page }> {
  const approval = await signIn(
    browser,
    await browser.open(waiting.link('other-account-here')),
    counterparty,
  );
  return { approval, result: await decide(browser, approval, decision) };
}

/** A person's page of bindings. */
export async function openBindings(browser: HttpBrowser, login: string): Promise<Page> {
  const page = await browser.open('/account/bindings');
  return page.hasForm('login') ? await signIn(browser, page, login) : page;
}

/** Presses a binding's button on that page. */
export async function changeBinding(
  browser: HttpBrowser,
  login: string,
  bindingId: string,
  change: 'suspend' | 'resume' | 'end',
): Promise<Page> {
  const [found] = (await openBindings(browser, login)).formsEnding(`/${bindingId}/${change}`);
  if (!found) throw new Error(`${login} has no way to ${change} ${bindingId}`);
  return await browser.press(found.form);
}

/**
 * Presses a page's button whatever has happened since the page was opened, and gives the answer
 * whatever it is.
 */
export async function pressNow(
  browser: HttpBrowser,
  page: Page,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<Answer> {
  const form = page.form('decision', decision);
  return await browser.go(form.action, { form: form.filled({ decision }) });
}

/** The logins that are bound to a primary and may act. */
export async function subsOf(db: Db, primary: string): Promise<string[]> {
  const rows = await db.query<{ login: string }>(sql`
    select s.login from bindings b join accounts p on p.id = b.primary_id join accounts s on s.id = b.sub_id
     where p.login = ${primary} and b.state = 'active' order by 1`);
  return rows.map(({ login }) => login);
}
