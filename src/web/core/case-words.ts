import type { QueuedCase } from '../../review/queue.store.ts';
import type { Translator } from './i18n.ts';

/** The title of a case: its subject and the kind of account. */
export function titleOf(
  t: Translator,
  { subject, kind }: Pick<QueuedCase, 'subject' | 'kind'>,
): string {
  const what = t(`review.subject.${subject}`);
  return kind ? `${what} · ${t(`kind.${kind}`)}` : what;
}

export function shortId(id: string): string {
  return id.slice(-6);
}
