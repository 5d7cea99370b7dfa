import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { createApp } from '../../src/oidc/manage-apps.ts';
import { sql } from '../../src/store/sql.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { codeAt } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({
  env: { SIGN_UP: 'on', PASSWORD_PLATFORMS: 'local,our-app' },
});
const { issuer, bindery } = server;
const { db } = bindery;
const PASSWORD = 'four words and a half';

describe('a login of a platform whose accounts sign in here by password', () => {
  test('is taken for whoever signs up, in any spelling', async () => {
    const hash = await hashPassword('the password of hers');
    await db.query(sql`
      insert into accounts (id, platform, external_id, login, password_hash, display_name, kind, qualification)
      values ('acc_hers', 'our-app', '1', 'hers', ${hash}, 'Hers', 'personal', 'none')`);
    const thief = new HttpBrowser(issuer);
    const contact = 'squatter@people.example';
    const asked = (await thief.open('/account/sign-up')).form('contact');
    await thief.go(asked.action, { form: asked.filled({ contact }) });
    const code = await codeAt(server, contact);
    for (const login of ['hers', ' ＨERS ']) {
      const form = (await thief.open('/account/sign-up/finish')).form('code');
      const typed = { code, login, name: 'Hers', password: PASSWORD };
      const { page } = await thief.go(form.action, { form: form.filled(typed) });
      expect(page.text).toContain('That login is taken');
    }
    const her = new HttpBrowser(issuer);
    const page = await her.open('/account/sign-in?to=/account');
    const account = await signIn(her, page, 'hers', 'the password of hers');
    expect(account.hasForm('login')).toBe(false);
  });
});

describe('an app that registers itself', () => {
  test.each([
    ['changes direction', 'Dou\u202eniy'],
    ['has a hidden character', 'Dou\u200byin'],
    ['has NUL', 'a\0b'],
    ['is empty', '  '],
    ['is of 1 KB', 'x'.repeat(1_024)],
  ])('gets no name that %s', async (_what, name) => {
    const answer = await fetch(`${issuer}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://a.example/cb'], client_name: name }),
    });
    expect([answer.status, (await answer.json()) as object]).toMatchObject([
      400,
      { error: 'invalid_client_metadata' },
    ]);
  });
});

describe('a redirect URI of an app', () => {
  test.each([
    ['a line end', 'https://a.example/cb\r\nSet-Cookie: a=b'],
    ['a tab', 'https://a.example\t/cb'],
    ['a backslash', 'https://a.example\\@evil.example/cb'],
  ])('is refused with %s', async (_what, uri) => {
    const app = { name: 'X', redirectUris: [uri] };
    const by = { program: 'system' } as const;
    const made = await createApp(bindery, { id: 'odd-app', app, by });
    assert.ok(!made.ok);
    expect([made.refusal.code, made.refusal.site]).toStrictEqual(['invalid_app', 'OIDC-4P2']);
  });
});
