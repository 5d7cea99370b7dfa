import { Browser } from '../browser.ts';
import { photo } from '../papers.ts';
import { changeForm, openBindings, signInUpstream } from '../people.ts';
import { printNote, printStep } from '../print.ts';
import { Applicant, deleteData, hasDeclared, isVerified, VERIFIED } from '../verification.ts';
import { LINXIAO, PROVEN_AGAIN } from './evidence.ts';
import { UNVERIFIED } from './identity.ts';
import { YUN, YUN_FOOD } from './platform.ts';

/** The bindings that this demo makes. */
// biome-ignore format: a table is read by its columns
const BOUND_HERE = {
  linxiao:   ['linxiao-reads', 'linxiao-draws'],
  meizhuang: ['mz-09'],
} as const;

/**
 * Removes what this demo or an interrupted one left: bindings, data of unverified people, missing
 * evidence.
 */
export async function tidyUp(issuer: URL): Promise<void> {
  for (const [primary, subs] of Object.entries(BOUND_HERE)) await unbindAll(issuer, primary, subs);
  await unbindUpstream(issuer);
  await forget(issuer);
  await proveAgain(issuer);
}

async function unbindAll(issuer: URL, primary: string, subs: readonly string[]): Promise<void> {
  printStep(`${primary} looks for what an earlier run has left bound: ${subs.join(', ')}`);
  const browser = new Browser(`${primary}'s browser`, issuer);
  let bindings = await openBindings(browser, primary);
  for (const sub of subs) {
    const form = changeForm(bindings, 'end', sub);
    if (!form) continue;
    await browser.press(form);
    bindings = await openBindings(browser, primary);
    const left = changeForm(bindings, 'end', sub);
    if (left) throw new Error(`${primary} could not unbind ${sub}; its slot stays taken`);
    printNote(`${sub} was still bound; it is free again`);
  }
}

/** Only where the server offers the platform. */
async function unbindUpstream(issuer: URL): Promise<void> {
  printStep(`${YUN} looks for what an earlier run has left bound: ${YUN_FOOD}`);
  const browser = new Browser(`${YUN}'s browser`, issuer);
  if (!(await browser.open('/account/bindings')).hasForm('provider', 'demo/demo')) return;
  const form = changeForm(await openBindings(browser, YUN, signInUpstream), 'end', YUN_FOOD);
  if (!form) return;
  await browser.press(form);
  printNote(`${YUN_FOOD} was still bound; it is free again`);
}

async function forget(issuer: URL): Promise<void> {
  printStep(`${UNVERIFIED} looks whether an earlier run has left something of her`);
  const applicant = new Applicant(new Browser(`${UNVERIFIED}'s browser`, issuer), UNVERIFIED);
  if (!hasDeclared(await applicant.open())) return;
  await deleteData(applicant);
  if (hasDeclared(await applicant.open()))
    throw new Error(`${UNVERIFIED} could not have her data deleted; she stays known`);
  printNote(`what ${UNVERIFIED} had said and brought is deleted`);
}

/** In the order of the steps (R3). */
const STEPS = ['id_front', 'id_back', 'face_match'] as const;

async function proveAgain(issuer: URL): Promise<void> {
  printStep(`${PROVEN_AGAIN} looks whether an earlier run has left it without evidence`);
  const applicant = new Applicant(new Browser(`${PROVEN_AGAIN}'s browser`, issuer), PROVEN_AGAIN);
  let page = await applicant.open();
  if (isVerified(page)) return;
  if (!hasDeclared(page)) await applicant.declare(LINXIAO);
  for (const { form } of page.formsEnding('/withdraw', 'step-face_match'))
    await applicant.browser.press(form); // waits for a reviewer
  page = await applicant.open();
  for (const step of STEPS) {
    if (!page.textOfId(`step-${step}`).includes('Done'))
      await applicant.bring(step, [await photo(`${step}.jpg`, '#f0d9c8')]);
  }
  page = await applicant.waitFor(VERIFIED);
  if (!isVerified(page)) throw new Error(`${PROVEN_AGAIN} could not be verified again`);
  printNote(`${PROVEN_AGAIN} is verified again`);
}
