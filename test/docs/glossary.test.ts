import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readDocument, tableUnder } from './examples.ts';

const FILES = globSync('{src,test,bench,sim,examples}/**/*.ts');
const DECLARED = /\b(?:function|const|let|class|interface|type)\s+#?(\w+)|\breadonly\s+(\w+)\??:/g;

/** The single words that the glossary rejects. Phrases of several words are left out. */
function rejectedWords(): ReadonlySet<string> {
  const rows = tableUnder(readDocument('docs/glossary.md'), 'Words that names do not use');
  const singles = rows.flatMap(([not = '']) => not.split(',').map((word) => word.trim()));
  return new Set(singles.filter((word) => !word.includes(' ')));
}

/** `findOpenSittings` has the words find, open, sittings, sitting. */
function wordsOf(name: string): readonly string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .map((word) => word.toLowerCase());
  return words.flatMap((word) => (word.endsWith('s') ? [word, word.slice(0, -1)] : [word]));
}

function namesIn(file: string): readonly string[] {
  const declared = [...readFileSync(file, 'utf8').matchAll(DECLARED)].map(
    ([, name, member]) => name ?? member ?? '',
  );
  return [file.split('/').at(-1) ?? file, ...declared];
}

describe('docs/glossary.md', () => {
  test('no name has a word that the glossary rejects', () => {
    const rejected = rejectedWords();
    const found = FILES.flatMap((file) =>
      namesIn(file)
        .filter((name) => wordsOf(name).some((word) => rejected.has(word)))
        .map((name) => `${file}: ${name}`),
    );
    expect(found).toStrictEqual([]);
  });

  test('the check finds a rejected word inside a longer name', () => {
    const rejected = rejectedWords();
    for (const name of ['openSittings', 'FATE_OF', 'unknown_sitting', 'tend-evidence.ts'])
      expect([name, wordsOf(name).some((word) => rejected.has(word))]).toStrictEqual([name, true]);
    expect(wordsOf('backgroundColour').some((word) => rejected.has(word))).toBe(false);
  });

  test('the glossary has one line a term, in both languages', () => {
    const rows = readDocument('docs/glossary.md')
      .split('\n')
      .filter((line) => /^\| (?!term|-|not)/.test(line));
    const terms = rows.map((row) => row.split('|')[1]?.trim());
    expect(terms.filter((term, at) => terms.indexOf(term) !== at)).toStrictEqual([]);
    const threeColumns = rows.filter((row) => row.split('|').length === 5);
    expect(threeColumns.length).toBeGreaterThan(50);
    for (const row of threeColumns)
      expect([row, row.split('|')[2] ?? '']).toStrictEqual([
        row,
        expect.stringMatching(/\p{Script=Han}/u),
      ]);
  });
});
