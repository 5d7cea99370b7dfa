import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();

describe('signals that a client makes up', () => {
  test('a forged X-Forwarded-For does not change the network of a sign-in [R21]', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    for (const address of ['203.0.113.7', '198.51.100.9', '2001:db8::1']) {
      const browser = new HttpBrowser(issuer, { 'x-forwarded-for': address });
      await signIn(browser, await browser.open('/account/sign-in'), login);
    }
    const [row] = await bindery.db.query<{ networks: number; devices: number }>(sql`
      select count(distinct network)::int as networks, count(distinct device)::int as devices
        from signals join accounts on accounts.id = account_id where login = ${login}`);
    expect(row).toStrictEqual({ networks: 1, devices: 3 });
  });

  test('a malformed or oversized device signal does not stop a sign-in [R21]', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    for (const look of [
      '',
      '%',
      'zone',
      `zone=${'x'.repeat(3000)}`,
      'touch=-1&touch=1e9&system=%00',
      '=&&&=',
      'canvas=%F0%9F%A7%B5',
    ]) {
      const browser = new HttpBrowser(issuer);
      await browser.jar.setCookie(`bindery_look=${look}; Path=/`, issuer);
      const page = (await browser.send('/account/sign-in')).page;
      expect([look.slice(0, 40), (await signIn(browser, page, login)).status]).toStrictEqual([
        look.slice(0, 40),
        200,
      ]);
    }
  });
});
