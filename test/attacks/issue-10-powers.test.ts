import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { makeBootstrapLink } from '../../src/accounts/bootstrap.ts';
import { createApp } from '../../src/oidc/manage-apps.ts';
import { sql } from '../../src/store/sql.ts';
import { given } from '../fixtures/accounts.ts';
import { addPlatform, newUser, tokenOf, told } from '../fixtures/scim.ts';
import { App, type Body } from '../support/apps.ts';
import { Authenticator } from '../support/authenticator.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { codeAt } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ env: { SIGN_UP: 'on' } });
const { bindery, issuer } = server;
const { db, factors } = bindery;
const PASSWORD = 'four words and a half';

async function rolesOf(id: string): Promise<readonly string[]> {
  const [row] = await db.query<{ roles: string[] }>(
    sql`select roles from accounts where id = ${id}`,
  );
  return row?.roles ?? [];
}

describe('a platform’s client with the scope admin', () => {
  const scopes = ['admin', 'accounts:read', 'accounts:write', 'bindings:read', 'bindings:write'];
  const all = [...scopes, 'clients:read', 'clients:write', 'audit:read', 'packs:read'];
  let token = '';
  const call = async (method: string, path: string, body?: Body) =>
    await fetch(`${issuer}/api/v1/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });

  test('makes no reviewer or auditor of its accounts, and sees nothing of others', async () => {
    const app = { name: 'Shore', grants: ['client_credentials'], scopes: all, platform: 'shore' };
    const made = { id: 'shore-admin', app, by: { program: 'system' } } as const;
    const { secret } = given(await createApp(bindery, made));
    token = await tokenOf(new App(issuer, 'shore-admin', secret ?? ''), all.join(' '));
    const theirs = { login: 'wave', displayName: 'Wave', platform: 'shore', externalId: '1' };
    const created = await call('POST', '/accounts', theirs);
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { id: string };
    for (const role of ['reviewer', 'auditor', 'operator'])
      expect((await call('PUT', `/accounts/${id}/roles/${role}`)).status).toBe(403);
    expect(await rolesOf(id)).toStrictEqual([]);
    for (const path of ['/bindings', '/audit', '/clients', '/packs'])
      expect([path, (await call('GET', path)).status]).toStrictEqual([path, 403]);
    const app2 = { id: 'shore-two', name: 'Two', grants: ['client_credentials'], scopes: all };
    expect((await call('POST', '/clients', app2)).status).toBe(403);
    const [bound] = await db.query<{ id: string }>(
      sql`select id from bindings where state = 'active' limit 1`,
    );
    const reason = { reason: 'mine now' };
    expect((await call('POST', `/bindings/${bound?.id}/end`, reason)).status).toBe(403);
  });
});

describe('an account that its platform closes and opens again', () => {
  test('has no role any more', async () => {
    const scim = await addPlatform(db, issuer, { client_id: 'recycler' });
    const { id } = await scim.create({ externalId: 'staff-7', userName: 'staff-7' });
    await db.query(sql`update accounts set roles = '{operator,reviewer}' where id = ${id}`);
    expect(told(await scim.send('DELETE', `/Users/${id}`))).toBe('204');
    const again = await scim.send(
      'POST',
      '/Users',
      newUser({ externalId: 'staff-7', userName: 'staff-7' }),
    );
    expect([again.status, again.body.id]).toStrictEqual([201, id]);
    expect(await rolesOf(id)).toStrictEqual([]);
    const rows = await db.query<{ detail: { role: string }; actor: string }>(sql`
      select detail, actor from audit_log where subject = ${id} and action = 'role.withdrawn' order by seq`);
    expect(rows.map(({ detail, actor }) => `${detail.role} ${actor}`)).toStrictEqual([
      'operator recycler',
      'reviewer recycler',
    ]);
  });
});

describe('somebody who signed up with the login that the first operator will have', () => {
  test('keeps no way in: neither session, passkey, address nor password', async () => {
    await db.query(sql`update accounts set roles = '{}' where 'operator' = any(roles)`);
    const thief = new HttpBrowser(issuer);
    const contact = 'thief@people.example';
    const asked = (await thief.open('/account/sign-up')).form('contact');
    await thief.go(asked.action, { form: asked.filled({ contact }) });
    const code = await codeAt(server, contact);
    const finish = (await thief.open('/account/sign-up/finish')).form('code');
    const typed = { code, login: 'chief', name: 'Chief', password: PASSWORD };
    await thief.go(finish.action, { form: finish.filled(typed) });
    const account = await findAccountByLogin(db, 'chief');
    assert.ok(account);
    await db.query(sql`
      insert into second_factors (id, account_id, kind, name, credential_id, public_key, counter, transports)
      values ('fac_thief', ${account.id}, 'passkey', 'Thief', '\\x01'::bytea, '\\x02'::bytea, 0, '{}')`);

    const link = { account: account.id, again: true };
    const secret = given(
      await db.transaction(async (tx) => await makeBootstrapLink(tx, factors, link)),
    );
    const chief = new HttpBrowser(issuer);
    const form = (await chief.open(`/bootstrap/${secret}`)).form('response');
    const csrf = form.filled({}).get('csrf') ?? '';
    const options = await chief.send(`/bootstrap/${secret}/passkey/options`, { form: { csrf } });
    const response = new Authenticator(issuer).create(JSON.parse(options.html));
    const done = await chief.go(form.action, { form: form.filled({ response, name: '' }) });
    expect([done.status, done.url.pathname]).toStrictEqual([200, '/operator']);

    expect((await thief.go('/operator')).url.pathname).toBe('/account/sign-in');
    const other = new HttpBrowser(issuer);
    const page = await other.open('/account/sign-in?to=/operator');
    expect((await signIn(other, page, 'chief', PASSWORD)).hasForm('login')).toBe(true);
    const left = await db.query(sql`
      select 1 from second_factors where account_id = ${account.id} and id = 'fac_thief'
      union all select 1 from account_contacts where account_id = ${account.id}`);
    expect(left).toStrictEqual([]);
  });
});
