import { Browser, formWith } from '../browser.ts';
import { type Answer, json, send, Unexpected } from '../http.ts';
import { basic, CLIENTS } from '../oauth.ts';
import type { Operation } from '../operation.ts';
import { addPairs, type Pair } from '../people.ts';
import type { Server } from '../server.ts';
import { PASSWORD } from '../sign-in.ts';

const GRANT = 'urn:bindery:grant-type:account-binding';
const DETAILS = JSON.stringify([
  { type: 'account_binding', actions: ['comment', 'repost'], datatypes: ['profile'] },
]);
const MOST = 2_000;
/** Each password uses a whole core, so more workers would only wait. */
const AT_ONCE = 2;

export const binding: Operation = {
  kind: 'flow',
  name: 'binding',
  says: 'one whole binding: back channel, two sign-ins with passwords, code, approval, redemption; two at a time',
  only: ['bindery'],
  prepare: async (server) => {
    const pairs = await addPairs(server, MOST);
    let next = 0;
    const step = async (): Promise<void> => await bind(server, pairs[next++] as Pair);
    return { steps: Array.from({ length: AT_ONCE }, () => step), most: MOST };
  },
};

/** The back channel over two devices, each with its own browser (docs/protocol.md#back-channel). */
async function bind(server: Server, { primary, sub }: Pair): Promise<void> {
  const request = await start(server);
  const phone = new Browser(server.issuer);
  const waiting = await approve(
    phone,
    await signIn(phone, await open(phone, new URL(request.start_uri)), primary),
  );
  const code = /id="user-code"[^>]*>(.*?)<\/p>/s
    .exec(waiting.body)?.[1]
    ?.replace(/<[^>]*>|\s/g, '');
  if (!code) throw new Unexpected('no code for the other side', waiting);

  const other = new Browser(server.issuer);
  const form = await open(other, new URL('/bind', server.issuer));
  await approve(
    other,
    await signIn(other, await fill(other, form, 'user_code', { user_code: code }), sub),
  );
  await redeem(server, request.binding_request);
}

async function start({
  endpoints,
}: Server): Promise<{ readonly binding_request: string; readonly start_uri: string }> {
  const form = { authorization_details: DETAILS };
  const answer = await send(new URL(endpoints.binding_request_endpoint ?? ''), {
    form,
    headers: { authorization: basic(CLIENTS.web) },
  });
  return json(answer, 200) as { binding_request: string; start_uri: string };
}

async function redeem({ endpoints }: Server, handle: string): Promise<void> {
  const form = { grant_type: GRANT, binding_request: handle };
  const answer = await send(new URL(endpoints.token_endpoint), {
    form,
    headers: { authorization: basic(CLIENTS.web) },
  });
  if (typeof json(answer, 200).binding_token !== 'string')
    throw new Unexpected('no binding token', answer);
}

async function open(browser: Browser, url: URL): Promise<Answer> {
  const { page, left } = await browser.open(url);
  if (!page) throw new Error(`left for ${left?.href}`);
  return page;
}

async function signIn(browser: Browser, page: Answer, login: string): Promise<Answer> {
  return await fill(browser, page, 'password', { login, password: PASSWORD });
}

async function approve(browser: Browser, page: Answer): Promise<Answer> {
  return await fill(browser, page, 'decision', { decision: 'approve' });
}

async function fill(
  browser: Browser,
  page: Answer,
  field: string,
  filled: Readonly<Record<string, string>>,
): Promise<Answer> {
  const form = formWith(page, field);
  if (!form) throw new Unexpected(`no form with a field ${field}`, page);
  const { page: next } = await browser.submit(form, filled);
  if (!next) throw new Unexpected(`the form with ${field} led away`, page);
  return next;
}
