import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openAddressBook } from '../../src/risk/address-book.ts';
import { parseAddressBook } from '../../src/risk/address-book-source.ts';
import {
  distanceKm,
  type Location,
  locationSignals,
  type ObservedLocation,
} from '../../src/risk/location.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeDatabase } from '../support/mmdb.ts';
import { makePerson, seen, signalsAt, visits } from './world.ts';

const { db } = await freshDatabase();
const folder = await mkdtemp(join(tmpdir(), 'bindery-addresses-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function file(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const SHANGHAI = { provider: 4134, country: 'CN', latitude: 31, longitude: 121 } as const;
const BEIJING = { provider: 4808, country: 'CN', latitude: 40, longitude: 116 } as const;
const FRANKFURT = { provider: 24940, country: 'DE', latitude: 50, longitude: 9 } as const;
const at = (location: ObservedLocation, hosting: boolean | null = false): Location => ({
  ...location,
  hosting,
});
const NOW = new Date('2026-11-22T12:00:00Z');
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);
const was = (location: ObservedLocation, first: number, last: number) => ({
  location,
  firstAt: hoursAgo(first),
  lastAt: hoursAgo(last),
});

const asn = makeDatabase('GeoLite2-ASN', {
  '203.0.113.0/24': { autonomous_system_number: 4134, autonomous_system_organization: 'Chinanet' },
  '198.51.100.0/24': {
    autonomous_system_number: 24940,
    autonomous_system_organization: 'Hetzner Online GmbH',
  },
  '2001:db8::/32': { autonomous_system_number: 4134, autonomous_system_organization: 'Chinanet' },
});
const city = makeDatabase('GeoLite2-City', {
  '203.0.113.0/25': {
    country: { iso_code: 'CN' },
    location: { latitude: 31.2222, longitude: 121.4581, accuracy_radius: 5 },
  },
  '198.51.100.0/24': {
    country: { iso_code: 'DE' },
    location: { latitude: 50.1187, longitude: 8.6842 },
  },
  '192.0.2.0/24': { country: { iso_code: 'US' }, location: { latitude: -33.86, longitude: -70.5 } },
});

describe('the location of an address', () => {
  test('a location is provider, country and whole degrees, as stored', async () => {
    const databases = [await file('asn.mmdb', asn), await file('city.mmdb', city)];
    const book = await openAddressBook({ databases, hosting: [24940] });
    expect(book.find('203.0.113.7')).toStrictEqual({ ...SHANGHAI, hosting: false });
    // in any spelling of the address
    expect(book.find('::ffff:203.0.113.7')).toStrictEqual({ ...SHANGHAI, hosting: false });
    expect(book.find('198.51.100.9')).toStrictEqual({ ...FRANKFURT, hosting: true });
    expect(book.find('203.0.113.200')).toStrictEqual({
      ...SHANGHAI,
      country: null,
      latitude: null,
      longitude: null,
      hosting: false,
    });
    expect(book.find('2001:db8:1::5')?.provider).toStrictEqual(4134);
    expect(book.find('192.0.2.1')).toStrictEqual({
      provider: null,
      hosting: null,
      country: 'US',
      latitude: -34,
      longitude: -70,
    });
    for (const nowhere of ['10.0.0.1', '::1', '', 'not an address', '999.1.1.1'])
      expect([nowhere, book.find(nowhere)]).toStrictEqual([nowhere, null]);
    // no file of hosting providers was given
    expect((await openAddressBook({ databases, hosting: [] })).find('198.51.100.9')?.hosting).toBe(
      null,
    );
    expect((await openAddressBook({ databases: [], hosting: [] })).find('203.0.113.7')).toBe(null);
  });

  test('a missing, damaged or wrong database file is refused by name', async () => {
    const refused = async (path: string, words: RegExp) => {
      const error = (await openAddressBook({ databases: [path], hosting: [] }).catch(
        (thrown: unknown) => thrown,
      )) as Error;
      expect(error.message).toMatch(words);
      expect([error.message, error.message.startsWith(`ADDRESS_DATABASE: ${path}`)]).toStrictEqual([
        error.message,
        true,
      ]);
    };
    await refused(join(folder, 'nowhere.mmdb'), /cannot be read \(ENOENT\)/);
    await refused(folder, /cannot be read \(EISDIR\)/);
    await refused(await file('empty.mmdb', Buffer.alloc(0)), /no MaxMind DB file/);
    await refused(await file('noise.mmdb', randomBytes(4096)), /no MaxMind DB file/);
    await refused(
      await file('half.mmdb', asn.subarray(0, asn.length / 2)),
      /a part of it is missing/,
    );
    await refused(
      await file('headless.mmdb', asn.subarray(asn.length - 200)),
      /a part of it is missing/,
    );
    await refused(
      await file(
        'domains.mmdb',
        makeDatabase('GeoIP2-Domain', { '203.0.113.0/24': { domain: 'example' } }),
      ),
      /database of GeoIP2-Domain/,
    );
  });

  test('a damaged record does not prevent signing in', async () => {
    const damaged = Buffer.from(asn);
    damaged.fill(0xff, asn.indexOf('autonomous_system_number') - 3, asn.indexOf('Chinanet'));
    const book = await openAddressBook({
      databases: [await file('damaged.mmdb', damaged)],
      hosting: [],
    });
    expect(() => book.find('203.0.113.7')).not.toThrow();
  });

  test('a file lists hosting providers by number, with remarks; others are refused', () => {
    const { source, problems } = parseAddressBook(
      '/a.mmdb, /b.mmdb',
      'AS16509, 24940\n# machines for rent\nas14618 # Amazon\n',
    );
    expect(source).toStrictEqual({
      databases: ['/a.mmdb', '/b.mmdb'],
      hosting: [16509, 24940, 14618],
    });
    expect(problems).toStrictEqual([]);
    expect(parseAddressBook('/a.mmdb', 'AS1, Amazon').problems.join()).toMatch(
      /Amazon is no number/,
    );
    expect(parseAddressBook(undefined, 'AS1').problems.join()).toMatch(/needs ADDRESS_DATABASE/);
    expect(parseAddressBook(undefined, undefined)).toStrictEqual({
      source: { databases: [], hosting: [] },
      problems: [],
    });
  });
});

describe('the signals of a location', () => {
  // biome-ignore format: a table is read by its columns
  const TABLE = [
    ['no database, or an address it does not know',            [was(SHANGHAI, 500, 1)],                       null,          { provider: null,    country: null,    hosting: null,  speed: null }],
    ['somebody who was never seen',                            [],                                            at(SHANGHAI),  { provider: null,    country: null,    hosting: false, speed: null }],
    ['the very first visit alone',                             [was(SHANGHAI, 0.1, 0)],                       at(SHANGHAI),  { provider: null,    country: null,    hosting: false, speed: 0 }],
    ['at home',                                                [was(SHANGHAI, 500, 0)],                       at(SHANGHAI),  { provider: 'known', country: 'known', hosting: false, speed: 0 }],
    ['five hours later in Beijing, by train',                  [was(SHANGHAI, 500, 5), was(BEIJING, 0.1, 0)], at(BEIJING),   { provider: 'new',   country: 'known', hosting: false, speed: 170 }],
    ['half an hour later in Frankfurt, at a hosting provider', [was(SHANGHAI, 500, 0.5)],                     at(FRANKFURT, true), { provider: 'new', country: 'new', hosting: true, speed: 17103 }],
    ['the town next door',                                     [was(SHANGHAI, 500, 0.1)],                     at({ ...SHANGHAI, latitude: 32 }), { provider: 'known', country: 'known', hosting: false, speed: 0 }],
    ['observations from before there was a database',          [{ firstAt: hoursAgo(500), lastAt: hoursAgo(1) }], at(SHANGHAI), { provider: null, country: null, hosting: false, speed: null }],
  ] as const;
  for (const [what, own, here, signals] of TABLE)
    test(what, () => expect(locationSignals(own, here, NOW)).toStrictEqual(signals));

  test('a distance is symmetric, 0 to itself, at most half around the earth', () => {
    const place = fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    });
    fc.assert(
      fc.property(place, place, (a, b) => {
        const km = distanceKm(a, b) ?? -1;
        expect(km).toBeGreaterThanOrEqual(0);
        expect(km).toBeLessThanOrEqual(Math.PI * 6371 + 1e-6);
        expect(Math.abs(km - (distanceKm(b, a) ?? -1))).toBeLessThan(1e-6);
        expect(distanceKm(a, a) ?? 1).toBeLessThan(1e-9);
      }),
    );
  });

  test('a location is stored with its observation, no finer, and read again', async () => {
    const person = await makePerson(db);
    const home = seen('phone that travels', 'home of the traveller', { location: at(SHANGHAI) });
    await visits(db, person, home);
    await db.query(
      sql`update signals set first_at = first_at - interval '20 days', last_at = last_at - interval '2 hours' where owner_id = ${person.owner}`,
    );
    const away = seen('phone that travels', 'a hall of machines', {
      location: at(FRANKFURT, true),
    });
    await visits(db, person, away);
    const { signals } = await signalsAt(db, person, away);
    const { provider, country, hosting, speed } = signals.initiator.network;
    expect({ provider, country, hosting }).toStrictEqual({
      provider: 'new',
      country: 'new',
      hosting: true,
    });
    expect([`${speed} km/h`, (speed ?? 0) > 3000]).toStrictEqual([`${speed} km/h`, true]);
    const { provider: known } = (await signalsAt(db, person, home)).signals.initiator.network;
    expect(known).toBe('known');
    const rows = await db.query<ObservedLocation>(sql`
      select provider::int, country, latitude, longitude from signals where owner_id = ${person.owner} order by first_at desc limit 1`);
    expect(rows).toStrictEqual([{ ...FRANKFURT }]);
  });
});
