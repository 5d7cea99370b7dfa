import { describe, expect, test } from '@jest/globals';
import { LANGUAGES, otherLanguages, parseLanguage, textIn } from '../../src/web/core/i18n.ts';

describe('the languages of the pages', () => {
  for (const [asked, found] of [
    ['zh-CN', 'zh-CN'],
    ['ZH-cn', 'zh-CN'],
    ['zh-TW', 'zh-CN'],
    ['zh', 'zh-CN'],
    ['en-GB', 'en'],
    ['english', undefined],
    ['fr', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const)
    test(`the language ${asked} is read as ${found}`, () =>
      expect(parseLanguage(asked)).toBe(found));

  test('each page links to itself in every other language', () => {
    for (const language of LANGUAGES) {
      const links = otherLanguages(language, '/account');
      expect(links.map((link) => link.language)).toStrictEqual(
        LANGUAGES.filter((each) => each !== language),
      );
      for (const link of links) expect(link.href).toBe(`/account?lang=${link.language}`);
    }
  });

  test('a link to another language keeps the query', () => {
    expect(otherLanguages('en', '/operator/board?by=day')[0]?.href).toBe(
      '/operator/board?by=day&lang=zh-CN',
    );
  });

  test('a text that lacks a language is shown in the default one', () => {
    expect(textIn('en', { zh: '规则', en: 'Rules' })).toBe('Rules');
    expect(textIn('en', { zh: '规则' })).toBe('规则');
    expect(textIn('en', {})).toBe('');
  });
});
