import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { issuer } = await startServer();

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`R20 R28 the front page, the account and its brake, ${name}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/`);
    await checkPage(page, `${name}-front`, setting);
    await page.goto(`${issuer}/account/bindings`);
    await checkPage(page, `${name}-account-sign-in`, setting);
    await signIn(page, 'linxiao');
    assert.equal(
      new URL(page.url()).pathname,
      '/account/bindings',
      'sign-in leads back to where it was asked for',
    );
    await checkPage(page, `${name}-bindings`, setting);
    assert.match(await textOf(page), /linxiao-eats/);

    const eats = page.locator('article', { hasText: 'linxiao-eats' });
    await eats.locator('form[action$="/suspend"] button').click();
    await checkPage(page, `${name}-suspended`, setting);
    assert.equal(await eats.locator('.chips li').count(), 0, 'a suspended binding permits nothing');
    await eats.locator('form[action$="/resume"] button').click();
    assert.equal(await eats.locator('.chips li').count(), 2);

    await page.goto(`${issuer}/account`);
    await checkPage(page, `${name}-account`, setting);
    await page.click('form[action="/account/sign-out"] button');
    await page.goto(`${issuer}/account`);
    assert.match(page.url(), /\/account\/sign-in/);
  });

  test(`the protocol can be read, ${name}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    assert.equal((await page.goto(`${issuer}/docs`))?.status(), 200);
    await checkPage(page, `${name}-docs`, setting);
    assert.ok((await page.locator('pre').count()) > 3);
  });

  test(`what is not there says so, ${name}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    const answer = await page.goto(`${issuer}/matrix`);
    assert.equal(answer?.status(), 404);
    await checkPage(page, `${name}-not-found`, setting);
  });
}

test('the language can be changed on any page, and is remembered', async () => {
  const page = await (await openBrowser({ size: 'phone', javaScript: false })).newPage();
  await page.goto(`${issuer}/bind`);
  assert.match(await textOf(page), /输入绑定码/);
  await page.click('a.lang');
  assert.match(await textOf(page), /Enter the binding code/);
  await page.goto(`${issuer}/account/sign-in`);
  assert.match(await textOf(page), /Sign in/);
});

test('R23 only reviewers see the review desk', async () => {
  const page = await (await openBrowser({ size: 'desk', javaScript: true })).newPage();
  await page.goto(`${issuer}/review`);
  await signIn(page, 'linxiao');
  assert.match(await textOf(page), /不是审核人员/);
  await page.goto(`${issuer}/account`);
  await page.click('form[action="/account/sign-out"] button');
  await page.goto(`${issuer}/review`);
  await signIn(page, 'reviewer-a');
  await checkPage(page, 'review-empty', { size: 'desk', javaScript: true });
});
