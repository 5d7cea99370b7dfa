import { describe, expect, test } from '@jest/globals';
import { escalateLate } from '../../src/review/escalate.ts';
import { sql } from '../../src/store/sql.ts';
import { drawPdf, makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
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

/** Waits for every picture of the page; gives their number. */
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

test('the queue is sorted by deadline and works with links and keyboard [R4, R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  for (const type of ['industry_permit', 'three_in_one_licence'] as const)
    await submitEvidence(evidence, clinic, type);
  const person = await makeDeclarer(evidence, { kind: 'personal', name: '周小满' });
  await submitEvidence(evidence, person, 'person_check');

  for (const setting of [phone, desk, plain]) {
    const page = await reviewerAt(setting);
    await checkPage(page, `queue-${setting.size}-${setting.javaScript}`, setting);
    const rows = await page.locator('#queue a').allTextContents();
    // Special industry has more days, so the person comes first.
    expect(rows[0] ?? '').toMatch(/个人账号/);
    await page.click('.filters a:has-text("特殊行业账号")');
    expect(await textOf(page, '#queue')).not.toMatch(/个人账号/);
    await page.click('.views a:has-text("申诉")');
    expect(await textOf(page)).toMatch(/这个筛选下没有案件/);
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

test('a case shows the declaration beside the documents, decided by keyboard [R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  await submitEvidence(evidence, clinic, 'industry_permit');
  await submitEvidence(evidence, clinic, 'licence_copy_with_authorization');
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
      expect(text).toContain(shown);
    // both documents, and the permit beside them
    if (setting.javaScript) expect(await picturesOf(page)).toBe(3);
    await checkPage(page, `case-${setting.size}-${setting.javaScript}`, setting);
  }

  const page = await reviewerAt(desk);
  await openCase(page, issuer, caseId);
  await page.focus('[name=reason]');
  await page.keyboard.type('副本与授权书齐全，印章清晰');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/review\?/);
  expect(await textOf(page)).toMatch(/已记下你的同意，等待另一位审核人员/);
  await checkPage(page, 'queue-after-half', desk);
  // The first reviewer's part is done.
  expect(await page.locator(`#queue a[href^="/review/${caseId}"]`).count()).toBe(0);
  await page.goto(`${issuer}/review/${caseId}`);
  await checkPage(page, 'case-half', desk);
  expect(await page.locator('[name=reason]').count()).toBe(0);

  const other = await reviewerAt(desk, 'reviewer-b');
  // The second reviewer does not see the first decision.
  expect(await openCase(other, issuer, caseId)).not.toMatch(/印章清晰|已在/);
  await decideCase(other, issuer, { caseId, decision: 'approve' });
  const [piece] = await db.query<{ state: string }>(sql`
    select state from evidence where account_id = ${clinic.account} and type = 'licence_copy_with_authorization'`);
  expect(piece?.state).toBe('accepted');
});

test('a PDF opens from a link, and a picture at full size [R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  await submitEvidence(evidence, clinic, 'licence_copy_with_authorization', [
    await drawPdf('Copy'),
    await drawPdf('Authorization'),
  ]);
  await submitEvidence(evidence, clinic, 'industry_permit');
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
  expect(hrefs.length).toBe(2);
  const answer = await page.request.get(hrefs[0] ?? '');
  expect(answer.headers()['content-type']).toBe('application/pdf');
  expect((await answer.body()).subarray(0, 8).toString()).toMatch(/^%PDF-/);
  const [picture] = await Promise.all([
    page.context().waitForEvent('page'),
    page.click('.picture'),
  ]);
  await picture.waitForLoadState();
  await shoot(picture, 'document');
  expect(await picture.evaluate(() => (document.images[0]?.naturalWidth ?? 0) > 1000)).toBe(true);
});

test('another reviewer sees the appeal and the first reviewer’s reason [R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  await submitEvidence(evidence, clinic, 'three_in_one_licence');
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
    expect(text).toMatch(/请放大右下角/);
    expect(text).toMatch(/印章处有反光/);
    if (setting.javaScript) await picturesOf(page);
    await checkPage(page, `appeal-${setting.size}`, setting);
  }
  const before = await reviewerAt(desk, 'reviewer-b');
  expect(await before.locator(`#queue a[href^="/review/${appeal}"]`).count()).toBe(0);
  await before.goto(`${issuer}/review/${appeal}`);
  await checkPage(before, 'own-decision', desk);
  expect(await textOf(before)).toMatch(/这是针对你自己所作决定的申诉/);
});

describe('signing in person', () => {
  test('staff schedule a signing, and two of them attest it [R3]', async () => {
    const clinic = await makeDeclarer(evidence);
    await submitEvidence(evidence, clinic, 'in_person_signing');
    const evidenceId = await findSigning(db, clinic.login);
    const [a, b] = [await reviewerAt(phone), await reviewerAt(desk, 'reviewer-b')];
    await a.goto(`${issuer}/review/signings/${evidenceId}`);
    await checkPage(a, 'signing-requested', phone);
    expect(await textOf(a)).toMatch(/周安和/);
    const at = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000);
    const past = await appoint(a, issuer, {
      evidenceId,
      at: new Date(Date.now() - 86_400_000),
      place: '朝阳区办事大厅 3 号窗口',
    });
    expect(past).toMatch(/这个时间已经过去/);
    await checkPage(a, 'signing-in-the-past', phone);
    expect(await appoint(a, issuer, { evidenceId, at, place: '朝阳区办事大厅 3 号窗口' })).toMatch(
      /朝阳区办事大厅 3 号窗口/,
    );
    // No one has attested the signing yet.
    expect(await a.locator('form[action$="/attest"]').count()).toBe(0);

    await advance(managementUrl, 'PT2H');
    await a.reload();
    await checkPage(a, 'signing-appointed', phone);
    expect(await attest(a, issuer, evidenceId)).toMatch(/你已确认见证/);
    await checkPage(a, 'signing-attested', phone);
    expect(await a.locator('form').count()).toBe(0);
    await b.goto(`${issuer}/review`);
    expect(await textOf(b, '.signings')).toMatch(/待第二人见证/);
    await attest(b, issuer, evidenceId);
    const [piece] = await db.query<{ state: string }>(
      sql`select state from evidence where id = ${evidenceId}`,
    );
    expect(piece?.state).toBe('accepted');
    await b.goto(`${issuer}/review/signings/${evidenceId}`);
    await checkPage(b, 'signing-over', desk);
  });
});

test('the review desk works in English on a phone [R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  await submitEvidence(evidence, clinic, 'industry_permit');
  await submitEvidence(evidence, clinic, 'in_person_signing');
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
  expect(await textOf(page)).toMatch(/What to check.*Your decision/);
  await page.goto(`${issuer}/review/signings/${await findSigning(db, clinic.login)}`);
  await checkPage(page, 'signing-en', english);
  expect(await textOf(page)).toMatch(/Who comes to sign/);
});

test('overdue cases are marked and counted for the operator, without names [R4, R23]', async () => {
  const clinic = await makeDeclarer(evidence);
  await submitEvidence(evidence, clinic, 'industry_permit');
  await advance(managementUrl, 'P60D');
  await escalateLate({ db });
  const page = await reviewerAt(desk);
  await page.click('.views a:has-text("已逾期")');
  await checkPage(page, 'queue-late', desk);
  expect(await textOf(page, '#queue')).toMatch(/逾期 \d+ 天/);
  for (const setting of [phone, desk]) {
    const operator = await (await openBrowser(setting)).newPage();
    await operator.goto(`${issuer}/operator`);
    await signIn(operator, 'operator');
    expect(new URL(operator.url()).pathname).toBe('/operator');
    await checkPage(operator, `operator-${setting.size}`, setting);
    const text = await textOf(operator);
    expect(text).toMatch(/特殊行业账号/);
    for (const hidden of [clinic.name, clinic.login, clinic.number, '安和'])
      expect(text).not.toContain(hidden);
  }
});
