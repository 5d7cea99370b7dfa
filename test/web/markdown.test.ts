import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { markdownToHtml } from '../../src/web/front/markdown.ts';

describe('documents as pages', () => {
  test('HTML in a document is escaped', () => {
    const html = markdownToHtml(
      '# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> `<b>` [x](javascript:alert(1)) [y](/docs"onclick=1)',
    );
    expect(html).not.toMatch(/<(script|img|b)\b/);
    expect(html).not.toMatch(/href="javascript:|href="[^"]*"onclick/);
  });

  test('a document has headings, lists, tables, code and links', () => {
    const html = markdownToHtml(
      '## Two *words*\n\n- one\n  and more\n- two\n\n1. first\n\n| a | b |\n|---|---|\n| `x\\|y` | 2 |\n\n```json\n{ "a": 1 }\n```\n\n    code\n\n**bold** [docs](/docs)',
    );
    const flat = html.replaceAll(/>\n+</g, '><').replaceAll('\n', ' ');
    expect(flat).toMatch(/<h2 id="two-words">Two <em>words<\/em><\/h2>/);
    expect(flat).toMatch(/<ul><li>one and more<\/li><li>two<\/li><\/ul>/);
    expect(flat).toMatch(/<ol><li>first<\/li><\/ol>/);
    expect(flat).toMatch(/<div class="scroll" tabindex="0"><table>/);
    expect(flat).toMatch(/<td><code>x\|y<\/code><\/td><td>2<\/td>/);
    expect(flat).toMatch(/<pre tabindex="0"><code>\{ &quot;a&quot;: 1 \}<\/code><\/pre>/);
    expect(flat).toMatch(/<pre tabindex="0"><code>code<\/code><\/pre>/);
    expect(flat).toMatch(/<strong>bold<\/strong> <a href="\/docs">docs<\/a>/);
  });

  test('rendering a document ends for every input', async () => {
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
      expect(typeof markdownToHtml(source)).toBe('string');
    }
  });
});
