import type { Browser } from './browser.ts';
import type { Page } from './page.ts';
import { signIn } from './people.ts';

const CASE = /\/review\/cas_/;

/** A person who decides cases. */
export class Reviewer {
  readonly browser: Browser;
  readonly login: string;

  constructor(browser: Browser, login: string) {
    this.browser = browser;
    this.login = login;
  }

  /** The queue, signed in; `filter` as in its links, for example `?subject=evidence&appeals=1`. */
  async queue(filter = ''): Promise<Page> {
    const page = await this.browser.open(`/review${filter}`);
    return page.hasForm('login') ? await signIn(this.browser, page, this.login) : page;
  }

  /**
   * Opens the cases of the queue, earliest due date first, until one is about this. Undefined if
   * there is none.
   */
  async find(filter: string, about: string): Promise<Page | undefined> {
    for (const { url } of (await this.queue(filter)).links(CASE)) {
      const page = await this.browser.open(url);
      if (page.text.includes(about)) return page;
    }
    return undefined;
  }

  async decide(found: Page, decision: 'approve' | 'refuse', reason: string): Promise<Page> {
    return await this.browser.press(found.form('decision', decision), { decision, reason });
  }
}
