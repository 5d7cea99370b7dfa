import { expect, test } from '@jest/globals';
import { makePhoto } from '../fixtures/evidence.ts';
import { ageFactors, giveApp, giveFace, startStepUpServer } from '../fixtures/step-up.ts';
import { appCode } from '../support/app-codes.ts';
import { details, web } from '../support/apps.ts';
import { processEvidence } from '../support/jobs.ts';
import { makeFamily, PASSWORD } from '../support/journeys.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, type Page, type Setting } from './browser.ts';
import { checkPage, codeOf, nameOf, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startStepUpServer();
const { db, factors } = bindery;
const phone: Setting = { size: 'phone', javaScript: true };

/** Starts a binding up to the waiting page; gives the code. */
async function start(initiator: Page, login: string, pack: string): Promise<string> {
  await initiator.goto((await web(issuer).start(details({ pack }))).url);
  await signIn(initiator, login);
  await initiator.click('button[value=approve]');
  return await codeOf(initiator);
}

async function arriveAt(page: Page, code: string, login: string): Promise<void> {
  await page.goto(`${issuer}/bind`);
  await page.fill('[name=user_code]', code);
  await page.click('form[action="/bind"] button');
  await signIn(page, login);
  await page.click('button[value=approve]');
}

test('on a phone one touch of an old passkey completes a step-up [R22]', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const [initiator, counterparty] = [
    await (await openBrowser(phone)).newPage(),
    await (await openBrowser(phone)).newPage(),
  ];
  const { touch } = await giveAuthenticator(counterparty);
  await counterparty.goto(`${issuer}/account/security`);
  await signIn(counterparty, sub);
  await counterparty.click('#add-passkey summary');
  await counterparty.fill('#add-passkey input[name=password]', PASSWORD);
  await counterparty.click('#add-passkey form button.button:not([type=button])');
  await counterparty.waitForSelector('#factors');
  await ageFactors(db);

  await touch(false); // the sign-in is by password here
  const code = await start(initiator, primary, 'counterparty');
  await arriveAt(counterparty, code, sub);
  await checkPage(counterparty, 'step-1-passkey', phone);
  expect(await textOf(counterparty)).toMatch(/再证明一下是你本人/);
  // The page does not tell the reasons of the doubt.
  expect(await textOf(counterparty)).not.toMatch(/score|points|odd/);
  await initiator.waitForSelector('#by-person', { timeout: 20_000 });
  await checkPage(initiator, 'step-2-initiator-waits', phone);
  await touch(true);
  await counterparty.click('#by-passkey button');
  await counterparty.waitForSelector('.seal.good', { timeout: 20_000 });
  await checkPage(counterparty, 'step-3-bound', phone);
  await initiator.waitForSelector('#app', { timeout: 20_000 });
});

for (const setting of [
  { size: 'phone', javaScript: false, dark: true },
  { size: 'desk', javaScript: true, language: 'en' },
] as const satisfies readonly Setting[]) {
  const name = nameOf(setting);

  test(`a wrong code, then a face or a person, ${name} [R22, R23]`, async () => {
    const people = (await makeFamily(db, 3)) as [string, string, string];
    await giveFace(bindery, people, '测试 本人');
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db);
    const [initiator, counterparty] = [
      await (await openBrowser(setting)).newPage(),
      await (await openBrowser(setting)).newPage(),
    ];
    await arriveAt(counterparty, await start(initiator, people[0], 'counterparty'), people[1]);
    await checkPage(counterparty, `${name}-step-4-ways`, setting);
    await counterparty.fill('#by-app [name=code]', '000000');
    await counterparty.click('#by-app button');
    await checkPage(counterparty, `${name}-step-5-wrong-code`, setting);
    await counterparty.fill('#by-app [name=code]', appCode(secret));
    await counterparty.click('#by-app button');
    await counterparty.waitForSelector('.seal.good');

    const again = await (await openBrowser(setting)).newPage();
    await arriveAt(counterparty, await start(again, people[0], 'face'), people[2]);
    await checkPage(counterparty, `${name}-step-6-face-only`, setting);
    await counterparty.click('#face');
    await checkPage(counterparty, `${name}-step-7-consent`, setting);
    await counterparty.click('button[value=approve]');
    await checkPage(counterparty, `${name}-step-8-picture`, setting);
    await counterparty.setInputFiles('input[type=file]', {
      name: 'me.jpg',
      mimeType: 'image/jpeg',
      buffer: await makePhoto(),
    });
    await counterparty.click('form button.button');
    await checkPage(counterparty, `${name}-step-9-being-checked`, setting);
    for (let round = 0; round < 3; round += 1) await processEvidence(bindery.evidence, () => {});
    await bindery.evidence.sandbox?.idle();
    await counterparty.goto(counterparty.url());
    if ((await counterparty.locator('#by-person').count()) > 0) {
      // the sandbox lost this submission, so a person decides
      await counterparty.click('#by-person button');
      await checkPage(counterparty, `${name}-step-10-review`, setting);
    } else {
      expect(await counterparty.locator('.seal.good').count()).toBe(1);
    }
  });
}
