import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { SWEEPS } from '../../src/jobs/tasks.ts';
import { importBinding } from '../../src/provisioning/import-binding.ts';
import { sql } from '../../src/store/sql.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;

/** Two accounts of one owner, bound elsewhere and taken over. */
async function takeOver() {
  const logins = (await makeFamily(db, 2)) as [string, string];
  const [primary, sub] = await Promise.all(logins.map((login) => findAccountByLogin(db, login)));
  assert.ok(primary && sub);
  const existing = {
    primary: { platform: 'local', externalId: primary.id },
    sub: { platform: 'local', externalId: sub.id },
    pack: 'douyin',
    since: new Date('2024-05-01T08:00:00Z'),
    origin: 'old-system',
    grade: null,
    holds: [],
  };
  const by = { actor: 'system', origin: 'import' } as const;
  const taken = await importBinding(bindery, { existing, dryRun: false }, by);
  expect(taken).toStrictEqual({ ok: true, value: 'bound' });
  const [row] = await db.query<{ id: string }>(
    sql`select id from bindings where sub_id = ${sub.id}`,
  );
  return { logins, id: String(row?.id) };
}

test('the page asks for the confirmation of a binding, and takes it [R50]', async () => {
  const { logins, id } = await takeOver();
  const browser = new HttpBrowser(issuer);
  const page = await openBindings(browser, logins[0]);
  expect(page.text).toMatch(/kept here now\. Are both accounts yours\? Please confirm by/);
  const [found] = page.formsEnding(`/${id}/confirm`);
  assert.ok(found);
  const after = await browser.press(found.form);
  expect([after.status, after.formsEnding(`/${id}/confirm`).length]).toStrictEqual([200, 0]);
  // Pressed twice, it leads to the same page.
  expect((await browser.press(found.form)).status).toBe(200);
  const notices = await browser.open('/account/notices');
  expect(notices.text).toMatch(/was taken over/);
});

test('a late confirmation lifts the hold, and only its owners give it [R50]', async () => {
  const { logins, id } = await takeOver();
  await db.query(sql`update bindings set confirm_by = bindery_now() where id = ${id}`);
  const { recordMonths } = bindery.config;
  await SWEEPS['enforce-deadlines']({ ...bindery, recordMonths }, (error) => {
    throw error;
  });
  const browser = new HttpBrowser(issuer, { 'accept-language': 'zh-CN' });
  const page = await openBindings(browser, logins[1]);
  expect(page.text).toMatch(/没有人按时确认，所以暂停/);
  const [found] = page.formsEnding(`/${id}/confirm`);
  assert.ok(found);

  const [stranger] = (await makeFamily(db, 1)) as [string];
  const other = new HttpBrowser(issuer);
  await openBindings(other, stranger);
  const { html } = await other.send('/account/security');
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const refused = await other.send(found.form.action, { form: { csrf } });
  expect(refused.status).toBe(404);
  expect((await browser.send(found.form.action, { form: { csrf } })).status).toBe(403);

  expect((await browser.press(found.form)).text).not.toMatch(/没有人按时确认/);
  const [row] = await db.query<{ state: string }>(sql`select state from bindings where id = ${id}`);
  expect(row?.state).toBe('active');
});
