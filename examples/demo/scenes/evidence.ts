import * as oidc from 'openid-client';
import { redeem, textMember } from '../app.ts';
import { Browser } from '../browser.ts';
import { ORDINARY_WORKING_DAYS, workingDaysAfter } from '../calendar.ts';
import { bindInOneBrowser } from '../journeys/one-browser.ts';
import type { Page } from '../page.ts';
import { PHOTO_COMMENT, photo } from '../papers.ts';
import { changeBinding, openBindings } from '../people.ts';
import { printNote, printStep } from '../print.ts';
import { type BindingClaims, RelyingParty } from '../relying-party.ts';
import { Reviewer } from '../reviewer.ts';
import { Applicant, dateAfter, isVerified, pieceForm, status, VERIFIED } from '../verification.ts';
import { type Scene, SERVICE, type World } from '../world.ts';

const PRIMARY = 'linxiao';
export const PROVEN_AGAIN = 'linxiao-draws';

/** Fictional: the check digit is right, but the region 999999 does not exist (GB/T 2260). */
export const LINXIAO = { name: '林晓', number: '999999199603120028' } as const;

export const APPEAL = '照片上的人就是我本人，戴了眼镜而已，请再看一次。';
export const REASON = 'The face and the card cannot be compared: the glasses hide the eyes.';
export const SECOND_REASON = 'Glasses apart it is the same person; card and name fit.';

const FACE = 'face_match';

/** A binding and its relying party. */
interface Bound {
  readonly token: string;
  readonly claims: BindingClaims;
  readonly party: RelyingParty;
}

export const evidence: Scene = {
  title: 'What a binding rests on: linxiao-draws withdraws the face it was verified by',
  about:
    'The binding is suspended at once, both sides are told why, and it resumes when new evidence is accepted, here on appeal.',
  shows: ['R3', 'R4', 'R5', 'R23'],
  async play(world) {
    const bound = await bind(world);
    const draws = new Applicant(
      new Browser(`${PROVEN_AGAIN}'s phone`, world.issuer, 'iphone'),
      PROVEN_AGAIN,
    );
    await withdraw(world, draws, bound);
    await bringToPerson(world, draws);
    await refuseAndAppeal(world, draws);
    await resume(world, draws, bound);
    printStep(`${PRIMARY} unbinds ${PROVEN_AGAIN}, so that the demo can be run again`);
    await changeBinding(
      new Browser(`${PRIMARY}'s browser`, world.issuer),
      PRIMARY,
      'end',
      PROVEN_AGAIN,
    );
  },
};

async function bind(world: World): Promise<Bound> {
  const { detail } = await bindInOneBrowser(world, new Browser('browser', world.issuer), [
    PRIMARY,
    PROVEN_AGAIN,
  ]);
  const token = textMember(
    (await redeem(world.web, textMember(detail, 'binding_request'))).body,
    'binding_token',
  );
  const party = new RelyingParty(world.service, SERVICE);
  return { token, party, claims: (await party.verify(token)).claims };
}

async function withdraw(
  { report, issuer, service }: World,
  draws: Applicant,
  { token, claims, party }: Bound,
): Promise<void> {
  printStep(`${PROVEN_AGAIN} withdraws the face match that was accepted once`);
  const before = await draws.open();
  report.check('R5', 'the account is verified', isVerified(before), status(before));
  const after = await draws.browser.press(pieceForm(before, FACE, 'withdraw'));
  report.check(
    'R5',
    'with the face withdrawn it is verified no more',
    !isVerified(after),
    status(after),
  );
  report.check(
    'R5',
    'the binding is suspended: the status list says so within 5 s',
    (await party.statusWithin(claims, 'suspended')) === 'suspended',
  );
  const live = await oidc.tokenIntrospection(service.config, token);
  report.check('R5', 'introspection no longer calls the token active', !live.active, live);

  printStep('Both sides look at what they were told');
  const own = news(await draws.open('/account/notices'));
  report.check(
    'R5',
    `${PROVEN_AGAIN} is told that it is suspended, and that it is for evidence withdrawn`,
    own.some((notice) => /is suspended/.test(notice) && /was withdrawn/.test(notice)),
    own,
  );
  const browser = new Browser(`${PRIMARY}'s browser`, issuer);
  await openBindings(browser, PRIMARY);
  const others = news(await browser.open('/account/notices'));
  report.check(
    'R5',
    `${PRIMARY} is told that it is suspended, and not which paper of whom is missing`,
    others.some((notice) => /is suspended/.test(notice) && /the other account/.test(notice)) &&
      !others.some((notice) => /face|withdrawn/i.test(notice)),
    others,
  );
}

/** The notices that were not read yet. */
function news(notices: Page): readonly string[] {
  return notices.items('told').filter((notice) => /New(?![a-z])/.test(notice));
}

async function bringToPerson({ report }: World, draws: Applicant): Promise<void> {
  printStep('This time it asks for a person to compare face and card');
  const page = await draws.bring('person_check', [await photo('face-and-card.jpg', '#e8d6c4')]);
  const step = page.textOfId(`step-${FACE}`);
  const [submitted, due] = [dateAfter(step, 'Submitted on'), dateAfter(step, 'Result by')];
  const expected = submitted && workingDaysAfter(submitted.day, ORDINARY_WORKING_DAYS);
  printNote(`the page says: handed in on ${submitted?.day}, result by ${due?.day}, ${due?.time}`);
  report.check(
    'R4',
    `ordinary material is due after ${ORDINARY_WORKING_DAYS} working days of the Chinese calendar: ${expected}, 6:00 PM`,
    due !== undefined && due.day === expected && due.time === '6:00 PM',
    due,
  );
}

async function refuseAndAppeal({ report, issuer }: World, draws: Applicant): Promise<void> {
  const first = new Reviewer(new Browser("reviewer-a's browser", issuer), 'reviewer-a');
  const second = new Reviewer(new Browser("reviewer-b's browser", issuer), 'reviewer-b');

  printStep('reviewer-a opens the case, and does not accept it');
  const opened = await first.find('?subject=evidence&kind=personal', LINXIAO.name);
  report.check('R23', 'the piece waits in the queue of people who review', opened !== undefined);
  if (!opened) throw new Error('no case to review');
  await lookAtPicture(report, { reviewer: first, opened, stranger: second });
  const unreasoned = await first.decide(opened, 'refuse', '');
  report.check(
    'R23',
    'a decision without a reason is not taken',
    unreasoned.status >= 400 && unreasoned.hasForm('reason'),
    unreasoned.title,
  );
  await first.decide(unreasoned, 'refuse', REASON);

  printStep(`${PROVEN_AGAIN} asks for another person to look at it`);
  const refused = await draws.open();
  report.check(
    'R23',
    'the owner sees that it was not accepted, and can appeal',
    refused.formsEnding('/appeal').length === 1,
    refused.text,
  );
  await draws.browser.press(pieceForm(refused, FACE, 'appeal'), { text: APPEAL });
  const own = await first.find('?subject=evidence&kind=personal&appeals=1', LINXIAO.name);
  report.check(
    'R23',
    'whoever decided does not see the appeal against it',
    own === undefined,
    own?.title,
  );

  printStep('reviewer-b sees what was decided, why, and what the owner says; and accepts');
  const appealed = await second.find('?subject=evidence&kind=personal&appeals=1', LINXIAO.name);
  report.check(
    'R23',
    'another reviewer does, with the reason given and the words of the owner',
    appealed !== undefined && [REASON, APPEAL].every((words) => appealed.text.includes(words)),
    appealed?.text,
  );
  if (!appealed) throw new Error('no appeal to review');
  await second.decide(appealed, 'approve', SECOND_REASON);
}

/**
 * R3: only the picture of a photo is kept, without metadata of the phone. R23: it is shown only to
 * authorised reviewers.
 */
async function lookAtPicture(
  report: World['report'],
  {
    reviewer,
    opened,
    stranger,
  }: { readonly reviewer: Reviewer; readonly opened: Page; readonly stranger: Reviewer },
): Promise<void> {
  const [picture] = opened.links(/\/documents\//);
  if (!picture) throw new Error('the case has no document');
  const { status, headers, bytes } = await reviewer.browser.load(picture.url);
  const shown =
    status === 200 &&
    headers.get('content-type') === 'image/jpeg' &&
    /no-store/.test(headers.get('cache-control') ?? '');
  report.check('R23', 'the reviewer sees the picture, which no cache may keep', shown, {
    status,
    type: headers.get('content-type'),
  });
  const clean = shown && !bytes.includes(PHOTO_COMMENT) && !bytes.includes('Exif');
  report.check(
    'R3',
    'what the phone wrote into the photo, a place and a comment, is not in it',
    clean,
  );
  await stranger.queue(); // signed in, and also a reviewer
  const other = await stranger.browser.load(picture.url);
  report.check(
    'R23',
    'the link opens nothing for another reviewer',
    !(other.headers.get('content-type') ?? '').startsWith('image/'),
    other.status,
  );
}

async function resume(
  { report, service }: World,
  draws: Applicant,
  { token, claims, party }: Bound,
): Promise<void> {
  printStep('With the new evidence accepted everything is as it was');
  const verified = await draws.waitFor(VERIFIED, 5);
  report.check(
    'R23',
    'the appeal is upheld: the account is verified again',
    isVerified(verified),
    verified.text,
  );
  report.check(
    'R5',
    'the binding resumes: the status list says valid again',
    (await party.statusWithin(claims, 'valid')) === 'valid',
  );
  const live = await oidc.tokenIntrospection(service.config, token);
  report.check('R5', 'introspection calls the same token active again', live.active, live);
  const told = news(await draws.open('/account/notices'));
  report.check(
    'R5',
    'and the owner is told that it is in force again',
    told.some((notice) => /in force again/.test(notice)),
    told,
  );
}
