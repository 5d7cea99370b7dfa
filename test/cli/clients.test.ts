import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freshDatabase } from '../support/database.ts';
import { operatorOf } from '../support/operator.ts';

const { url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const operate = operatorOf(url);
const clients = async (...args: readonly string[]) => await operate('clients', ...args);

test('commands register, change, switch off and remove an app', async () => {
  const file = join(folder, 'app.json');
  writeFileSync(file, JSON.stringify({ name: '商店', redirectUris: ['https://shop.example/cb'] }));
  const created = await clients('create', 'shop', '--file', file, '--packs', 'weibo');
  expect([created.said, created.ok]).toStrictEqual([created.said, true]);
  const [, secret = ''] = /shown only now:\n(\S{43})\n/.exec(created.said) ?? [];
  const changes = ['--name', 'Shop', '--back-channel', '--hand-over', 'mine'];
  const updated = await clients('update', 'shop', ...changes);
  expect([updated.said, updated.ok]).toStrictEqual(['shop is saved.\n', true]);
  const shown = await clients('show', 'shop');
  expect(JSON.parse(shown.said)).toMatchObject({
    clientId: 'shop',
    name: 'Shop',
    packs: ['weibo'],
    backChannel: true,
    handOver: ['mine'],
    redirectUris: ['https://shop.example/cb'],
    registeredBy: 'operator',
  });
  const keeper = ['--platform', 'mine', '--owner-references', '--grants', 'client_credentials'];
  expect((await clients('create', 'keeper', '--scopes', 'accounts:write', ...keeper)).ok).toBe(
    true,
  );
  expect(JSON.parse((await clients('show', 'keeper')).said)).toMatchObject({
    platform: 'mine',
    ownerReferences: true,
  });
  expect(secret.length === 43 && !shown.said.includes(secret)).toBe(true);
  expect((await clients('rotate-secret', 'shop')).said).toMatch(/secret before works until/);
  expect((await clients('disable', 'shop')).said).toMatch(/switched off/);
  expect((await clients('list')).said).toMatch(/^shop {2}Shop {2}switched off$/m);
  expect((await clients('remove', 'shop')).ok).toBe(true);
});

test('a wrong member or app gives a readable error', async () => {
  const wrong = await clients('create', 'shop', '--redirect-uris', 'https://shop.example/cb#x');
  expect([wrong.ok, wrong.said]).toStrictEqual([
    false,
    expect.stringMatching(/^shop: redirectUris: a redirect URI has no fragment .*\(OIDC-4P2\)/),
  ]);
  expect((await clients('show', 'nobody')).said).toMatch(/there is no such app/);
});
