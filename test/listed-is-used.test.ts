import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { VARIABLES } from '../src/config.ts';
import { COUNTERS } from '../src/kernel/counters.ts';
import { LIFETIMES } from '../src/lifetimes.ts';

const textOf = (file: string): string => readFileSync(file, 'utf8');

/** The sources that say something, without the files that list names. */
function sourcesThat(says: RegExp, ...lists: readonly string[]): string {
  return globSync('src/**/*.ts')
    .filter((file) => !lists.includes(file))
    .map(textOf)
    .filter((text) => says.test(text))
    .join('\n');
}

/** The compiler does not find an entry of a table that nothing reads. */
describe('what is listed is used', () => {
  test('each variable of the environment has an effect', () => {
    // Where a part of the configuration has rules of its own, they are beside what they are about.
    const config = `${textOf('src/config.ts')}${textOf('src/accounts/message-settings.ts')}`;
    const isRead = (name: string): boolean =>
      new RegExp(`\\bvalue\\.${name}\\b|\\b${name}: \\w+[,\\s][^=]*\\} = value\\b`).test(config);
    expect(VARIABLES.filter((name) => !isRead(name))).toStrictEqual([]);
  });

  test('each lifetime is the lifetime of something', () => {
    const code = sourcesThat(/[Ll]ifetimes/, 'src/lifetimes.ts', 'src/config.ts');
    const names = Object.values(LIFETIMES).flatMap((section) => Object.keys(section));
    expect(names.length).toBeGreaterThan(15);
    const isRead = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code);
    expect(names.filter((name) => !isRead(name))).toStrictEqual([]);
  });

  test('each counter is counted', () => {
    const code = sourcesThat(/bindery_/, 'src/kernel/counters.ts');
    expect(Object.keys(COUNTERS).filter((name) => !code.includes(`'${name}'`))).toStrictEqual([]);
  });

  test('each event for relying parties is written', () => {
    const list = 'src/audit/audit-log.store.ts';
    const events = textOf(list).match(/urn:bindery:event:[\w-]+/g) ?? [];
    const code = sourcesThat(/urn:bindery/, list);
    expect(events.length).toBeGreaterThan(4);
    expect(events.filter((event) => !code.includes(`'${event}'`))).toStrictEqual([]);
  });
});
