import type { Page } from '../../examples/demo/page.ts';

/** What an error page says, without the reference that every request has of its own. */
export function withoutReference(page: Page): string {
  return page.text.replace(page.textOfId('reference'), '');
}
