import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, CALLBACK, details, web } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, codeOf, nameOf, signIn, textOf } from './pages.ts';

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`R6 R7 R8 binds two accounts in one browser, ${name}`, async () => {
    const { issuer } = await startServer();
    const app = web(issuer);
    const context = await openBrowser(setting);
    const page = await context.newPage();
    const { url, verifier, state } = await app.start(details({ privileges: ['live_commerce'] }));

    await page.goto(url);
    await checkPage(page, `${name}-1-sign-in`, setting);
    await signIn(page, 'linxiao');
    await checkPage(page, `${name}-2-consent`, setting);
    assert.match(await textOf(page), /林晓/);
    await page.click('button[value=approve]');

    const code = await codeOf(page);
    assert.match(code, /^\d{16}$/);
    await checkPage(page, `${name}-3-wait`, setting);
    assert.doesNotMatch(page.url(), /\d{16}/);
    await page.reload();
    assert.equal(await codeOf(page), code, 'the code survives a reload');

    await page.click('#other-account-here');
    await checkPage(page, `${name}-4-other-sign-in`, setting);
    await signIn(page, 'linxiao-reads');
    await checkPage(page, `${name}-5-approve`, setting);
    const terms = await textOf(page);
    for (const shown of ['linxiao-reads', 'linxiao', 'Chrome', '/48'])
      assert.ok(terms.includes(shown), `${shown} is on the approval page`);
    await page.click('button[value=approve]');
    await checkPage(page, `${name}-6-bound`, setting);
    await page.click('#continue');
    await page.waitForSelector('#app');

    const back = new URL(page.url());
    assert.equal(back.origin + back.pathname, CALLBACK);
    assert.equal(back.searchParams.get('state'), state);
    assert.equal(back.searchParams.get('iss'), issuer);
    const { body } = await app.exchange(back, { verifier });
    const [detail] = body.authorization_details as [Body];
    assert.equal(detail.status, 'approved');
    assert.ok((await app.redeem(String(detail.binding_request))).body.binding_token);
  });
}
