import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import type { Authenticator, Slant } from './authenticator.ts';
import type { Answer, HttpBrowser } from './http-browser.ts';

/** What a sign-in page gives to passkeys.js. */
export async function askForPasskey(
  browser: HttpBrowser,
  page: Page,
): Promise<{ challenge: string }> {
  const csrf = page.form('passkey').filled({}).get('csrf') ?? '';
  const answer = await browser.send('/sign-in/passkey', { form: { csrf } });
  expect([answer.html, answer.status]).toStrictEqual([answer.html, 200]);
  return JSON.parse(answer.html);
}

/** The form as passkeys.js sends it, with a given answer. */
export async function sendPasskey(
  browser: HttpBrowser,
  page: Page,
  passkey: string,
): Promise<Answer> {
  const form = page.form('passkey');
  return await browser.send(form.action, { form: form.filled({ passkey }) });
}

/** Somebody presses "sign in with a passkey", and unlocks it. */
export async function pressPasskey(
  browser: HttpBrowser,
  page: Page,
  authenticator: Authenticator,
  slant: Slant = {},
): Promise<Answer> {
  return await sendPasskey(
    browser,
    page,
    authenticator.get(await askForPasskey(browser, page), slant),
  );
}

/** The same, up to the page that it leads to. */
export async function signInByPasskey(
  browser: HttpBrowser,
  page: Page,
  authenticator: Authenticator,
): Promise<Page> {
  const { location, html } = await pressPasskey(browser, page, authenticator);
  assert.ok(location, html);
  return await browser.open(location);
}
