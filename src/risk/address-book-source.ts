import { resolve } from 'node:path';

export interface AddressBookSource {
  /**
   * MaxMind DB files (format 2.0) of autonomous systems, cities or countries. Each adds what it
   * knows.
   */
  readonly databases: readonly string[];
  /** Autonomous systems of hosting providers. */
  readonly hosting: readonly number[];
}

/**
 * Paths are separated by commas. Numbers are separated by commas, spaces or lines; `#` starts a
 * comment.
 */
export function parseAddressBook(
  paths: string | undefined,
  hosting: string | undefined,
): { readonly source: AddressBookSource; readonly problems: readonly string[] } {
  const databases = partsOf(paths ?? '', /,/);
  const numbers = partsOf((hosting ?? '').replaceAll(/#.*$/gm, ''), /[\s,]+/);
  const problems = numbers
    .filter((text) => !/^(AS)?\d{1,10}$/i.test(text))
    .map((text) => `ADDRESS_HOSTING: ${text.slice(0, 40)} is no number of an autonomous system`);
  if (numbers.length > 0 && databases.length === 0)
    problems.push('ADDRESS_HOSTING: needs ADDRESS_DATABASE, which tells whose an address is');
  const source = {
    databases: databases.map((path) => resolve(path)),
    hosting: numbers.map((text) => Number(text.replace(/^AS/i, ''))),
  };
  return { source, problems };
}

function partsOf(text: string, separator: RegExp): readonly string[] {
  const parts = text.split(separator).map((part) => part.trim());
  return parts.filter((part) => part !== '');
}
