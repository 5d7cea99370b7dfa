import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { keyStateOf, type ObservedKey } from '../../src/risk/device-key.ts';
import {
  consumeKeyProof,
  deleteOldKeys,
  deleteOldNonces,
} from '../../src/risk/device-keys.store.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { hashed, makePerson, seen, signalsAt, visits } from './world.ts';

const { db } = await freshDatabase();
const NOW = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const key = (name: string, first: number, last = first): ObservedKey => ({
  device: 'd',
  key: name,
  firstAt: daysAgo(first),
  lastAt: daysAgo(last),
});
let nonces = 0;
const LATER = new Date(Date.now() + 3_600_000);
const proof = (name: string) => {
  nonces += 1;
  return { key: hashed(name), nonce: hashed(`nonce ${nonces}`), nonceUntil: LATER };
};

describe('the state of a device key among those of its browser', () => {
  // biome-ignore format: a table is read by its columns
  const TABLE: readonly (readonly [string, readonly ObservedKey[], string, string])[] = [
    ['a browser that never showed one',                    []                               , '',  'none'],
    ['the key that the browser always had',                [key('a', 90, 1)]                , 'a', 'held'],
    ['a form without a proof, after it had one',           [key('a', 90, 1)]                , '',  'lost'],
    ['a copied cookie with a key of its own',              [key('a', 90, 1), key('b', 0)]   , 'b', 'other'],
    ['the owner’s key, when a copied cookie had another',  [key('a', 90, 0), key('b', 1)]   , 'a', 'held'],
    ['a new key, days after the last use of the old one',  [key('a', 90, 20), key('b', 9, 1)], 'b', 'held'],
    ['the old key, when it comes back after a new one',    [key('a', 90, 20), key('b', 9, 1)], 'a', 'other'],
    ['a second key in use beside the first',               [key('a', 90, 0), key('b', 60, 0)], 'b', 'other'],
    ['a new key, a day after the last use of the old one', [key('a', 90, 2), key('b', 1)]   , 'b', 'other'],
  ];
  for (const [what, keys, shown, state] of TABLE) {
    test(`the key state is ${state}: ${what}`, () => {
      expect(keyStateOf(keys, shown, NOW)).toBe(state);
      // the order of the rows does not matter
      expect(keyStateOf(keys.toReversed(), shown, NOW)).toBe(state);
    });
  }

  test('a key that was never seen is never “held”', () => {
    const any = fc.record({
      first: fc.integer({ min: 0, max: 200 }),
      last: fc.integer({ min: 0, max: 200 }),
      name: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(any), (rows) => {
        const keys = rows.map(({ name, first, last }) =>
          key(name, Math.max(first, last), Math.min(first, last)),
        );
        expect(keyStateOf(keys, 'never seen', NOW)).not.toBe('held');
        expect(keyStateOf(keys, '', NOW)).not.toBe('held');
      }),
    );
  });
});

describe('proved device keys', () => {
  test('a key proof counts once for its nonce', async () => {
    const phone = seen('a phone', 'a home', { proof: proof('its key') });
    expect(await consumeKeyProof(db, phone)).toStrictEqual(phone);
    expect((await consumeKeyProof(db, phone)).proof).toBe(null);
    const twice = await Promise.all(
      Array.from({ length: 8 }, () =>
        consumeKeyProof(db, {
          ...phone,
          proof: { key: hashed('k'), nonce: hashed('raced'), nonceUntil: LATER },
        }),
      ),
    );
    // one of eight at once counts
    expect(twice.filter((each) => each.proof !== null).length).toBe(1);
  });

  test('the device key is a fact: held, lost or other', async () => {
    const person = await makePerson(db);
    const [home, cafe] = ['home of keys', 'cafe of keys'];
    await visits(db, person, seen('laptop of keys', home));
    const stateOf = async (changes: Parameters<typeof seen>[2]) => {
      const shown = seen('laptop of keys', cafe, changes);
      return (await signalsAt(db, person, await consumeKeyProof(db, shown))).signals.initiator
        .device.key;
    };
    expect(await stateOf({})).toBe('none');
    expect(await stateOf({ proof: proof('key of the laptop') })).toBe('held');
    expect(await stateOf({ proof: proof('key of the laptop') })).toBe('held');
    expect(await stateOf({})).toBe('lost');
    expect(await stateOf({ proof: proof('key of a thief') })).toBe('other');
    // the thief’s key did not replace it
    expect(await stateOf({ proof: proof('key of the laptop') })).toBe('held');
  });

  test('a browser name keeps eight keys at most, each for four months', async () => {
    const phone = seen('phone of many keys', 'a home');
    for (let at = 0; at < 12; at += 1)
      await consumeKeyProof(db, { ...phone, proof: proof(`key ${at}`) });
    const count = async () =>
      (
        await db.query(
          sql`select 1 from device_keys where device = ${Buffer.from(phone.device, 'base64url').subarray(0, 16)}`,
        )
      ).length;
    expect(await count()).toBe(8);
    await db.query(
      sql`update device_keys set last_at = last_at - interval '5 months' where key = ${Buffer.from(hashed('key 3'), 'base64url').subarray(0, 16)}`,
    );
    expect(await deleteOldKeys({ db, lifetimes: LIFETIMES }, 100)).toBe(1);
    expect(await count()).toBe(7);
    await db.query(
      sql`update device_nonces set expires_at = now() - interval '1 hour' where nonce = ${Buffer.from(hashed('raced'), 'base64url').subarray(0, 16)}`,
    );
    expect(await deleteOldNonces(db, 100)).toBe(1);
  });
});
