import { expect, test } from '@jest/globals';
import { type Body, CALLBACK, details, web } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, codeOf, nameOf, signIn, textOf } from './pages.ts';

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`a person binds two accounts in one browser, ${name} [R6, R7]`, async () => {
    const { issuer } = await startServer();
    const app = web(issuer);
    const context = await openBrowser(setting);
    const page = await context.newPage();
    const { url, verifier, state } = await app.start(details({ privileges: ['live_commerce'] }));

    await page.goto(url);
    await checkPage(page, `${name}-1-sign-in`, setting);
    await signIn(page, 'linxiao');
    await checkPage(page, `${name}-2-consent`, setting);
    expect(await textOf(page)).toMatch(/林晓/);
    await page.click('button[value=approve]');

    const code = await codeOf(page);
    expect(code).toMatch(/^\d{16}$/);
    await checkPage(page, `${name}-3-wait`, setting);
    expect(page.url()).not.toContain(code);
    await page.reload();
    // The code survives a reload.
    expect(await codeOf(page)).toBe(code);

    await page.click('#other-account-here');
    await checkPage(page, `${name}-4-other-sign-in`, setting);
    await signIn(page, 'linxiao-reads');
    await checkPage(page, `${name}-5-approve`, setting);
    const terms = await textOf(page);
    for (const shown of ['linxiao-reads', 'linxiao', 'Chrome', '/48'])
      expect(terms).toContain(shown);
    await page.click('button[value=approve]');
    await checkPage(page, `${name}-6-bound`, setting);
    await page.click('#continue');
    await page.waitForSelector('#app');

    const back = new URL(page.url());
    expect(back.origin + back.pathname).toBe(CALLBACK);
    expect(back.searchParams.get('state')).toBe(state);
    expect(back.searchParams.get('iss')).toBe(issuer);
    const { body } = await app.exchange(back, { verifier });
    const [detail] = body.authorization_details as [Body];
    expect(detail.status).toBe('approved');
    expect((await app.redeem(String(detail.binding_request))).body.binding_token).toBeTruthy();
  });
}
