import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escalateLate } from '../../src/review/escalate.ts';
import { sql } from '../../src/store/sql.ts';
import { bring, drawPdf, makeDeclarer } from '../support/clinic.ts';
import { advance } from '../support/clock.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, type Page, type Setting, shoot } from './browser.ts';
import { checkPage, signIn, textOf } from './pages.ts';
import {
  appoint,
  attest,
  decideCase,
  findCase,
  findSigning,
  openCase,
  signInAsReviewer,
} from './reviewer.ts';

const { bindery, issuer, managementUrl } = await startServer();
const { db, evidence } = bindery;
const phone: Setting = { size: 'phone', javaScript: true };
const desk: Setting = { size: 'desk', javaScript: true };
const plain: Setting = { size: 'desk', javaScript: false, dark: true };

async function reviewerAt(
  setting: Setting,
  login: 'reviewer-a' | 'reviewer-b' = 'reviewer-a',
): Promise<Page> {
  const page = await (await openBrowser(setting)).newPage();
  await signInAsReviewer(page, issuer, login);
  return page;
}

/** Every picture of the page has come, as the reviewer would see it. */
async function picturesOf(page: Page): Promise<number> {
  const pictures = page.locator('.picture img');
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    await picture.evaluate(async (image) => {
      const { complete, naturalWidth } = image as HTMLImageElement;
      if (complete && naturalWidth > 0) return;
      await new Promise((resolve, reject) => {
        image.addEventListener('load', resolve, { once: true });
        image.addEventListener('error', reject, { once: true });
      });
    });
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  return await pictures.count();
}

test('R4 R23 the queue is ordered by deadline, filtered by links, and walked with the keyboard', async () => {
  const clinic = await makeDeclarer(evidence);
  for (const type of ['industry_permit', 'three_in_one_licence'] as const)
    await bring(evidence, clinic, type);
  const person = await makeDeclarer(evidence, { kind: 'personal', name: '周小满' });
  await bring(evidence, person, 'person_check');

  for (const setting of [phone, desk, plain]) {
    const page = await reviewerAt(setting);
    await checkPage(page, `queue-${setting.size}-${setting.javaScript}`, setting);
    const rows = await page.locator('#queue a').allTextContents();
    assert.match(
      rows[0] ?? '',
      /个人账号/,
      'special industry has more days, so the person comes first',
    );
    await page.click('.filters a:has-text("特殊行业账号")');
    assert.doesNotMatch(await textOf(page, '#queue'), /个人账号/);
    await page.click('.views a:has-text("申诉")');
    assert.match(await textOf(page), /这个筛选下没有案件/);
  }

  const page = await reviewerAt(desk);
  await page.focus('#queue a');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  const second = await page.locator('#queue a').nth(1).getAttribute('href');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${issuer}${second}`);
});

test('R23 a case shows what was declared beside the marked documents, and is decided without the mouse', async () => {
  const clinic = await makeDeclarer(evidence);
  await bring(evidence, clinic, 'industry_permit');
  await bring(evidence, clinic, 'licence_copy_with_authorization');
  const caseId = await findCase(db, {
    login: clinic.login,
    type: 'licence_copy_with_authorization',
  });
  for (const setting of [phone, plain, desk]) {
    const page = await reviewerAt(setting);
    const text = await openCase(page, issuer, caseId);
    for (const shown of [
      clinic.name,
      clinic.number,
      '周安和',
      '两人审核',
      '执照副本与授权书 1 / 2',
    ])
      assert.ok(text.includes(shown), shown);
    if (setting.javaScript)
      assert.equal(await picturesOf(page), 3, 'both papers, and the permit beside them');
    await checkPage(page, `case-${setting.size}-${setting.javaScript}`, setting);
  }

  const page = await reviewerAt(desk);
  await openCase(page, issuer, caseId);
  await page.focus('[name=reason]');
  await page.keyboard.type('副本与授权书齐全，印章清晰');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/review\?/);
  assert.match(await textOf(page), /已记下你的同意，等待另一位审核人员/);
  await checkPage(page, 'queue-after-half', desk);
  assert.equal(
    await page.locator(`#queue a[href^="/review/${caseId}"]`).count(),
    0,
    'their part is done',
  );
  await page.goto(`${issuer}/review/${caseId}`);
  await checkPage(page, 'case-half', desk);
  assert.equal(await page.locator('[name=reason]').count(), 0);

  const other = await reviewerAt(desk, 'reviewer-b');
  assert.doesNotMatch(
    await openCase(other, issuer, caseId),
    /印章清晰|已在/,
    'the second pair of eyes looks for itself',
  );
  await decideCase(other, issuer, { caseId, decision: 'approve' });
  const [piece] = await db.query<{ state: string }>(sql`
    select state from evidence where account_id = ${clinic.account} and type = 'licence_copy_with_authorization'`);
  assert.equal(piece?.state, 'accepted');
});

test('R23 a PDF is opened by a link, and the picture at full size as well', async () => {
  const clinic = await makeDeclarer(evidence);
  await bring(evidence, clinic, 'licence_copy_with_authorization', [
    await drawPdf('Copy'),
    await drawPdf('Authorization'),
  ]);
  await bring(evidence, clinic, 'industry_permit');
  const caseId = await findCase(db, {
    login: clinic.login,
    type: 'licence_copy_with_authorization',
  });
  const page = await reviewerAt(desk);
  await openCase(page, issuer, caseId);
  await picturesOf(page);
  await checkPage(page, 'case-pdf', desk);
  const hrefs = await page
    .locator('.paper')
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  assert.equal(hrefs.length, 2);
  const answer = await page.request.get(hrefs[0] ?? '');
  assert.equal(answer.headers()['content-type'], 'application/pdf');
  assert.match((await answer.body()).subarray(0, 8).toString(), /^%PDF-/);
  const [picture] = await Promise.all([
    page.context().waitForEvent('page'),
    page.click('.picture'),
  ]);
  await picture.waitForLoadState();
  await shoot(picture, 'document');
  assert.ok(await picture.evaluate(() => (document.images[0]?.naturalWidth ?? 0) > 1000));
});

test('R23 an appeal shows what the applicant says and what the first reviewer gave as the reason, to another reviewer', async () => {
  const clinic = await makeDeclarer(evidence);
  await bring(evidence, clinic, 'three_in_one_licence');
  const first = await findCase(db, { login: clinic.login, type: 'three_in_one_licence' });
  await decideCase(await reviewerAt(desk, 'reviewer-b'), issuer, {
    caseId: first,
    decision: 'refuse',
    reason: '印章处有反光，看不清登记机关',
  });
  const applicant = await (await openBrowser(phone)).newPage();
  await applicant.goto(`${issuer}/account/verification`);
  await signIn(applicant, clinic.login);
  await applicant
    .locator('form[action$="/appeal"] [name=text]')
    .first()
    .evaluate((field) => field.closest('details')?.setAttribute('open', ''));
  await applicant.fill(
    'form[action$="/appeal"] [name=text]',
    '印章在原件上清楚可见，请放大右下角。',
  );
  await applicant.click('form[action$="/appeal"] button');

  const appeal = await findCase(db, { login: clinic.login, type: 'three_in_one_licence' });
  for (const setting of [phone, desk]) {
    const page = await reviewerAt(setting);
    const text = await openCase(page, issuer, appeal);
    assert.match(text, /请放大右下角/);
    assert.match(text, /印章处有反光/);
    if (setting.javaScript) await picturesOf(page);
    await checkPage(page, `appeal-${setting.size}`, setting);
  }
  const before = await reviewerAt(desk, 'reviewer-b');
  assert.equal(await before.locator(`#queue a[href^="/review/${appeal}"]`).count(), 0);
  await before.goto(`${issuer}/review/${appeal}`);
  await checkPage(before, 'own-decision', desk);
  assert.match(await textOf(before), /这是针对你自己所作决定的申诉/);
});

describe('signing in person', () => {
  test('R3 staff give it a day and a place, and two of them say that they saw it', async () => {
    const clinic = await makeDeclarer(evidence);
    await bring(evidence, clinic, 'in_person_signing');
    const evidenceId = await findSigning(db, clinic.login);
    const [a, b] = [await reviewerAt(phone), await reviewerAt(desk, 'reviewer-b')];
    await a.goto(`${issuer}/review/signings/${evidenceId}`);
    await checkPage(a, 'signing-requested', phone);
    assert.match(await textOf(a), /周安和/);
    const at = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000);
    const past = await appoint(a, issuer, {
      evidenceId,
      at: new Date(Date.now() - 86_400_000),
      place: '朝阳区办事大厅 3 号窗口',
    });
    assert.match(past, /这个时间已经过去/);
    await checkPage(a, 'signing-in-the-past', phone);
    assert.match(
      await appoint(a, issuer, { evidenceId, at, place: '朝阳区办事大厅 3 号窗口' }),
      /朝阳区办事大厅 3 号窗口/,
    );
    assert.equal(await a.locator('form[action$="/attest"]').count(), 0, 'nobody saw it yet');

    await advance(managementUrl, 'PT2H');
    await a.reload();
    await checkPage(a, 'signing-appointed', phone);
    assert.match(await attest(a, issuer, evidenceId), /你已确认见证/);
    await checkPage(a, 'signing-attested', phone);
    assert.equal(await a.locator('form').count(), 0);
    await b.goto(`${issuer}/review`);
    assert.match(await textOf(b, '.signings'), /待第二人见证/);
    await attest(b, issuer, evidenceId);
    const [piece] = await db.query<{ state: string }>(
      sql`select state from evidence where id = ${evidenceId}`,
    );
    assert.equal(piece?.state, 'accepted');
    await b.goto(`${issuer}/review/signings/${evidenceId}`);
    await checkPage(b, 'signing-over', desk);
  });
});

test('R23 the console reads as well in English, on a phone', async () => {
  const clinic = await makeDeclarer(evidence);
  await bring(evidence, clinic, 'industry_permit');
  await bring(evidence, clinic, 'in_person_signing');
  const english: Setting = { size: 'phone', javaScript: true, language: 'en' };
  const page = await reviewerAt(english);
  await checkPage(page, 'queue-en', english);
  await openCase(
    page,
    issuer,
    await findCase(db, { login: clinic.login, type: 'industry_permit' }),
  );
  await picturesOf(page);
  await checkPage(page, 'case-en', english);
  assert.match(await textOf(page), /What to check.*Your decision/);
  await page.goto(`${issuer}/review/signings/${await findSigning(db, clinic.login)}`);
  await checkPage(page, 'signing-en', english);
  assert.match(await textOf(page), /Who comes to sign/);
});

test('R4 R23 what is late is marked in the queue and told to the operator, who learns of nobody', async () => {
  const clinic = await makeDeclarer(evidence);
  await bring(evidence, clinic, 'industry_permit');
  await advance(managementUrl, 'P60D');
  await escalateLate({ db });
  const page = await reviewerAt(desk);
  await page.click('.views a:has-text("已逾期")');
  await checkPage(page, 'queue-late', desk);
  assert.match(await textOf(page, '#queue'), /逾期 \d+ 天/);
  for (const setting of [phone, desk]) {
    const operator = await (await openBrowser(setting)).newPage();
    await operator.goto(`${issuer}/operator`);
    await signIn(operator, 'operator');
    assert.equal(new URL(operator.url()).pathname, '/operator');
    await checkPage(operator, `operator-${setting.size}`, setting);
    const text = await textOf(operator);
    assert.match(text, /特殊行业账号/);
    for (const hidden of [clinic.name, clinic.login, clinic.number, '安和'])
      assert.ok(!text.includes(hidden), hidden);
  }
});
