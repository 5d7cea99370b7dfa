import { expect, test } from '@jest/globals';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { bind, decide, makeFamily, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;

/** Counts the statements that `work` sends, with `begin` and `commit`. */
async function counted<T>(work: () => Promise<T>): Promise<readonly [number, T]> {
  const before = db.sent;
  const value = await work();
  return [db.sent - before, value];
}

test('the pages of a binding send no more SQL statements than their ceilings', async () => {
  const app = web(issuer);
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  // The first binding loads the client and opens a status list.
  await bind(app, ...((await makeFamily(db, 2)) as [string, string]));

  const phone = new HttpBrowser(issuer);
  const [asked, told] = await counted(async () => await app.ask(details()));
  const [opened, form] = await counted(async () => await phone.open(String(told.body.start_uri)));
  const [reloaded] = await counted(async () => await phone.open(form.url.pathname));
  const [signedIn, consent] = await counted(async () => await signIn(phone, form, primary));
  const [consented, waiting] = await counted(async () => await decide(phone, consent));
  const [polled] = await counted(async () => await phone.send(`${form.url.pathname}/status`));

  const desk = new HttpBrowser(issuer);
  const [shown, codePage] = await counted(async () => await desk.open('/bind'));
  const code = waiting.textOfId('user-code').replaceAll(' ', '');
  const [typed, otherForm] = await counted(
    async () => await desk.press(codePage.form('user_code'), { user_code: code }),
  );
  const [otherSignedIn, approval] = await counted(async () => await signIn(desk, otherForm, sub));
  const [approved] = await counted(async () => await decide(desk, approval));
  // On a slow machine the client is not remembered any more; that is one statement of another time.
  await app.redeem('nothing');
  const [redeemed, token] = await counted(
    async () => await app.redeem(String(told.body.binding_request)),
  );
  expect(token.status).toBe(200);

  // A form counts with the page it leads to. A commit that raises a ceiling says what it gains.
  // biome-ignore format: a table is read by its columns
  const CEILINGS = {
    'the app asks':              [asked,          3],
    'the start link':            [opened,         4],
    'the same page again':       [reloaded,       1],
    'the initiator signs in':    [signedIn,       7],
    'the initiator consents':    [consented,      8],
    'the waiting page polls':    [polled,         1],
    'the code form':             [shown,          0],
    'the code is typed':         [typed,          4],
    'the counterparty signs in':  [otherSignedIn,  7],
    'the counterparty approves':  [approved,      15],
    'the app redeems':           [redeemed,       8],
  } as const;
  for (const [step, [sent, ceiling]] of Object.entries(CEILINGS)) {
    expect([
      `${step}: ${sent} statements, and ${ceiling} were enough`,
      sent <= ceiling,
    ]).toStrictEqual([`${step}: ${sent} statements, and ${ceiling} were enough`, true]);
  }
});
