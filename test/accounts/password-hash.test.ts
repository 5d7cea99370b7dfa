import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hash as hashBcrypt } from '@node-rs/bcrypt';
import * as argon2 from 'argon2';
import { parsePasswordHash } from '../../src/accounts/password-hash.ts';
import { checkPassword, hashPassword, needsRenewal } from '../../src/accounts/passwords.ts';
import { refusedAs } from '../fixtures/accounts.ts';

const PASSWORD = 'pässwörd 密码';
const b64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
const salt = randomBytes(16);

function scryptHash(ln: number, r: number, p: number): string {
  const cost = { N: 2 ** ln, r, p, maxmem: 2 ** 28 };
  return `$scrypt$ln=${ln},r=${r},p=${p}$${b64(salt)}$${b64(scryptSync(PASSWORD, salt, 32, cost))}`;
}

function pbkdf2Hash(digest: 'sha256' | 'sha512', rounds: number): string {
  const key = pbkdf2Sync(PASSWORD, salt, rounds, digest === 'sha256' ? 32 : 64, digest);
  return `$pbkdf2-${digest}$i=${rounds}$${b64(salt)}$${b64(key)}`;
}

const bcrypt = await hashBcrypt(PASSWORD, 4);
const HASHES: Readonly<Record<string, string>> = {
  ours: await hashPassword(PASSWORD),
  'argon2id of another cost': await argon2.hash(PASSWORD, { memoryCost: 1024, timeCost: 3 }),
  argon2i: await argon2.hash(PASSWORD, { type: argon2.argon2i, memoryCost: 1024 }),
  'bcrypt $2b$': bcrypt,
  'bcrypt $2a$': bcrypt.replace('$2b$', '$2a$'),
  'bcrypt $2y$': bcrypt.replace('$2b$', '$2y$'),
  scrypt: scryptHash(10, 8, 1),
  'scrypt with lanes': scryptHash(4, 16, 3),
  'PBKDF2 with SHA-256': pbkdf2Hash('sha256', 1000),
  'PBKDF2 with SHA-512': pbkdf2Hash('sha512', 1000),
  'PBKDF2 with a length': pbkdf2Hash('sha256', 1000).replace('i=1000', 'i=1000,l=32'),
  'PBKDF2 as passlib writes it': pbkdf2Hash('sha512', 900)
    .replace('i=900', '900')
    .replaceAll('+', '.'),
};

describe('password hashes of other systems', () => {
  test.each(Object.entries(HASHES))('%s: the right password and no other', async (_, stored) => {
    expect(await checkPassword(stored, PASSWORD)).toBe(true);
    for (const wrong of ['', `${PASSWORD} `, PASSWORD.slice(1), `${PASSWORD.slice(0, 3)}\0`])
      expect([wrong, await checkPassword(stored, wrong)]).toStrictEqual([wrong, false]);
    expect(needsRenewal(stored)).toBe(stored !== HASHES.ours);
  });

  test('hashes that other programs published are read alike', async () => {
    const published = [
      // bcrypt's own test, RFC 7914 §12, and the vectors of RFC 6070 with SHA-256.
      ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
      [
        'password',
        `$scrypt$ln=10,r=8,p=16$${b64(Buffer.from('NaCl'))}$${b64(Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640', 'hex'))}`,
      ],
      [
        'password',
        `$pbkdf2-sha256$i=4096$c2FsdA$${b64(Buffer.from('c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a', 'hex'))}`,
      ],
    ] as const;
    for (const [password, stored] of published)
      expect([stored, await checkPassword(stored, password)]).toStrictEqual([stored, true]);
  });

  test('a hash of unknown form is refused, and no password is right for it', async () => {
    const key = 'A'.repeat(43);
    const unknown = [
      undefined,
      null,
      42,
      '',
      'x',
      PASSWORD,
      '5f4dcc3b5aa765d61d8327deb882cf99',
      '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
      `$argon2d$v=19$m=1024,t=2,p=1$c29tZXNhbHRzYWx0$${key}`,
      `$argon2id$v=19$m=4,t=2,p=1$c29tZXNhbHRzYWx0$${key}`,
      `$argon2id$v=19$m=1024,t=0,p=1$c29tZXNhbHRzYWx0$${key}`,
      '$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$2b$05$short',
      `${bcrypt}\n`,
      // An empty or tiny key would be right for every password, or for many.
      `$scrypt$ln=10,r=8,p=1$${b64(salt)}$`,
      `$pbkdf2-sha256$i=1000$${b64(salt)}$AAAA`,
      `$pbkdf2-sha256$i=0$${b64(salt)}$${key}`,
      `$pbkdf2-sha1$i=1000$${b64(salt)}$${key}`,
      `$scrypt$ln=0,r=8,p=1$${b64(salt)}$${key}`,
      `${bcrypt}${'x'.repeat(10_000)}`,
    ];
    for (const each of unknown) {
      expect([each, refusedAs(parsePasswordHash(each))]).toStrictEqual([each, 'unknown_hash']);
      expect(await checkPassword(String(each), PASSWORD)).toBe(false);
    }
  });

  test('a hash that would take minutes or gigabytes is refused and never run', async () => {
    const key = 'A'.repeat(43);
    const costly = [
      `$argon2id$v=19$m=999999999,t=1,p=1$c29tZXNhbHRzYWx0$${key}`,
      `$argon2id$v=19$m=131072,t=9,p=1$c29tZXNhbHRzYWx0$${key}`,
      `$argon2id$v=19$m=131072,t=1,p=255$c29tZXNhbHRzYWx0$${key}`,
      '$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      `$scrypt$ln=20,r=8,p=1$${b64(salt)}$${key}`,
      `$scrypt$ln=63,r=8,p=1$${b64(salt)}$${key}`,
      `$scrypt$ln=14,r=8,p=9999$${b64(salt)}$${key}`,
      `$pbkdf2-sha512$i=999999999$${b64(salt)}$${key}`,
    ];
    const startedAt = performance.now();
    for (const each of costly) {
      expect([each, refusedAs(parsePasswordHash(each))]).toStrictEqual([each, 'hash_too_costly']);
      expect(await checkPassword(each, PASSWORD)).toBe(false);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
