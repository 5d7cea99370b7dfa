import * as oidc from 'openid-client';
import { endpoint, post, redeem, textMember } from '../app.ts';
import { Browser } from '../browser.ts';
import { bindInOneBrowser } from '../journeys/one-browser.ts';
import { changeForm, openBindings, PASSWORD, signInUpstream } from '../people.ts';
import { printStep } from '../print.ts';
import type { Scene, World } from '../world.ts';

/** Accounts of the demo's own platform, with one owner. */
export const YUN = 'yun';
export const YUN_FOOD = 'yun-food';
/** Somebody else's account there. */
const STRANGER = 'gao';

export const platform: Scene = {
  title: 'Accounts of a platform: yun binds yun-food',
  about:
    'A platform beside Bindery stays the master of its accounts. Their people sign in there, and Bindery has no password of them.',
  shows: ['R6', 'R45', 'R47', 'R48'],
  async play(world) {
    const handle = await bind(world);
    await checkBound(world, handle);
    await refuseStranger(world);
    await handOver(world);
    await unbind(world);
  },
};

async function bind(world: World): Promise<string> {
  const browser = new Browser('browser', world.issuer);
  const walked = await bindInOneBrowser(world, browser, [YUN, YUN_FOOD], signInUpstream);
  const { report } = world;
  report.check(
    'R47',
    'both people signed in at the platform, and each page names their account',
    walked.consent.text.includes(`@${YUN}`) && walked.approval.text.includes(`@${YUN_FOOD}`),
    walked.approval.text,
  );
  const typedHere = browser.visited.filter(
    (url) =>
      new URL(url).origin === world.issuer.origin &&
      /\/(login|sign-in)$/.test(new URL(url).pathname),
  );
  report.check('R47', 'no password was typed at Bindery', typedHere.length === 0, typedHere);
  return textMember(walked.detail, 'binding_request');
}

async function checkBound({ web, report }: World, handle: string): Promise<void> {
  printStep('The app redeems the binding of the two');
  const { status, body } = await redeem(web, handle);
  report.check(
    'R6',
    'a binding of accounts that signed in at a platform is redeemed as any other',
    status === 200 && typeof body.binding_token === 'string',
    body,
  );
  report.check(
    'R45',
    'two accounts of one platform, whose word about their owner is believed, are bound',
    status === 200 && typeof body.binding_id === 'string',
    body,
  );
}

async function refuseStranger(world: World): Promise<void> {
  printStep(`${YUN} tries it with ${STRANGER}, whom the platform calls another owner`);
  const browser = new Browser('browser', world.issuer);
  const { detail } = await bindInOneBrowser(world, browser, [YUN, STRANGER], signInUpstream);
  const { body } = await redeem(world.web, textMember(detail, 'binding_request'));
  const told = body.error === 'access_denied' && body.refusal === 'different_owner';
  world.report.check(
    'R45',
    "another owner's account there is refused: different_owner",
    told,
    body,
  );
}

/** R48: the platform's own app has signed her in. It brings her to Bindery's pages. */
async function handOver({ issuer, report, web }: World): Promise<void> {
  printStep(`${YUN} is signed in to the platform's app, which hands her over to Bindery`);
  const browser = new Browser(`${YUN}'s phone`, issuer, 'iphone');
  const idToken = await idTokenOf(browser, await platformOf(browser));
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: idToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:bindery:token-type:start',
  };
  const { body } = await post(web, endpoint(web, 'token_endpoint'), exchange);
  const page = await browser.open(textMember(body, 'start_uri'));
  const bindings = await browser.press(page.form('ticket'));
  report.check(
    'R48',
    'without a password she is at her bindings, with a link back to the app',
    bindings.has('back-to-app') && bindings.text.includes(`@${YUN_FOOD}`),
    bindings.text,
  );
  const again = await post(web, endpoint(web, 'token_endpoint'), exchange);
  report.check(
    'R48',
    'the same ID token hands nobody over again: invalid_request',
    again.status === 400 && again.body.error === 'invalid_request',
    again.body,
  );
}

/** The platform's address, as a sign-in page leads there. */
async function platformOf(browser: Browser): Promise<URL> {
  const page = await browser.open('/account/sign-in');
  const provider = 'demo/demo';
  const there = await browser.pressToPlatform(page.form('provider', provider), { provider });
  return new URL(there.url.origin);
}

/** The platform's app signs her in there, as any OpenID client does. */
async function idTokenOf(browser: Browser, platform: URL): Promise<string> {
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const app = await oidc.discovery(platform, 'demo-platform-app', undefined, oidc.None(), insecure);
  const verifier = oidc.randomPKCECodeVerifier();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(app, {
    redirect_uri: 'http://localhost:4000/platform',
    scope: 'openid profile',
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const form = (await browser.open(url)).form('login');
  const callback = await browser.pressAway(form, { login: YUN, password: PASSWORD });
  const tokens = await oidc.authorizationCodeGrant(app, callback, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  return textMember(tokens as unknown as Readonly<Record<string, unknown>>, 'id_token');
}

async function unbind({ issuer, report }: World): Promise<void> {
  printStep(`${YUN} unbinds ${YUN_FOOD} on the account page, signed in at the platform`);
  const browser = new Browser(`${YUN}'s browser`, issuer);
  const form = changeForm(await openBindings(browser, YUN, signInUpstream), 'end', YUN_FOOD);
  if (form) await browser.press(form);
  const left = changeForm(await openBindings(browser, YUN, signInUpstream), 'end', YUN_FOOD);
  report.check('R47', 'the account page is theirs too', form !== undefined && left === undefined);
}
