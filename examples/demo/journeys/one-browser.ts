import * as oidc from 'openid-client';
import type { Browser } from '../browser.ts';
import type { Page } from '../page.ts';
import { decide, type SignIn, signIn } from '../people.ts';
import { printNote, printStep } from '../print.ts';
import { CALLBACK, details, SERVICE, type World } from '../world.ts';

export interface OneBrowser {
  readonly consent: Page;
  readonly waiting: Page;
  readonly approval: Page;
  readonly result: Page;
  readonly callback: URL;
  readonly tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
  /** The requested object, as the token response returns it. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * docs/protocol.md#browser-flow: an authorization-code request with both accounts in one browser.
 */
export async function bindInOneBrowser(
  world: World,
  browser: Browser,
  [initiator, other]: readonly [string, string],
  enter: SignIn = signIn,
): Promise<OneBrowser> {
  const { web } = world;
  printStep(
    'The app pushes its request (PAR) with what it wants bound (RAR), and sends the browser to the server',
  );
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const start = await oidc.buildAuthorizationUrlWithPAR(web.config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify([details([SERVICE])]),
  });
  const signInPage = await browser.open(start);

  printStep(`${initiator} signs in and agrees; the page answers with the binding code`);
  const consent = await enter(browser, signInPage, initiator);
  const waiting = await decide(browser, consent, 'approve');
  printNote(
    `the page shows a code (${waiting.textOfId('user-code').slice(0, 4)} •••• •••• ••••) and “sign in to the other account here”`,
  );

  printStep(`In the same browser ${other} signs in, sees what is asked, and agrees`);
  const approval = await enter(
    browser,
    await browser.open(waiting.link('other-account-here')),
    other,
  );
  const result = await decide(browser, approval, 'approve');
  printNote(`the page says “${result.title}”`);

  printStep('The browser goes back to the app with a code, which the app exchanges');
  const callback = await browser.leaveFor(result.link('continue'));
  const tokens = await oidc.authorizationCodeGrant(web.config, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    idTokenExpected: true,
  });
  const [detail] = (tokens.authorization_details ?? []) as readonly Readonly<
    Record<string, unknown>
  >[];
  if (!detail) throw new Error('the token response has no authorization_details');
  return { consent, waiting, approval, result, callback, tokens, detail };
}
