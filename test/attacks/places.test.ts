import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, makeFamily, offer, signIn } from '../support/journeys.ts';
import { makeDatabase } from '../support/mmdb.ts';
import { startServer, type TestBindery } from '../support/server.ts';

const folder = await mkdtemp(join(tmpdir(), 'bindery-places-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const database = join(folder, 'places.mmdb');
const shanghai = {
  autonomous_system_number: 4134,
  country: { iso_code: 'CN' },
  location: { latitude: 31.2, longitude: 121.4 },
};
const frankfurt = {
  autonomous_system_number: 24940,
  country: { iso_code: 'DE' },
  location: { latitude: 50.1, longitude: 8.7 },
};
await writeFile(
  database,
  makeDatabase('Test-City-ASN', { '203.0.113.0/24': shanghai, '198.51.100.0/24': frankfurt }),
);

const places = { ADDRESS_DATABASE: database, ADDRESS_HOSTING: 'AS24940' };
const behindProxy = await startServer({ env: { ...places, TRUST_PROXY: 'true' } });

interface Row {
  readonly provider: number | null;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

async function locationsOf({ bindery: { db } }: TestBindery, login: string): Promise<Row[]> {
  return await db.query<Row>(sql`
    select distinct provider::int, country, latitude, longitude from signals join accounts on accounts.id = account_id where login = ${login}`);
}

async function visitFrom(
  bindery: TestBindery,
  login: string,
  forwarded: string,
): Promise<HttpBrowser> {
  const browser = new HttpBrowser(bindery.issuer, { 'x-forwarded-for': forwarded });
  await signIn(browser, await browser.open('/account/sign-in'), login);
  return browser;
}

describe('the location of a visitor', () => {
  test('without a trusted proxy no header changes the location of a visitor', async () => {
    const open = await startServer({ env: places });
    const [login] = (await makeFamily(open.bindery.db, 1)) as [string];
    for (const forwarded of [
      '203.0.113.7',
      '198.51.100.9',
      '203.0.113.7, 198.51.100.9',
      '::ffff:203.0.113.7',
      '2001:db8::1',
      'unknown',
    ]) {
      await visitFrom(open, login, forwarded);
    }
    expect(await locationsOf(open, login)).toStrictEqual([
      { provider: null, country: null, latitude: null, longitude: null },
    ]);
  });

  test('behind a proxy the location is that of the address the proxy saw', async () => {
    const [login] = (await makeFamily(behindProxy.bindery.db, 1)) as [string];
    for (const made of [
      '',
      '198.51.100.9, ',
      '8.8.8.8, 198.51.100.9, ',
      'x'.repeat(500).concat(', '),
    ])
      await visitFrom(behindProxy, login, `${made}203.0.113.7`);
    expect(await locationsOf(behindProxy, login)).toStrictEqual([
      { provider: 4134, country: 'CN', latitude: 31, longitude: 121 },
    ]);
  });

  test('the policy gets new, hosting and speed as facts, never the location itself', async () => {
    const { db } = behindProxy.bindery;
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    await visitFrom(behindProxy, primary, '203.0.113.7');
    await db.query(
      sql`update signals set first_at = first_at - interval '20 days', last_at = last_at - interval '1 hour'`,
    );
    const app = web(behindProxy.issuer);
    const abroad = new HttpBrowser(behindProxy.issuer, { 'x-forwarded-for': '198.51.100.9' });
    await answer(await offer(app, primary, { browser: abroad }), sub, 'approve', abroad);
    const [row] = await db.query<{ facts: { signals: SignalFacts } }>(
      sql`select facts from decisions order by decided_at desc limit 1`,
    );
    const network = row?.facts.signals.initiator.network;
    expect([network?.provider, network?.country, network?.hosting]).toStrictEqual([
      'new',
      'new',
      true,
    ]);
    expect([`${network?.speed} km/h`, (network?.speed ?? 0) > 5000]).toStrictEqual([
      `${network?.speed} km/h`,
      true,
    ]);
    const told = JSON.stringify(row?.facts.signals);
    for (const place of ['24940', '"DE"', '4134', '"CN"']) expect(told).not.toContain(place);
  });

  test('a server with an unreadable address database does not start, and says why', async () => {
    const { bindery, databaseUrl } = behindProxy;
    const { custody, log, count } = bindery;
    const config = {
      ...bindery.config,
      addressBook: { databases: [join(folder, 'gone.mmdb')], hosting: [] },
    };
    await expect(
      compose({ config, databaseUrl, secrets: bindery.secrets, custody, log, count }),
    ).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/^ADDRESS_DATABASE: .*gone\.mmdb cannot be read \(ENOENT\)$/),
    });
    expect(() => readConfig({ ADDRESS_HOSTING: 'Amazon' })).toThrow(
      /ADDRESS_HOSTING: Amazon is no number of an autonomous system/,
    );
  });
});
