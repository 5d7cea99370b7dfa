import { describe, expect, test } from '@jest/globals';
import { ConfigurationError, readConfig } from '../../src/config.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { arrive, makeFamily, offer, PASSWORD } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const MADE_UP = '203.0.113.9';
const CLIENT = '198.51.100.7';
const OUTER = '192.0.2.1';

/** X-Forwarded-For as it reaches Bindery; the approval page must show the client's network. */
// biome-ignore format: a table is read by its columns
const CHAINS = {
  'no address is taken from a header without a proxy':  ['false', [[MADE_UP], [MADE_UP, CLIENT]]],
  'one trusted proxy gives the address of the client':  ['true',  [[CLIENT], [MADE_UP, CLIENT]]],
  'two trusted proxies give the address of the client': ['2',    [[CLIENT, OUTER], [MADE_UP, CLIENT, OUTER], [MADE_UP, OUTER, CLIENT, OUTER]]],
} as const;

describe('the address of a visitor', () => {
  for (const [what, [hops, chains]] of Object.entries(CHAINS)) {
    test(what, async () => {
      const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: hops } });
      for (const chain of chains) {
        const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
        const browser = new HttpBrowser(issuer, { 'x-forwarded-for': chain.join(', ') });
        const offered = await offer(web(issuer), primary, { browser });
        const page = await arrive(new HttpBrowser(issuer), offered.code, sub);
        expect([chain.join(), page.text.includes('198.51.100.0/24')]).toStrictEqual([
          chain.join(),
          hops !== 'false',
        ]);
        expect([chain.join(), page.text]).toStrictEqual([
          chain.join(),
          expect.not.stringMatching(/203\.0\.113/),
        ]);
      }
      if (hops === '2')
        await guessInVain(issuer, ((await makeFamily(bindery.db, 1)) as [string])[0]);
    });
  }
});

/** Ten tries by one client, each with another forged address; then the right password. */
async function guessInVain(issuer: string, login: string): Promise<void> {
  const statuses: number[] = [];
  for (let guess = 0; guess <= 10; guess += 1) {
    const browser = new HttpBrowser(issuer, {
      'x-forwarded-for': `203.0.113.${guess}, ${CLIENT}, ${OUTER}`,
    });
    const form = (await browser.open('/account/sign-in')).form('login');
    const password = guess === 10 ? PASSWORD : 'a guess';
    statuses.push(
      (await browser.send(form.action, { form: form.filled({ login, password }) })).status,
    );
  }
  expect(statuses).toStrictEqual([...Array.from({ length: 10 }, () => 422), 429]);
}

describe('TRUST_PROXY', () => {
  // biome-ignore format: a table is read by its columns
  const VALUES = { true: 1, on: 1, '1': 1, '2': 2, '16': 16, false: 0, off: 0, '0': 0, '': 0 } as const;
  for (const [value, hops] of Object.entries(VALUES)) {
    test(`TRUST_PROXY='${value}' trusts ${hops} proxies`, () =>
      expect(readConfig({ TRUST_PROXY: value }).trustProxy).toBe(hops));
  }

  for (const value of ['-1', '1.5', '17', 'yes', '10.0.0.0/8', 'NaN', 'Infinity']) {
    test(`TRUST_PROXY='${value}' is refused`, () => {
      const attempt = () => readConfig({ TRUST_PROXY: value });
      expect(attempt).toThrow(ConfigurationError);
      expect(attempt).toThrow(/TRUST_PROXY/);
    });
  }
});
