import { redeem, textMember } from '../app.ts';
import { Browser } from '../browser.ts';
import { bindInOneBrowser } from '../journeys/one-browser.ts';
import { changeForm, openBindings, signInUpstream } from '../people.ts';
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
  shows: ['R45', 'R47'],
  async play(world) {
    const handle = await bind(world);
    await checkBound(world, handle);
    await refuseStranger(world);
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

async function unbind({ issuer, report }: World): Promise<void> {
  printStep(`${YUN} unbinds ${YUN_FOOD} on the account page, signed in at the platform`);
  const browser = new Browser(`${YUN}'s browser`, issuer);
  const form = changeForm(await openBindings(browser, YUN, signInUpstream), 'end', YUN_FOOD);
  if (form) await browser.press(form);
  const left = changeForm(await openBindings(browser, YUN, signInUpstream), 'end', YUN_FOOD);
  report.check('R47', 'the account page is theirs too', form !== undefined && left === undefined);
}
