import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { plusSeconds } from '../../src/kernel/time.ts';
import {
  currentKey,
  formatKeyring,
  parseKeyring,
  withNewKey,
  withoutKey,
} from '../../src/owners/keyring.ts';
import { KeyringFile } from '../../src/owners/keyring-file.ts';
import { LocalCustody } from '../../src/owners/local-custody.ts';
import { openCustody } from '../../src/owners/open-custody.ts';
import { makeCustody } from '../support/custody.ts';

const NOW = new Date('2026-11-03T09:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'bindery-keyring-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a keyring', () => {
  test('a keyring is read as it was written', () => {
    const keyring = withNewKey(withNewKey({ keys: [] }, NOW), NOW);
    expect(parseKeyring(formatKeyring(keyring))).toStrictEqual({ ok: true, value: keyring });
  });

  const secret = randomBytes(32).toString('base64url');
  // biome-ignore format: a table is read by its columns
  const MALFORMED: Record<string, string> = {
    'nothing':           '',
    'no JSON':           `{ ${secret}`,
    'no keys':           '{"keys":[]}',
    'a short key':       `{"keys":[{"id":"a","key":"${secret.slice(0, 40)}","madeAt":"2026-11-03T09:00:00Z"}]}`,
    'one id twice':      JSON.stringify({ keys: [1, 2].map(() => ({ id: 'a', key: secret, madeAt: NOW })) }),
    'a field too many':  `{"keys":[{"id":"a","key":"${secret}","madeAt":"2026-11-03T09:00:00Z","note":"${secret}"}]}`,
  };
  for (const [name, text] of Object.entries(MALFORMED)) {
    test(`a keyring with ${name} is refused, without a word of the secret`, () => {
      const parsed = parseKeyring(text);
      expect(!parsed.ok && parsed.refusal.code).toBe('malformed_keyring');
      expect(JSON.stringify(parsed)).not.toContain(secret.slice(0, 8));
    });
  }

  test('only an old key that wraps nothing is removed, an hour after the change', () => {
    const keyring = withNewKey(withNewKey({ keys: [] }, NOW), NOW);
    const [former, current] = keyring.keys.map(({ id }) => id) as [string, string];
    const later = plusSeconds(NOW, 3_600);
    // biome-ignore format: a table is read by its columns
    const table = [
      [{ id: 'kek_none', inUse: 0, now: later }, 'unknown_key'],
      [{ id: current,    inUse: 0, now: later }, 'current_key'],
      [{ id: former,     inUse: 1, now: later }, 'key_in_use'],
      [{ id: former,     inUse: 0, now: NOW },   'too_soon'],
      [{ id: former,     inUse: 0, now: later }, 'retired'],
    ] as const;
    for (const [asked, expected] of table) {
      const without = withoutKey(keyring, { ...asked, lingers: 3_600 });
      expect(without.ok ? 'retired' : without.refusal.code).toBe(expected);
      if (without.ok) expect(without.value.keys.map(({ id }) => id)).toStrictEqual([current]);
    }
  });
});

describe('custody by a local keyring', () => {
  const dataKey = randomBytes(32);

  test('custody opens what it wrapped, for the same owner only', async () => {
    const custody = makeCustody();
    const wrapped = await custody.wrap(dataKey, 'own_1');
    expect(await custody.unwrap(wrapped, 'own_1')).toStrictEqual({ ok: true, value: dataKey });
    const other = await custody.unwrap(wrapped, 'own_2');
    expect(!other.ok && other.refusal.code).toBe('not_authentic');
  });

  test('custody wraps with the current key and opens with former ones', async () => {
    const custody = makeCustody();
    const old = await custody.wrap(dataKey, 'own_1');
    custody.addKey();
    expect(await custody.unwrap(old, 'own_1')).toStrictEqual({ ok: true, value: dataKey });
    const again = await custody.rewrap(old, 'own_1');
    assert.ok(again.ok);
    expect(again.value.keyId).toBe(await custody.currentKeyId());
    expect(again.value.keyId).not.toBe(old.keyId);
    custody.keyring = { keys: custody.keyring.keys.slice(1) };
    const gone = await custody.unwrap(old, 'own_1');
    expect(!gone.ok && gone.refusal.code).toBe('unknown_key');
    expect(await custody.unwrap(again.value, 'own_1')).toStrictEqual({ ok: true, value: dataKey });
  });
});

describe('a keyring kept in a file', () => {
  test('a keyring file is made once, readable by this user only', async () => {
    const path = join(folder, 'new', 'keyring.json');
    const first = openCustody({ kind: 'kept', path }, NOW);
    const second = openCustody({ kind: 'kept', path }, NOW);
    expect(await first.currentKeyId()).toBe(await second.currentKeyId());
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('running servers use a new key at once', async () => {
    const path = join(folder, 'keyring.json');
    const file = new KeyringFile(path);
    file.ensure(NOW);
    const running = new LocalCustody(() => file.read());
    const before = await running.currentKeyId();
    const operator = new KeyringFile(path);
    operator.replace(withNewKey(operator.read(), NOW));
    expect(await running.currentKeyId()).toBe(currentKey(operator.read()).id);
    expect(await running.currentKeyId()).not.toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a missing keyring file gives a readable error', () => {
    expect(() => openCustody({ kind: 'file', path: join(folder, 'none.json') }, NOW)).toThrow(
      /ENOENT/,
    );
    expect(() => openCustody({ kind: 'text', text: '{}' }, NOW)).toThrow(
      /The keyring of SECRETS_KEYRING cannot be used/,
    );
  });
});
