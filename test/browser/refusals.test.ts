import { expect, test } from '@jest/globals';
import { web } from '../support/apps.ts';
import { answer, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`a refused person sees why and asks for a review, ${name} [R23]`, async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, login);
    await answer(offered, 'zhaomin');
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/account/refusals`);
    await signIn(page, login);
    await checkPage(page, `${name}-refusals-1-list`, setting);
    await page.click('.links a');
    await checkPage(page, `${name}-refusals-2-why`, setting);
    const text = await textOf(page);
    // The counterparty is hinted at, not named.
    expect(text).not.toContain('赵敏');
    expect(text).not.toContain('zhaomin');
    await page.fill('[name=text]', ' 嗯 ');
    await page.click('#appeal button');
    await checkPage(page, `${name}-refusals-3-say-more`, setting);
    await page.fill('[name=text]', '两个账号都是我的，对方账号最近改过名字，请核对证件。');
    await page.click('#appeal button');
    await checkPage(page, `${name}-refusals-4-asked`, setting);
    // The page says by when the appeal is decided.
    expect(await textOf(page)).toMatch(/20\d\d/);
    // The review cannot be asked for twice.
    expect(await page.locator('#appeal').count()).toBe(0);
    await page.goto(`${issuer}/account/refusals`);
    expect(await page.locator('.links .state.wait').count()).toBe(1);
  });
}
