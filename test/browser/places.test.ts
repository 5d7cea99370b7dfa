import { expect, test } from '@jest/globals';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { issuer } = await startServer();

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`front page, account, and suspending a binding, ${name} [R28]`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/`);
    await checkPage(page, `${name}-front`, setting);
    await page.goto(`${issuer}/account/bindings`);
    await checkPage(page, `${name}-account-sign-in`, setting);
    await signIn(page, 'linxiao');
    // The sign-in leads back to the page that asked for it.
    expect(new URL(page.url()).pathname).toBe('/account/bindings');
    await checkPage(page, `${name}-bindings`, setting);
    expect(await textOf(page)).toMatch(/linxiao-eats/);

    const eats = page.locator('article', { hasText: 'linxiao-eats' });
    await eats.locator('form[action$="/suspend"] button').click();
    await checkPage(page, `${name}-suspended`, setting);
    // A suspended binding permits nothing.
    expect(await eats.locator('.chips li').count()).toBe(0);
    await eats.locator('form[action$="/resume"] button').click();
    expect(await eats.locator('.chips li').count()).toBe(2);

    await page.goto(`${issuer}/account`);
    await checkPage(page, `${name}-account`, setting);
    await page.click('form[action="/account/sign-out"] button');
    await page.goto(`${issuer}/account`);
    expect(page.url()).toMatch(/\/account\/sign-in/);
  });

  test(`the protocol can be read as a page, ${name}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    expect((await page.goto(`${issuer}/docs`))?.status()).toBe(200);
    await checkPage(page, `${name}-docs`, setting);
    expect(await page.locator('pre').count()).toBeGreaterThan(3);
  });

  test(`an unknown page says that it does not exist, ${name}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    const answer = await page.goto(`${issuer}/matrix`);
    expect(answer?.status()).toBe(404);
    await checkPage(page, `${name}-not-found`, setting);
  });
}

test('the language can be changed on any page, and is remembered', async () => {
  const page = await (await openBrowser({ size: 'phone', javaScript: false })).newPage();
  await page.goto(`${issuer}/bind`);
  expect(await textOf(page)).toMatch(/输入绑定码/);
  await page.click('a.lang');
  expect(await textOf(page)).toMatch(/Enter the binding code/);
  await page.goto(`${issuer}/account/sign-in`);
  expect(await textOf(page)).toMatch(/Sign in/);
});

test('only reviewers see the review desk [R23]', async () => {
  const page = await (await openBrowser({ size: 'desk', javaScript: true })).newPage();
  await page.goto(`${issuer}/review`);
  await signIn(page, 'linxiao');
  expect(await textOf(page)).toMatch(/不是审核人员/);
  await page.goto(`${issuer}/account`);
  await page.click('form[action="/account/sign-out"] button');
  await page.goto(`${issuer}/review`);
  await signIn(page, 'reviewer-a');
  await checkPage(page, 'review-empty', { size: 'desk', javaScript: true });
});
