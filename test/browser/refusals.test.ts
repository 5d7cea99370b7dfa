import assert from 'node:assert/strict';
import { test } from 'node:test';
import { web } from '../support/apps.ts';
import { answer, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`R23 who was refused sees why, asks for a person, and sees by when, ${name}`, async () => {
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
    assert.ok(
      !text.includes('赵敏') && !text.includes('zhaomin'),
      'the other side is hinted at, not named',
    );
    await page.fill('[name=text]', ' 嗯 ');
    await page.click('#appeal button');
    await checkPage(page, `${name}-refusals-3-say-more`, setting);
    await page.fill('[name=text]', '两个账号都是我的，对方账号最近改过名字，请核对证件。');
    await page.click('#appeal button');
    await checkPage(page, `${name}-refusals-4-asked`, setting);
    assert.match(await textOf(page), /20\d\d/, 'by when it is answered');
    assert.equal(await page.locator('#appeal').count(), 0, 'and it cannot be asked twice');
    await page.goto(`${issuer}/account/refusals`);
    assert.equal(await page.locator('.links .state.wait').count(), 1);
  });
}
