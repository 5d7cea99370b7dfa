import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { markdownToHtml } from '../../src/web/front/markdown.ts';

describe('documents as pages', () => {
  test('show markup and bring none', () => {
    const html = markdownToHtml(
      '# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> `<b>` [x](javascript:alert(1)) [y](/docs"onclick=1)',
    );
    assert.doesNotMatch(html, /<(script|img|b)\b/);
    assert.doesNotMatch(html, /href="javascript:|href="[^"]*"onclick/);
  });

  test('have headings, lists, tables, code and links', () => {
    const html = markdownToHtml(
      '## Two *words*\n\n- one\n  and more\n- two\n\n1. first\n\n| a | b |\n|---|---|\n| `x\\|y` | 2 |\n\n```json\n{ "a": 1 }\n```\n\n    code\n\n**bold** [docs](/docs)',
    );
    const flat = html.replaceAll(/>\n+</g, '><').replaceAll('\n', ' ');
    assert.match(flat, /<h2 id="two-words">Two <em>words<\/em><\/h2>/);
    assert.match(flat, /<ul><li>one and more<\/li><li>two<\/li><\/ul>/);
    assert.match(flat, /<ol><li>first<\/li><\/ol>/);
    assert.match(flat, /<div class="scroll" tabindex="0"><table>/);
    assert.match(flat, /<td><code>x\|y<\/code><\/td><td>2<\/td>/);
    assert.match(flat, /<pre tabindex="0"><code>\{ &quot;a&quot;: 1 \}<\/code><\/pre>/);
    assert.match(flat, /<pre tabindex="0"><code>code<\/code><\/pre>/);
    assert.match(flat, /<strong>bold<\/strong> <a href="\/docs">docs<\/a>/);
  });

  test('end, whatever they hold', async () => {
    for (const source of [
      '',
      '\n\n',
      '```',
      '|',
      '- ',
      '#',
      '    ',
      '####### x',
      '**',
      await readFile(new URL('../../src/web/core/copy.en.json', import.meta.url), 'utf8'),
    ]) {
      assert.equal(typeof markdownToHtml(source), 'string');
    }
  });
});
