import { describe, expect, test } from '@jest/globals';
import { findRegistration } from '../../src/oidc/clients.store.ts';
import { sql } from '../../src/store/sql.ts';
import { signInReviewer } from '../fixtures/review-pages.ts';
import { App } from '../support/apps.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
const LIST = '/operator/apps';
const operator = await signInReviewer(issuer, 'operator', LIST);

const SHOP = {
  id: 'shop',
  name: 'The shop',
  redirectUris: 'http://localhost:4000/callback\nhttp://localhost:4000/other',
  backChannel: '1',
};

/** Sends the form for a new app, and gives the page that answers. */
async function register(typed: Readonly<Record<string, string>>) {
  const form = (await operator.open(LIST)).form('id');
  const fields = form.filled(typed);
  for (const grant of ['authorization_code', 'refresh_token', 'account_binding'])
    fields.set(`grant:${grant}`, '1');
  for (const grant of ['client_credentials', 'token_exchange']) fields.delete(`grant:${grant}`);
  if (!('backChannel' in typed)) fields.delete('backChannel');
  for (const name of [...fields.keys()])
    if (/^(pack|scope):|^(native|dpop|ownerReferences)$/.test(name) && !(name in typed))
      fields.delete(name);
  fields.set('authentication', 'client_secret_basic');
  fields.set('subjects', 'pairwise');
  return await operator.go(LIST, { form: fields });
}

function secretOf(html: string): string {
  return /id="secret" value="([\w-]{43})"/.exec(html)?.[1] ?? '';
}

describe('the pages of apps', () => {
  test('an operator registers an app, whose secret is shown once and works', async () => {
    const made = await register({ ...SHOP, 'pack:douyin': '1' });
    expect([made.status, made.page.title]).toStrictEqual([
      200,
      expect.stringContaining('The shop'),
    ]);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const secret = secretOf(made.html);
    expect((await new App(issuer, 'shop', secret).ask()).status).toBe(200);
    const again = await operator.go(`${LIST}/shop`);
    expect([again.status, again.html.includes(secret)]).toStrictEqual([200, false]);
    const { metadata } = (await findRegistration(db, 'shop')) ?? {};
    expect([metadata?.redirect_uris, metadata?.account_binding_packs]).toStrictEqual([
      ['http://localhost:4000/callback', 'http://localhost:4000/other'],
      ['douyin'],
    ]);
    expect((await operator.open(LIST)).text).toContain('The shop');
  });

  test('what is refused is said above the form, which keeps what was typed', async () => {
    const wrong = await register({ ...SHOP, id: 'shop-2', redirectUris: 'https://*.a.example/' });
    expect(wrong.status).toBe(422);
    expect(wrong.page.text).toContain('a redirect URI has no wildcard');
    expect(wrong.page.form('id').filled({}).get('redirectUris')).toBe('https://*.a.example/');
    const taken = await register(SHOP);
    expect([taken.status, taken.page.text.includes('This id is taken')]).toStrictEqual([422, true]);
    const hidden = await register({ ...SHOP, id: 'shop-2', name: 'pohs\u202eshop' });
    expect(hidden.status).toBe(422);
    const keys = await register({ ...SHOP, id: 'shop-2', jwks: '{' });
    expect([keys.status, await findRegistration(db, 'shop-2')]).toStrictEqual([422, undefined]);
  });

  test('an operator rotates the secret, and twice only by ending the old ones', async () => {
    const page = await operator.open(`${LIST}/shop`);
    const { action } = page.form('now');
    const csrf = page.form('now').filled({}).get('csrf') ?? '';
    const rotated = await operator.go(action, { form: { csrf } });
    expect(secretOf(rotated.html)).toHaveLength(43);
    expect(rotated.page.text).toContain('Works until');
    expect((await operator.go(action, { form: { csrf } })).status).toBe(409);
    expect((await operator.go(action, { form: { csrf, now: '1' } })).status).toBe(200);
  });

  test('an operator changes, switches off, on and removes an app', async () => {
    const page = await operator.open(`${LIST}/shop`);
    const csrf = page.form('redirectUris').filled({}).get('csrf') ?? '';
    const fields = page.form('redirectUris').filled({ name: 'Renamed' });
    for (const name of [...fields.keys()])
      if (/^(pack|scope|grant):/.test(name) && !/code|binding/.test(name)) fields.delete(name);
    fields.set('authentication', 'client_secret_basic');
    fields.set('subjects', 'pairwise');
    const changed = await operator.go(`${LIST}/shop`, { form: fields });
    expect([changed.status, changed.page.title]).toStrictEqual([
      200,
      expect.stringContaining('Renamed'),
    ]);
    const off = await operator.go(`${LIST}/shop/off`, { form: { csrf } });
    expect(off.page.text).toContain('Switched off');
    expect((await operator.go(`${LIST}/shop/off`, { form: { csrf } })).status).toBe(409);
    await operator.go(`${LIST}/shop/on`, { form: { csrf } });
    expect((await operator.go(`${LIST}/shop/remove`, { form: { csrf } })).status).toBe(409);
    await operator.go(`${LIST}/shop/off`, { form: { csrf } });
    const gone = await operator.go(`${LIST}/shop/remove`, { form: { csrf } });
    expect(gone.page.text).toContain('Removed.');
    expect((await operator.go(`${LIST}/shop`)).status).toBe(404);
  });

  test('an app that registered itself is verified on its page', async () => {
    await db.query(sql`
      update clients set registered_by = 'self' where client_id = 'demo-rp'`);
    const page = await operator.open(`${LIST}/demo-rp`);
    expect(page.text).toContain('Not verified');
    const csrf = page.form('redirectUris').filled({}).get('csrf') ?? '';
    const verified = await operator.go(`${LIST}/demo-rp/verify`, { form: { csrf } });
    expect([verified.status, verified.page.text.includes('Not verified')]).toStrictEqual([
      200,
      false,
    ]);
  });

  test('an auditor sees apps without a button, and their forms are refused', async () => {
    await db.query(sql`update accounts set roles = '{auditor}' where login = 'mz-ops'`);
    const auditor = await signInReviewer(issuer, 'mz-ops', LIST);
    for (const path of [LIST, `${LIST}/demo-web`]) {
      const { status, html } = await auditor.go(path);
      expect([status, html.includes('<form method="post"')]).toStrictEqual([200, false]);
    }
    const csrf = (await auditor.open('/bind')).form('csrf').filled({}).get('csrf') ?? '';
    for (const step of ['', '/secret', '/off', '/verify', '/remove'])
      expect((await auditor.go(`${LIST}/demo-web${step}`, { form: { csrf } })).status).toBe(403);
    const person = await signInReviewer(issuer, 'linxiao', LIST);
    for (const path of [LIST, `${LIST}/demo-web`]) expect((await person.go(path)).status).toBe(403);
  });
});
