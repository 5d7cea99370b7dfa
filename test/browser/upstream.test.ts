import { expect, test } from '@jest/globals';
import { details, web } from '../support/apps.ts';
import { platformAccount, startWithPlatform } from '../support/platform.ts';
import { openBrowser, type Page, SETTINGS } from './browser.ts';
import { checkPage, textOf } from './pages.ts';

const world = await startWithPlatform([
  platformAccount('yun', { ownerReference: 'owner-1' }),
  platformAccount('yun-food', { ownerReference: 'owner-1' }),
]);
const { issuer } = world.server;
const app = web(issuer);

async function signInThere(page: Page, login: string): Promise<void> {
  await page.click('#upstream-demo');
  expect(new URL(page.url()).origin).toBe(world.platform.issuer);
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', 'Bindery-demo-2026');
  await page.click('form button');
  expect(new URL(page.url()).origin).toBe(issuer);
}

test.each(SETTINGS)('two accounts sign in at the platform, on $size [R47]', async (setting) => {
  const page = await (await openBrowser(setting)).newPage();
  const { url } = await app.start(details());
  await page.goto(url);
  await checkPage(page, 'upstream-1-sign-in', setting);
  await signInThere(page, 'yun');
  await page.click('button[value=approve]');
  await page.click('#other-account-here');
  await checkPage(page, 'upstream-2-other', setting);
  await signInThere(page, 'yun-food');
  expect(await textOf(page)).toContain('@yun-food');
  await checkPage(page, 'upstream-3-approve', setting);
});
