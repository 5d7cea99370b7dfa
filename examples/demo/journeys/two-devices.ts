import { type App, type DpopKey, endpoint, post, textMember } from '../app.ts';
import type { Browser } from '../browser.ts';
import type { Page } from '../page.ts';
import { decide, signIn } from '../people.ts';
import { printNote, printStep } from '../print.ts';
import { details } from '../world.ts';

export interface TwoDevices {
  readonly app: App;
  readonly key: DpopKey;
  readonly handle: string;
  /** Each person's browser, and the page it shows now. */
  readonly here: { readonly browser: Browser; readonly page: Page };
}

/**
 * docs/protocol.md#back-channel: the app asks, the initiator signs in on one device and gets the
 * code.
 */
export async function startOnOneDevice(
  app: App,
  key: DpopKey,
  browser: Browser,
  initiator: string,
): Promise<TwoDevices> {
  printStep(
    'The app asks for a binding over the back channel; its DPoP key is bound to what it gets',
  );
  const { status, body } = await post(
    app,
    endpoint(app, 'binding_request_endpoint'),
    { authorization_details: JSON.stringify([details()]) },
    key,
  );
  if (status !== 200)
    throw new Error(`the back channel answered ${status} ${JSON.stringify(body)}`);

  printStep(`It opens the start page on the first device, where ${initiator} signs in and agrees`);
  const consent = await signIn(
    browser,
    await browser.open(textMember(body, 'start_uri')),
    initiator,
  );
  const page = await decide(browser, consent, 'approve');
  printNote(
    `the first device shows a code: ${page.textOfId('user-code').slice(0, 4)} •••• •••• ••••`,
  );
  return { app, key, handle: textMember(body, 'binding_request'), here: { browser, page } };
}

/**
 * Second half: on another device, the counterparty types the code with full-width digits, as a
 * Chinese keyboard may produce them.
 */
export async function answerOnAnother(
  started: TwoDevices,
  browser: Browser,
  other: string,
): Promise<{ approval: Page; result: Page }> {
  printStep(
    `On another device ${other} types the code, in full-width digits, signs in, and agrees`,
  );
  const form = await browser.open(endpoint(started.app, 'binding_verification_uri'));
  const typed = fullWidth(started.here.page.textOfId('user-code'));
  const approval = await signIn(
    browser,
    await browser.press(form.form('user_code'), { user_code: typed }),
    other,
  );
  const result = await decide(browser, approval, 'approve');
  printNote(`the page says “${result.title}”`);
  return { approval, result };
}

/** If the pack requires it, the initiator confirms after seeing which account answered. */
export async function confirmAtStart({
  here,
}: TwoDevices): Promise<{ confirmation: Page; result: Page }> {
  printStep('Back on the first device the initiator sees who answered, and confirms');
  const confirmation = await here.browser.open(here.page.link('continue'));
  const result = await decide(here.browser, confirmation, 'approve');
  printNote(`the page says “${result.title}”`);
  return { confirmation, result };
}

/** 1234 5678 → １２３４　５６７８ */
function fullWidth(code: string): string {
  return code
    .replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    .replaceAll(' ', '\u3000');
}
