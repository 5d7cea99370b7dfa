import { describe, expect, test } from '@jest/globals';
import {
  parseAvatarUrl,
  parseDisplayName,
  parseExternalId,
  parseLogin,
} from '../../src/accounts/account-fields.ts';
import type { Result } from '../../src/kernel/refusals.ts';

const HIDDEN = ['\u0000', '\n', '\u202e', '\u200b', '\u2066', '\ufeff', '\u3164', '\ud800'];

const value = <T>(parsed: Result<T>) => (parsed.ok ? parsed.value : parsed.refusal.code);

describe('fields of an account', () => {
  test('a login is compared in one spelling', () => {
    expect(value(parseLogin('  ＬｉｎXiao '))).toBe('linxiao');
    expect(value(parseLogin('林晓'))).toBe('林晓');
    expect(value(parseLogin('a'.repeat(64)))).toBe('a'.repeat(64));
    for (const bad of ['', '   ', 'a b', 'a'.repeat(65), 'x'.repeat(10_240), 7, null])
      expect(value(parseLogin(bad))).toBe('invalid_field');
  });

  test('a name keeps its emoji and ideographs, and is measured in characters', () => {
    for (const name of ['林晓', '👨‍👩‍👧‍👦 家', '❤️', '葛\u{e0100}', 'אבג', '👨‍👩‍👧‍👦'.repeat(64)])
      expect(value(parseDisplayName(name))).toBe(name);
    expect(value(parseDisplayName(' Lin \t Xiao '))).toBe('invalid_field');
    expect(value(parseDisplayName(' Lin   Xiao '))).toBe('Lin Xiao');
    expect(value(parseDisplayName('x'.repeat(65)))).toBe('invalid_field');
    expect(value(parseDisplayName('x'.repeat(10_240)))).toBe('invalid_field');
  });

  test('hidden and direction characters are refused in every name', () => {
    for (const hidden of HIDDEN) {
      for (const parse of [parseLogin, parseDisplayName, parseExternalId])
        expect([hidden, value<unknown>(parse(`a${hidden}b`))]).toStrictEqual([
          hidden,
          'invalid_field',
        ]);
    }
  });

  test('an external id is kept byte by byte', () => {
    expect(value(parseExternalId('oGZUI0egBJY1zhBYw2KhdUfwVJJE'))).toBe(
      'oGZUI0egBJY1zhBYw2KhdUfwVJJE',
    );
    expect(value(parseExternalId('Ａ b'))).toBe('Ａ b');
    for (const bad of ['', 'x'.repeat(256), undefined])
      expect(value(parseExternalId(bad))).toBe('invalid_field');
  });

  test('a picture is an https address without credentials', () => {
    expect(value(parseAvatarUrl('https://p.example/a.png'))).toBe('https://p.example/a.png');
    expect(value(parseAvatarUrl(null))).toBe(null);
    for (const bad of ['http://p.example/a', 'javascript:alert(1)', 'https://a:b@p.example/', 'x'])
      expect(value(parseAvatarUrl(bad))).toBe('invalid_field');
  });
});
