import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { moveBinding } from '../../src/binding/move-binding.ts';
import { compose } from '../../src/compose.ts';
import { tellMoved } from '../../src/evidence/pieces/tell-sides.ts';
import { introspectBindingToken } from '../../src/tokens/introspect-binding-token.ts';
import { redeemRequest } from '../../src/tokens/redeem-request.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { bind, makeFamily, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const DOUYIN = JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')) as Readonly<
  Record<string, unknown>
>;
const folder = mkdtempSync(join(tmpdir(), 'bindery-version-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (changes: Readonly<Record<string, unknown>>) =>
  writeFileSync(
    join(folder, 'plain.json'),
    JSON.stringify({ ...DOUYIN, id: 'plain', version: 1, ...changes }),
  );

write({ tokenLifetimeSeconds: 900 });
const { issuer, bindery, databaseUrl } = await startServer({ env: { PACKS_DIR: folder } });
const NEXT = {
  version: 2,
  tokenLifetimeSeconds: 120,
  permissions: {
    basic: [{ name: 'comment' }, { name: 'ad_placement' }],
    advanced: [{ name: 'repost' }],
    core: [],
  },
};

test('token, introspection and page follow the binding’s own pack version [R20]', async () => {
  const app = web(issuer);
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const bound = await bind(app, primary, sub, {
    asked: details({ pack: 'plain', actions: ['comment'], datatypes: ['profile'] }),
  });
  const lifetimeOf = (token: string) => {
    const { iat = 0, exp = 0 } = decodeJwt(token);
    return exp - iat;
  };
  expect(lifetimeOf(bound.token)).toBe(900);

  write(NEXT);
  const { config, secrets, custody, log, count } = bindery;
  const started = await compose({ config, databaseUrl, secrets, custody, log, count });
  const next = started.bindery;
  expect(next.packs.find('plain')?.version).toBe(2);
  const redeemed = async () => {
    const given = await next.db.transaction(
      async (tx) =>
        await redeemRequest(tx, next, {
          handle: bound.offer.handle,
          clientId: 'demo-web',
          jkt: undefined,
        }),
    );
    return String(given.status === 200 && given.body.binding_token);
  };
  const said = async (token: string) => {
    const { binding } = await introspectBindingToken(next, { token, audiences: ['demo-web'] });
    return (binding as { permissions: { name: string }[] }).permissions.map(({ name }) => name);
  };
  const inToken = (token: string) =>
    (decodeJwt(token).binding as { permissions: { name: string }[] }).permissions.map(
      ({ name }) => name,
    );
  const before = await redeemed();
  expect([lifetimeOf(before), inToken(before), await said(before)]).toStrictEqual([
    900,
    ['comment', 'repost'],
    ['comment', 'repost'],
  ]);

  const [from, to] = [
    await next.packs.get(next.db, 'plain', 1),
    await next.packs.get(next.db, 'plain', 2),
  ];
  expect(
    (
      await moveBinding(
        { db: next.db, tellMoved },
        { bindingId: bound.bindingId, from, to, by: 'system' },
      )
    ).ok,
  ).toBe(true);
  const moved = await redeemed();
  const now = ['comment', 'ad_placement'];
  expect([lifetimeOf(moved), inToken(moved), await said(moved)]).toStrictEqual([120, now, now]);
  // Introspection of an older token tells what holds now.
  expect(await said(before)).toStrictEqual(now);

  // The first server never read the next file. It finds the version in the table.
  expect(
    (
      (await app.introspect(before)) as { binding: { permissions: { name: string }[] } }
    ).binding.permissions.map(({ name }) => name),
  ).toStrictEqual(now);
  const page = await openBindings(new HttpBrowser(issuer), sub);
  expect(page.text).toMatch(/Permissions now Comment Ad placement |当前权限 评论 广告投放 /);
  await started.close();
});

test('a start is refused when a recorded pack version has other content [R41]', async () => {
  write({ ...NEXT, tokenLifetimeSeconds: 7 });
  const { config, secrets, custody, log, count } = bindery;
  await expect(
    compose({ config, databaseUrl, secrets, custody, log, count }),
  ).rejects.toMatchObject({
    name: 'InvalidPacksError',
    message: expect.stringMatching(
      /^plain\.json version: version 2 was recorded on .* \(tokenLifetimeSeconds\)/,
    ),
  });
});
