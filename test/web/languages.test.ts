import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
    test(`${asked} asks for ${found}`, () => assert.equal(parseLanguage(asked), found));

  test('each page links to itself in every other language', () => {
    for (const language of LANGUAGES) {
      const links = otherLanguages(language, '/account');
      assert.deepEqual(
        links.map((link) => link.language),
        LANGUAGES.filter((each) => each !== language),
      );
      for (const link of links) assert.equal(link.href, `/account?lang=${link.language}`);
    }
  });

  test('a link to another language keeps the query', () => {
    assert.equal(
      otherLanguages('en', '/operator/board?by=day')[0]?.href,
      '/operator/board?by=day&lang=zh-CN',
    );
  });

  test('a text without this language is shown in the default one', () => {
    assert.equal(textIn('en', { zh: '规则', en: 'Rules' }), 'Rules');
    assert.equal(textIn('en', { zh: '规则' }), '规则');
    assert.equal(textIn('en', {}), '');
  });
});
