import { Browser, formWith } from './browser.ts';
import { Unexpected } from './http.ts';
import { authorizationRequest, codeIn, exchange, type Tokens } from './oauth.ts';
import { CONCURRENCY } from './operation.ts';
import type { Server } from './server.ts';

/**
 * One signed-in person: a browser with a live session and a grant, and the tokens of its first
 * authorization.
 */
export interface Lane {
  readonly browser: Browser;
  readonly tokens: Tokens;
}

export const PASSWORD = 'Bindery-demo-2026';
const LOGINS = [
  'linxiao',
  'linxiao-eats',
  'linxiao-reads',
  'linxiao-draws',
  'chenwei',
  'chenwei-1',
  'chenwei-2',
  'chenwei-3',
] as const;
const MOST_PAGES = 6;

const signedIn = new WeakMap<Server, Promise<readonly Lane[]>>();

/**
 * Signs people in through the forms and keeps them for later operations. Passwords are expensive by
 * design and are not measured here. They are not kept if the server itself forgets them: the
 * in-memory adapter holds a thousand entries.
 */
export async function signInPeople(server: Server): Promise<readonly Lane[]> {
  const lanes =
    (server.name === 'memory' ? undefined : signedIn.get(server)) ??
    signInOneByOne(server, CONCURRENCY);
  signedIn.set(server, lanes);
  return await lanes;
}

async function signInOneByOne(server: Server, count: number): Promise<readonly Lane[]> {
  const lanes: Lane[] = [];
  for (let index = 0; index < count; index += 1)
    lanes.push(await signIn(server, LOGINS[index % LOGINS.length] as string));
  return lanes;
}

async function signIn(server: Server, login: string): Promise<Lane> {
  const browser = new Browser(server.issuer);
  const { url, verifier, state } = authorizationRequest(server);
  let { page, left } = await browser.open(url);
  for (let pages = 0; !left; pages += 1) {
    const signInForm = formWith(page, 'password');
    const consentForm = formWith(page, 'decision') ?? formWith(page, 'prompt');
    const form = signInForm ?? consentForm;
    if (!page || !form || pages === MOST_PAGES)
      throw new Error(`${server.name}: no way on from ${page?.url.href} for ${login}`);
    ({ page, left } = await browser.submit(
      form,
      signInForm ? { login, password: PASSWORD } : { decision: 'approve' },
    ));
    if (page && signInForm && formWith(page, 'password'))
      throw new Unexpected(`${login} could not sign in`, page);
  }
  const code = codeIn(left, { state, server });
  return { browser, tokens: await exchange(server, { code, verifier }) };
}
