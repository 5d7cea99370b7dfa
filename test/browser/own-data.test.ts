import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { drawPaper, makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { startServer } from '../support/server.ts';
import { choose, waitForProviders } from './applicant.ts';
import { openBrowser, type Page, SETTINGS } from './browser.ts';
import { checkPage, nameOf, PASSWORD, signIn, textOf } from './pages.ts';

const server = await startServer();
const { issuer, bindery } = server;

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`an owner sees, downloads, corrects and deletes own data, ${name}`, async () => {
    const person = await makeDeclarer(bindery.evidence, { kind: 'personal', name: '周小满' });
    for (const type of ['id_front', 'id_back', 'face_match'] as const)
      await submitEvidence(bindery.evidence, person, type);
    await waitForProviders(server);
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/account`);
    await signIn(page, person.login);
    await checkPage(page, `${name}-data-1-account`, setting);
    await page.goto(`${issuer}/account/notices`);
    await checkPage(page, `${name}-data-2-notices`, setting);
    expect(await page.locator('.told .new').count()).toBe(3);
    await page.reload();
    // What was shown once is no longer marked as new.
    expect(await page.locator('.told .new').count()).toBe(0);

    await page.goto(`${issuer}/account/data`);
    await unfold(page);
    await checkPage(page, `${name}-data-3-kept`, setting);
    expect(await page.locator('#documents li').count()).toBe(
      3 + (await page.locator('#documents .lines li').count()),
    );
    // No page shows the contents of documents.
    expect(await page.content()).not.toContain('周小满');
    expect(await page.content()).not.toContain(person.number);

    await page.fill('#rights input[name=password]', 'not the password');
    await page.click('form[action$="/download"] button');
    await checkPage(page, `${name}-data-4-wrong-password`, setting);
    await page.fill('#rights input[name=password]', PASSWORD);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('form[action$="/download"] button'),
    ]);
    expect(download.suggestedFilename()).toMatch(/^bindery-data-[\d-]+\.json$/);
    const taken = await readFile(await download.path(), 'utf8');
    // The download has all data.
    expect(taken).toContain('周小满');
    expect(taken).toContain(person.number);

    await page.goto(`${issuer}/account/data/correct`);
    await checkPage(page, `${name}-data-5-correct`, setting);
    await page.fill('input[name=value]', '周小曼');
    await choose(page, Buffer.from('MZ this is a program'));
    await page.click('form[action$="/correct"] button');
    await checkPage(page, `${name}-data-6-no-document`, setting);
    // The typed name is kept.
    expect(await page.inputValue('input[name=value]')).toBe('周小曼');
    await choose(page, await drawPaper('book'));
    await page.click('form[action$="/correct"] button');
    expect(new URL(page.url()).pathname).toBe('/account/data');
    // The page says by when the correction is decided.
    expect(await textOf(page, '#corrections')).toMatch(/20\d\d/);

    await unfold(page);
    await page.click('form[action$="/consents/biometrics/withdraw"] button');
    await page.goto(`${issuer}/account/verification`);
    await checkPage(page, `${name}-data-7-consent-taken-back`, setting);
    // The face match no longer counts.
    expect(await page.locator('#step-face_match .state.next').count()).toBe(1);

    await page.goto(`${issuer}/account/data/delete`);
    await checkPage(page, `${name}-data-8-delete`, setting);
    await page.fill('input[name=password]', PASSWORD);
    await page.click('form[action$="/delete"] button');
    await checkPage(page, `${name}-data-9-deleted`, setting);
    await page.goto(`${issuer}/account/data`);
    await checkPage(page, `${name}-data-10-nothing-left`, setting);
    expect(await page.locator('#fields, #documents').count()).toBe(0);
    await page.goto(`${issuer}/account/refusals`);
    await checkPage(page, `${name}-data-11-refusals`, setting);
  });
}

/** Opens all folded parts of a page. */
async function unfold(page: Page): Promise<void> {
  const folded = page.locator('details:not([open]) > summary');
  while ((await folded.count()) > 0) await folded.first().click();
}
