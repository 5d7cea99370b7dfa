import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bring, drawPaper, makeDeclarer } from '../support/clinic.ts';
import { startServer } from '../support/server.ts';
import { choose, waitForProviders } from './applicant.ts';
import { openBrowser, type Page, SETTINGS } from './browser.ts';
import { checkPage, nameOf, PASSWORD, signIn, textOf } from './pages.ts';

const server = await startServer();
const { issuer, bindery } = server;

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`an owner sees what is kept and who looked, takes it along, corrects it, takes a consent back and has it deleted, ${name}`, async () => {
    const person = await makeDeclarer(bindery.evidence, { kind: 'personal', name: '周小满' });
    for (const type of ['id_front', 'id_back', 'face_match'] as const)
      await bring(bindery.evidence, person, type);
    await waitForProviders(server);
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/account`);
    await signIn(page, person.login);
    await checkPage(page, `${name}-data-1-account`, setting);
    await page.goto(`${issuer}/account/notices`);
    await checkPage(page, `${name}-data-2-notices`, setting);
    assert.equal(await page.locator('.told .new').count(), 3);
    await page.reload();
    assert.equal(await page.locator('.told .new').count(), 0, 'what was shown is no longer new');

    await page.goto(`${issuer}/account/data`);
    await unfold(page);
    await checkPage(page, `${name}-data-3-kept`, setting);
    assert.equal(
      await page.locator('#documents li').count(),
      3 + (await page.locator('#documents .lines li').count()),
    );
    assert.ok(
      !(await page.content()).includes('周小满') && !(await page.content()).includes(person.number),
      'contents are on no page',
    );

    await page.fill('#rights input[name=password]', 'not the password');
    await page.click('form[action$="/download"] button');
    await checkPage(page, `${name}-data-4-wrong-password`, setting);
    await page.fill('#rights input[name=password]', PASSWORD);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('form[action$="/download"] button'),
    ]);
    assert.match(download.suggestedFilename(), /^bindery-data-[\d-]+\.json$/);
    const taken = await readFile(await download.path(), 'utf8');
    assert.ok(
      taken.includes('周小满') && taken.includes(person.number),
      'what is taken along is all of it',
    );

    await page.goto(`${issuer}/account/data/correct`);
    await checkPage(page, `${name}-data-5-correct`, setting);
    await page.fill('input[name=value]', '周小曼');
    await choose(page, Buffer.from('MZ this is a program'));
    await page.click('form[action$="/correct"] button');
    await checkPage(page, `${name}-data-6-no-document`, setting);
    assert.equal(await page.inputValue('input[name=value]'), '周小曼', 'a name is kept');
    await choose(page, await drawPaper('book'));
    await page.click('form[action$="/correct"] button');
    assert.equal(new URL(page.url()).pathname, '/account/data');
    assert.match(await textOf(page, '#corrections'), /20\d\d/, 'by when it is answered');

    await unfold(page);
    await page.click('form[action$="/consents/biometrics/withdraw"] button');
    await page.goto(`${issuer}/account/verification`);
    await checkPage(page, `${name}-data-7-consent-taken-back`, setting);
    assert.equal(
      await page.locator('#step-face_match .state.next').count(),
      1,
      'the face match no longer counts',
    );

    await page.goto(`${issuer}/account/data/delete`);
    await checkPage(page, `${name}-data-8-delete`, setting);
    await page.fill('input[name=password]', PASSWORD);
    await page.click('form[action$="/delete"] button');
    await checkPage(page, `${name}-data-9-deleted`, setting);
    await page.goto(`${issuer}/account/data`);
    await checkPage(page, `${name}-data-10-nothing-left`, setting);
    assert.equal(await page.locator('#fields, #documents').count(), 0);
    await page.goto(`${issuer}/account/refusals`);
    await checkPage(page, `${name}-data-11-refusals`, setting);
  });
}

/** Opens what is folded away, as a person would before they read it. */
async function unfold(page: Page): Promise<void> {
  const folded = page.locator('details:not([open]) > summary');
  while ((await folded.count()) > 0) await folded.first().click();
}
