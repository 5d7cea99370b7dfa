import { readDocument, rowsOf } from '../docs/examples.ts';

/**
 * The requirements of docs/requirements.md by their ids, in the order of their numbers; each with
 * its first sentence.
 */
export const REQUIREMENTS: readonly (readonly [string, string])[] = rowsOf(
  readDocument('docs/requirements.md'),
)
  .flatMap(([id = '', says = '']) =>
    /^R\d+$/.test(id) ? [[id, firstSentence(says)] as const] : [],
  )
  .sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));

function firstSentence(text: string): string {
  return (/^.+?[.:](?= |$)/.exec(text)?.[0] ?? text).replace(/[.:]$/, '').replaceAll('*', '');
}
