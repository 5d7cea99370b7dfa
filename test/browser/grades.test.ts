import { expect, test } from '@jest/globals';
import { details, web } from '../support/apps.ts';
import { bind, makeFamily } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { bindery, issuer } = await startServer();
const app = web(issuer);

for (const setting of SETTINGS) {
  test(`the primary raises and lowers a sub, ${nameOf(setting)} [R40]`, async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    await bind(app, primary, sub, { asked: details({ pack: 'kuaishou', datatypes: ['profile'] }) });
    const context = await openBrowser(setting);
    const page = await context.newPage();
    await page.goto(`${issuer}/account/bindings`);
    await signIn(page, primary);
    await page.click('form[action$="/raise"] button');
    await page.waitForLoadState();
    await checkPage(page, `${nameOf(setting)}-graded`, setting);
    expect(await textOf(page)).toMatch(/授权等级：二级|Grade granted: Grade 2/);
    await page.click('form[action$="/lower"] button');
    await page.waitForLoadState();
    expect(await textOf(page)).toMatch(/授权等级：一级|Grade granted: Grade 1/);
    expect(await page.locator('form[action$="/lower"]').count()).toBe(0);
    await context.close();
  });
}
