import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CanarySearch } from './canaries.ts';

/**
 * Every way of hiding a text is written here anew, in the midst of other text, by other means than
 * the search's own. What is not found here would not be found in the database either.
 */
const NAME = '孙丽蓉';
const NUMBER = '99999919950817006X';
const CARD = '6217999900041234567';
const search = new CanarySearch([
  { what: 'name', text: NAME },
  { what: 'number', text: NUMBER },
  { what: 'card', text: CARD },
]);

const hash = (algorithm: string, text: string): Buffer =>
  createHash(algorithm).update(text).digest();
const hexOf = (text: string): string => Buffer.from(text).toString('hex');
const utf32 = (text: string): Buffer =>
  Buffer.concat(
    Array.from(text, (char) =>
      Buffer.from([0, 0, (char.codePointAt(0) ?? 0) >> 8, (char.codePointAt(0) ?? 0) & 255]),
    ),
  );

// biome-ignore format: a table is read by its columns
const PLANTED: readonly (readonly [how: string, what: string, planted: string | Buffer])[] = [
  ['as it is',                     'name',   `{"name":"${NAME}"}`],
  ['as it is',                     'number', `where number = '${NUMBER}'`],
  ['with a small x',               'number', `number ${NUMBER.toLowerCase()}.`],
  ['in UTF-16',                    'name',   Buffer.from(`﻿姓名：${NAME}`, 'utf16le')],
  ['in UTF-16, big-endian',        'name',   Buffer.from(`姓名：${NAME}`, 'utf16le').swap16()],
  ['in UTF-16',                    'number', Buffer.from(`no. ${NUMBER}`, 'utf16le')],
  ['in UTF-32',                    'name',   utf32(`姓名：${NAME}`)],
  ['in UTF-32, little-endian',     'name',   utf32(`姓名：${NAME}`).swap32()],
  ['in UTF-32',                    'card',   utf32(`卡号：${CARD}`)],
  ['in GB 18030',                  'name',   Buffer.from('d0d5c3fb3acbefc0f6c8d8', 'hex')],
  ['in GB 18030, base64',          'name',   Buffer.from('d0d5c3fb3acbefc0f6c8d8', 'hex').toString('base64')],
  ['in hex',                       'name',   'e7ba9ae5ad99e4b8bde89389e38082'],
  ['in hex, capitals',             'name',   'E7BA9AE5AD99E4B8BDE89389E38082'],
  ['in hex with colons',           'name',   'e5:ad:99:e4:b8:bd:e8:93:89'],
  ['in hex, as PostgreSQL does',   'number', `\\x${hexOf(`{"n":"${NUMBER}"}`)}`],
  ['in base64 at 0',               'name',   Buffer.from(`abc${NAME} lives here`).toString('base64')],
  ['in base64 at 1',               'name',   Buffer.from(`abcd${NAME} lives here`).toString('base64')],
  ['in base64 at 2',               'name',   Buffer.from(`abcde${NAME} lives here`).toString('base64')],
  ['in base64url at 0',            'number', Buffer.from(`abc${NUMBER}`).toString('base64url')],
  ['in base64url at 1',            'number', Buffer.from(`a${NUMBER}?`).toString('base64url')],
  ['in base64url at 2',            'number', Buffer.from(`ab${NUMBER}??`).toString('base64url')],
  ['in base64, broken in lines',   'card',   Buffer.from(`xx${CARD} and more`).toString('base64').replace(/(.{11})/g, '$1\r\n')],
  ['in base64 of UTF-16',          'name',   Buffer.from(`a${NAME}z`, 'utf16le').toString('base64')],
  ['in a URL',                     'name',   encodeURIComponent(`?name=${NAME}&ok=1`)],
  ['in a URL, small',              'name',   encodeURIComponent(NAME).toLowerCase()],
  ['in a URL, every sign',         'number', NUMBER.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`)],
  ['in JSON escapes',              'name',   '{"name":"\\u5b59\\u4e3d\\u84c9"}'],
  ['in JSON escapes, capitals',    'name',   '{"name":"\\u5B59\\u4E3D\\u84C9"}'],
  ['in JSON escapes within JSON',  'name',   JSON.stringify('{"name":"\\u5b59\\u4e3d\\u84c9"}')],
  ['in JSON escapes',              'number', NUMBER.replace(/./g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)],
  ['in HTML',                      'name',   '<b>&#23385;&#20029;&#33993;</b>'],
  ['in HTML, hex',                 'name',   '<b>&#x5b59;&#x4e3d;&#x84c9;</b>'],
  ['in HTML, hex capitals',        'name',   '<b>&#x5B59;&#x4E3D;&#x84C9;</b>'],
  ['in quoted-printable',          'name',   'Name: =E5=AD=99=E4=B8=BD=E8=93=89'],
  ['in quoted-printable, broken',  'name',   'Name: =E5=AD=99=E4=\r\n=B8=BD=E8=93=89'],
  ['in backslashes',               'name',   '\\xe5\\xad\\x99\\xe4\\xb8\\xbd\\xe8\\x93\\x89'],
  ['in octal',                     'name',   '\\345\\255\\231\\344\\270\\275\\350\\223\\211'],
  ['reversed',                     'name',   '蓉丽孙'],
  ['reversed',                     'number', 'X60071805991999999'],
  ['in full width',                'number', '９９９９９９１９９５０８１７００６Ｘ'],
  ['in full width, UTF-16',        'card',   Buffer.from('６２１７９９９９０００４１２３４５６７', 'utf16le')],
  ['in fours',                     'card',   '6217 9999 0004 1234 567'],
  ['in fours, ideographic spaces', 'card',   '6217　9999　0004　1234　567'],
  ['in fours, no-break spaces',    'card',   '6217\u00a09999\u00a00004\u00a01234\u00a0567'],
  ['by birthday',                  'number', '999999-1995-08-17-006X'],
  ['in dots',                      'card',   '6.2.1.7.9.9.9.9.0.0.0.4.1.2.3.4.5.6.7'],
  ['character by character',       'name',   '孙 丽 蓉'],
  ['in MD5',                       'number', hash('md5', NUMBER).toString('hex')],
  ['in MD5, bytes',                'number', hash('md5', NUMBER)],
  ['in SHA-1',                     'number', hash('sha1', NUMBER).toString('hex').toUpperCase()],
  ['in SHA-1, base64',             'card',   hash('sha1', CARD).toString('base64')],
  ['in SHA-256',                   'number', hash('sha256', NUMBER).toString('hex')],
  ['in SHA-256, base64',           'number', hash('sha256', NUMBER).toString('base64')],
  ['in SHA-256, base64url',        'number', hash('sha256', NUMBER).toString('base64url')],
  ['in SHA-256, small x',          'number', hash('sha256', NUMBER.toLowerCase())],
  ['in SHA-512',                   'name',   hash('sha512', NAME).toString('base64')],
  ['in SM3',                       'number', hash('sm3', NUMBER).toString('hex')],
];

const places = (planted: string | Buffer): Buffer[] => {
  const bytes = Buffer.from(planted);
  return [bytes, Buffer.concat([randomBytes(4_001), bytes, randomBytes(999)])];
};

describe('the search for canaries', () => {
  for (const [how, what, planted] of PLANTED) {
    test(`the search finds the ${what} ${how}`, () => {
      for (const haystack of places(planted))
        expect([...search.in(haystack)].some((found) => found.what === what)).toBe(true);
    });
  }

  test('the search finds nothing in 16 MB of noise, also as hex and base64', () => {
    const noise = randomBytes(16 * 1024 * 1024);
    const part = noise.subarray(0, 4 * 1024 * 1024);
    for (const haystack of [
      noise,
      Buffer.from(part.toString('hex')),
      Buffer.from(part.toString('base64')),
    ]) {
      expect([...search.in(haystack)]).toStrictEqual([]);
    }
  });

  test('the search ignores similar texts and keyed hashes', () => {
    for (const other of ['孙丽', '孙丽荣', NUMBER.slice(0, -2), '6217 9999 0004 1234 568']) {
      expect([
        ...search.in(
          Buffer.from(`${other} ${hexOf(other)} ${Buffer.from(other).toString('base64')}`),
        ),
      ]).toStrictEqual([]);
    }
    // nor in what is packed, which is why the database is dumped unpacked
    expect([...search.in(deflateSync(NUMBER))]).toStrictEqual([]);
  });

  test('the search reports what it found and its encoding, and never the text', () => {
    const [found] = search.in(Buffer.from(`  ${NUMBER}`));
    expect(found).toStrictEqual({ what: 'number', encoding: 'plain, utf8', at: 2 });
  });

  test('the search refuses a canary that is short enough to occur by chance', () => {
    expect(() => new CanarySearch([{ what: 'a name of two signs', text: '孙丽' }])).toThrow(
      /too short/,
    );
  });

  test('the search finds numbers of ten digits and more, in each common encoding', () => {
    const digits = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 20 })
      .map((many) => many.join(''));
    fc.assert(
      fc.property(
        digits,
        fc.string(),
        fc.string(),
        fc.constantFrom('utf8', 'hex', 'base64', 'base64url', 'utf16le'),
        (text, before, after, encoding) => {
          const whole = before + text + after;
          const haystack =
            encoding === 'utf16le'
              ? Buffer.from(whole, encoding)
              : Buffer.from(Buffer.from(whole).toString(encoding));
          expect(new CanarySearch([{ what: 'it', text }]).in(haystack).next().value).not.toBe(
            undefined,
          );
        },
      ),
    );
  });
});
