import type { Browser } from './browser.ts';
import type { Form, Page } from './page.ts';

/** The password of every demo account (README). */
export const PASSWORD = 'Bindery-demo-2026';

export type SignIn = (browser: Browser, page: Page, login: string) => Promise<Page>;

export async function signIn(browser: Browser, page: Page, login: string): Promise<Page> {
  return await browser.press(page.form('login'), { login, password: PASSWORD });
}

/** Signs in at the demo's own platform, whose accounts Bindery has no password of (R47). */
export async function signInUpstream(browser: Browser, page: Page, login: string): Promise<Page> {
  const provider = 'demo/demo';
  const there = await browser.pressToPlatform(page.form('provider', provider), { provider });
  return await signIn(browser, there, login);
}

export async function decide(
  browser: Browser,
  page: Page,
  decision: 'approve' | 'refuse',
): Promise<Page> {
  return await browser.press(page.form('decision', decision), { decision });
}

/** A person's list of bindings, after signing in if the page asks for it. */
export async function openBindings(
  browser: Browser,
  login: string,
  enter: SignIn = signIn,
): Promise<Page> {
  const page = await browser.open('/account/bindings');
  return page.hasForm('login') ? await enter(browser, page, login) : page;
}

export type Change = 'suspend' | 'resume' | 'end';

/** The form on that list that changes the binding with this account; undefined if there is none. */
export function changeForm(bindings: Page, change: Change, counterpart: string): Form | undefined {
  // Whole words: `@mz-1` is not `@mz-11`.
  const named = new RegExp(`@${counterpart}(?![\\w-])`);
  return bindings.formsEnding(`/${change}`).find(({ box }) => named.test(box))?.form;
}

export async function changeBinding(
  browser: Browser,
  login: string,
  change: Change,
  counterpart: string,
): Promise<Page> {
  const bindings = await openBindings(browser, login);
  const form = changeForm(bindings, change, counterpart);
  if (!form)
    throw new Error(`${login}'s bindings offer no way to ${change} the one with ${counterpart}`);
  return await browser.press(form);
}
