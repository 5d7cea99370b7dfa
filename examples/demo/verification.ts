import type { Browser } from './browser.ts';
import type { Form, Page } from './page.ts';
import { decide, PASSWORD, signIn } from './people.ts';

const VERIFICATION = '/account/verification';

/** A person who gets their own account verified. */
export class Applicant {
  readonly browser: Browser;
  readonly login: string;
  /** The separate consents that were asked for, by their names on the page. */
  readonly consents: string[] = [];

  constructor(browser: Browser, login: string) {
    this.browser = browser;
    this.login = login;
  }

  /** A page of the account, signed in. Consents that are asked for first are read and given. */
  async open(path: string = VERIFICATION): Promise<Page> {
    let page = await this.browser.open(path);
    if (page.hasForm('login')) page = await signIn(this.browser, page, this.login);
    while (page.hasForm('consent')) {
      this.consents.push(page.title);
      page = await decide(this.browser, page, 'approve');
    }
    return page;
  }

  async declare(who: Readonly<Record<string, string>>): Promise<Page> {
    const page = await this.open(`${VERIFICATION}/declare`);
    return await this.browser.press(page.form('number'), who);
  }

  async bring(
    type: string,
    files: readonly File[],
    typed: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    const page = await this.open(`${VERIFICATION}/${type}`);
    return await this.browser.upload(page.form('documents'), files, typed);
  }

  /** Reloads the page until its headline matches or the time is over. Returns the last page. */
  async waitFor(says: RegExp, seconds = 120): Promise<Page> {
    for (const deadline = Date.now() + seconds * 1_000; ; ) {
      const page = await this.open();
      if (says.test(status(page)) || Date.now() >= deadline) return page;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** Deletes all data about the person behind the account (PIPL art. 47). */
export async function deleteData(applicant: Applicant): Promise<Page> {
  const page = await applicant.open('/account/data/delete');
  return await applicant.browser.press(page.form('password'), { password: PASSWORD });
}

export const VERIFIED = /^You are verified/;

/** The headline of the verification page. */
export function status(page: Page): string {
  return page.textOfId('standing');
}

export function isVerified(page: Page): boolean {
  return VERIFIED.test(status(page));
}

/** Has the account declared its owner? */
export function hasDeclared(page: Page): boolean {
  return page.textOfId('step-declare').includes('Filled in');
}

/**
 * The form that withdraws or appeals the piece of this step. It is named by the first piece of the
 * step.
 */
export function pieceForm(page: Page, step: string, change: 'withdraw' | 'appeal'): Form {
  const [found] = page.formsEnding(`/${change}`, `step-${step}`);
  if (!found) throw new Error(`the page “${page.title}” offers no way to ${change} ${step}`);
  return found.form;
}

/**
 * Reads `Result by December 10, 2026 at 6:00 PM at the latest` as a day and an hour in Shanghai.
 */
export function dateAfter(
  text: string,
  words: string,
): { readonly day: string; readonly time: string } | undefined {
  const found = new RegExp(
    `${words} (?<date>\\w+ \\d{1,2}, \\d{4}) at (?<time>\\d{1,2}:\\d{2}\\s[AP]M)`,
  ).exec(text)?.groups;
  if (!found?.date || !found.time) return undefined;
  return {
    day: new Date(`${found.date} UTC`).toISOString().slice(0, 10),
    time: found.time.replace(/\s/, ' '),
  };
}
