import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tendEvidence } from '../../src/jobs/tend-evidence.ts';
import { makePhoto } from '../evidence/stand.ts';
import { appCode } from '../support/app-codes.ts';
import { details, web } from '../support/apps.ts';
import { ageFactors, giveApp, giveFace, startDoubtful } from '../support/doubtful.ts';
import { makeFamily, PASSWORD } from '../support/journeys.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, type Page, type Setting } from './browser.ts';
import { checkPage, codeOf, nameOf, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startDoubtful();
const { db, factors } = bindery;
const phone: Setting = { size: 'phone', javaScript: true };

/** The starter at the waiting page, and the code that it shows. */
async function start(starter: Page, login: string, pack: string): Promise<string> {
  await starter.goto((await web(issuer).start(details({ pack }))).url);
  await signIn(starter, login);
  await starter.click('button[value=approve]');
  return await codeOf(starter);
}

async function arriveAt(page: Page, code: string, login: string): Promise<void> {
  await page.goto(`${issuer}/bind`);
  await page.fill('[name=user_code]', code);
  await page.click('form[action="/bind"] button');
  await signIn(page, login);
  await page.click('button[value=approve]');
}

test('R22 on a telephone: the passkey of weeks ago, one touch, and both pages go on by themselves', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const [starter, other] = [await (await openBrowser(phone)).newPage(), await (await openBrowser(phone)).newPage()];
  const { touch } = await giveAuthenticator(other);
  await other.goto(`${issuer}/account/security`);
  await signIn(other, sub);
  await other.click('#add-passkey summary');
  await other.fill('#add-passkey input[name=password]', PASSWORD);
  await other.click('#add-passkey form button.button:not([type=button])');
  await other.waitForSelector('#factors');
  await ageFactors(db);

  await touch(false); // signing in is by password here
  const code = await start(starter, primary, 'other');
  await arriveAt(other, code, sub);
  await checkPage(other, 'step-1-passkey', phone);
  assert.match(await textOf(other), /再证明一下是你本人/);
  assert.doesNotMatch(await textOf(other), /score|points|odd/, 'what the doubt was made of is not told');
  await starter.waitForSelector('#by-person', { timeout: 20_000 });
  await checkPage(starter, 'step-2-starter-waits', phone);
  await touch(true);
  await other.click('#by-passkey button');
  await other.waitForSelector('.seal.good', { timeout: 20_000 });
  await checkPage(other, 'step-3-bound', phone);
  await starter.waitForSelector('#app', { timeout: 20_000 });
});

for (const setting of [
  { size: 'phone', javaScript: false, dark: true },
  { size: 'desk', javaScript: true, language: 'en' },
] as const satisfies readonly Setting[]) {
  const name = nameOf(setting);

  test(`R22 R23 a code mistyped, a face that is checked, and a person instead, ${name}`, async () => {
    const people = (await makeFamily(db, 3)) as [string, string, string];
    await giveFace(bindery, people, '测试 本人');
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db);
    const [starter, other] = [await (await openBrowser(setting)).newPage(), await (await openBrowser(setting)).newPage()];
    await arriveAt(other, await start(starter, people[0], 'other'), people[1]);
    await checkPage(other, `${name}-step-4-ways`, setting);
    await other.fill('#by-app [name=code]', '000000');
    await other.click('#by-app button');
    await checkPage(other, `${name}-step-5-wrong-code`, setting);
    await other.fill('#by-app [name=code]', appCode(secret));
    await other.click('#by-app button');
    await other.waitForSelector('.seal.good');

    const again = await (await openBrowser(setting)).newPage();
    await arriveAt(other, await start(again, people[0], 'face'), people[2]);
    await checkPage(other, `${name}-step-6-face-only`, setting);
    await other.click('#face');
    await checkPage(other, `${name}-step-7-consent`, setting);
    await other.click('button[value=approve]');
    await checkPage(other, `${name}-step-8-picture`, setting);
    await other.setInputFiles('input[type=file]', { name: 'me.jpg', mimeType: 'image/jpeg', buffer: await makePhoto() });
    await other.click('form button.button');
    await checkPage(other, `${name}-step-9-being-checked`, setting);
    for (let round = 0; round < 3; round += 1) await tendEvidence(bindery.evidence, () => {});
    await bindery.evidence.sandbox?.idle();
    await other.goto(other.url());
    if ((await other.locator('#by-person').count()) > 0) {
      await other.click('#by-person button'); // the sandbox lost this question: whoever would not wait has a person look
      await checkPage(other, `${name}-step-10-review`, setting);
    } else {
      assert.equal(await other.locator('.seal.good').count(), 1);
    }
  });
}
