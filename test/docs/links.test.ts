import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

/** Where the links of a document lead that are neither the web nor a place in the document itself. */
function linksOf(file: string): readonly string[] {
  const prose = readFileSync(file, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) =>
    join(dirname(file), target ?? ''),
  );
}

for (const file of globSync('docs/**/*.md')) {
  test(`the links of ${file} lead somewhere`, () => {
    assert.deepEqual(
      linksOf(file).filter((target) => !existsSync(target)),
      [],
    );
  });
}

test('decisions are numbered one after the other, each with a title of its number', () => {
  const files = globSync('docs/decisions/*.md').sort();
  for (const [at, file] of files.entries()) {
    assert.match(file, new RegExp(`/${String(at + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
    assert.match(readFileSync(file, 'utf8'), new RegExp(`^# ${at + 1}\\. \\S`));
  }
});
