import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import type { Authenticator, Slant } from './authenticator.ts';
import type { Answer, Surfer } from './surfer.ts';

/** What a sign-in page gives to passkeys.js. */
export async function askForPasskey(surfer: Surfer, page: Page): Promise<{ challenge: string }> {
  const csrf = page.form('passkey').filled({}).get('csrf') ?? '';
  const answer = await surfer.send('/sign-in/passkey', { form: { csrf } });
  expect([answer.html, answer.status]).toStrictEqual([answer.html, 200]);
  return JSON.parse(answer.html);
}

/** The form as passkeys.js sends it, with a given answer. */
export async function sendPasskey(surfer: Surfer, page: Page, passkey: string): Promise<Answer> {
  const form = page.form('passkey');
  return await surfer.send(form.action, { form: form.filled({ passkey }) });
}

/** Somebody presses "sign in with a passkey", and unlocks it. */
export async function pressPasskey(
  surfer: Surfer,
  page: Page,
  authenticator: Authenticator,
  slant: Slant = {},
): Promise<Answer> {
  return await sendPasskey(
    surfer,
    page,
    authenticator.get(await askForPasskey(surfer, page), slant),
  );
}

/** The same, up to the page that it leads to. */
export async function signInByPasskey(
  surfer: Surfer,
  page: Page,
  authenticator: Authenticator,
): Promise<Page> {
  const { location, html } = await pressPasskey(surfer, page, authenticator);
  assert.ok(location, html);
  return await surfer.open(location);
}
