import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
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
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a keyring', () => {
  test('a keyring is read as it was written', () => {
    const keyring = withNewKey(withNewKey({ keys: [] }, NOW), NOW);
    assert.deepEqual(parseKeyring(formatKeyring(keyring)), { ok: true, value: keyring });
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
      assert.equal(!parsed.ok && parsed.refusal.code, 'malformed_keyring');
      assert.ok(!JSON.stringify(parsed).includes(secret.slice(0, 8)));
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
      const without = withoutKey(keyring, asked);
      assert.equal(without.ok ? 'retired' : without.refusal.code, expected);
      if (without.ok)
        assert.deepEqual(
          without.value.keys.map(({ id }) => id),
          [current],
        );
    }
  });
});

describe('custody by a local keyring', () => {
  const dataKey = randomBytes(32);

  test('custody opens what it wrapped, for the same owner only', async () => {
    const custody = makeCustody();
    const wrapped = await custody.wrap(dataKey, 'own_1');
    assert.deepEqual(await custody.unwrap(wrapped, 'own_1'), { ok: true, value: dataKey });
    const other = await custody.unwrap(wrapped, 'own_2');
    assert.equal(!other.ok && other.refusal.code, 'not_authentic');
  });

  test('custody wraps with the current key and opens with former ones', async () => {
    const custody = makeCustody();
    const old = await custody.wrap(dataKey, 'own_1');
    custody.addKey();
    assert.deepEqual(await custody.unwrap(old, 'own_1'), { ok: true, value: dataKey });
    const again = await custody.rewrap(old, 'own_1');
    assert.ok(again.ok);
    assert.equal(again.value.keyId, await custody.currentKeyId());
    assert.notEqual(again.value.keyId, old.keyId);
    custody.keyring = { keys: custody.keyring.keys.slice(1) };
    const gone = await custody.unwrap(old, 'own_1');
    assert.equal(!gone.ok && gone.refusal.code, 'unknown_key');
    assert.deepEqual(await custody.unwrap(again.value, 'own_1'), { ok: true, value: dataKey });
  });
});

describe('a keyring kept in a file', () => {
  test('a keyring file is made once, readable by this user only', async () => {
    const path = join(folder, 'new', 'keyring.json');
    const first = openCustody({ kind: 'kept', path }, NOW);
    const second = openCustody({ kind: 'kept', path }, NOW);
    assert.equal(await first.currentKeyId(), await second.currentKeyId());
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('running servers use a new key at once', async () => {
    const path = join(folder, 'keyring.json');
    const file = new KeyringFile(path);
    file.ensure(NOW);
    const running = new LocalCustody(() => file.read());
    const before = await running.currentKeyId();
    const operator = new KeyringFile(path);
    operator.replace(withNewKey(operator.read(), NOW));
    assert.equal(await running.currentKeyId(), currentKey(operator.read()).id);
    assert.notEqual(await running.currentKeyId(), before);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('a missing keyring file gives a readable error', () => {
    assert.throws(
      () => openCustody({ kind: 'file', path: join(folder, 'none.json') }, NOW),
      /ENOENT/,
    );
    assert.throws(
      () => openCustody({ kind: 'text', text: '{}' }, NOW),
      /The keyring of SECRETS_KEYRING cannot be used/,
    );
  });
});
