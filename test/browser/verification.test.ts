import { expect, test } from '@jest/globals';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { readClock } from '../../src/store/clock.store.ts';
import { organisationNumber, personNumber } from '../owners/people.ts';
import { makeApplicantOf } from '../support/applicants.ts';
import { advance } from '../support/clock.ts';
import { startServer } from '../support/server.ts';
import {
  bring,
  choose,
  declare,
  openVerification,
  stateOf,
  waitForProviders,
} from './applicant.ts';
import { openBrowser, type Page, SETTINGS, type Setting } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';
import { appoint, attest, decideCase, findCase, findSigning } from './reviewer.ts';

const server = await startServer();
const { issuer, bindery, managementUrl } = server;
let serial = 200;

for (const [at, setting] of SETTINGS.entries()) {
  const name = nameOf(setting);

  test(`a person is verified by card and by a reviewer, ${name} [R3]`, async () => {
    const login = await makeApplicantOf(bindery.db, 'personal');
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/account/verification`);
    await signIn(page, login);
    await checkPage(page, `${name}-verify-1-start`, setting);
    await page.click('#next');
    await checkPage(page, `${name}-verify-2-consent`, setting);
    await page.click('button[value=refuse]');
    // A person who declines is back on the overview.
    expect(await page.locator('#next').getAttribute('href')).toBe('/account/verification/declare');
    await page.click('#next');
    await page.click('button[value=approve]');
    await checkPage(page, `${name}-verify-3-declare`, setting);
    await page.fill('input[name=name]', '孙丽');
    await page.fill('input[name=number]', '999999199001010000');
    await page.click('form[action$="/declare"] button');
    await checkPage(page, `${name}-verify-4-wrong-number`, setting);
    // The name is kept.
    expect(await page.inputValue('input[name=name]')).toBe('孙丽');
    // The number is not kept.
    expect(await page.inputValue('input[name=number]')).toBe('');
    await page.fill('input[name=number]', personNumber(100 + at));
    await page.click('form[action$="/declare"] button');
    await checkPage(page, `${name}-verify-5-declared`, setting);

    await page.click('#next');
    await checkPage(page, `${name}-verify-6-upload`, setting);
    await choose(page, Buffer.from('MZ this is a program'), 'photo.jpg');
    await page.click('form[action$="/id_front"] button');
    await checkPage(page, `${name}-verify-7-renamed-program`, setting);
    await bring(page, issuer, 'id_front');
    await bring(page, issuer, 'id_back', { until: '2039-12-31' });
    await waitForProviders(server, page);
    await openVerification(page, issuer);
    await checkPage(page, `${name}-verify-8-two-of-three`, setting);
    await page.click('#step-face_match a[href$="/face_match"]');
    await checkPage(page, `${name}-verify-9-face-consent`, setting);
    await page.click('button[value=refuse]');
    expect(new URL(page.url()).pathname).toBe('/account/verification/person_check');
    await checkPage(page, `${name}-verify-10-person-check`, setting);
    await bring(page, issuer, 'person_check');
    await checkPage(page, `${name}-verify-11-in-review`, setting);
    // R4: the date is on the page.
    expect(await textOf(page, '.standing')).toMatch(/20\d\d/);
    await bring(page, issuer, 'face_match');
    await waitForProviders(server, page);
    expect(await openVerification(page, issuer)).toMatch(
      setting.language === 'en' ? /You are verified/ : /认证有效|认证已完成/,
    );
    await checkPage(page, `${name}-verify-12-verified`, setting);
  });
}

for (const setting of [SETTINGS[1], SETTINGS[2]] as readonly Setting[]) {
  const name = nameOf(setting);

  test(`a company is verified by licence and deposit, ${name} [R3]`, async () => {
    const login = await makeApplicantOf(bindery.db, 'enterprise');
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/account/verification`);
    await signIn(page, login);
    serial += 1;
    const number = organisationNumber(serial);
    await declare(page, issuer, {
      name: '晨光文具有限公司',
      number,
      legal_representative: '周明',
      bank_account: '6222021234567890',
    });
    await bring(page, issuer, 'business_licence', { until: '2039-12-31' });
    await page.goto(`${issuer}/account/verification/bank_micro_deposit`);
    await checkPage(page, `${name}-company-1-ask-for-deposit`, setting);
    await bring(page, issuer, 'bank_micro_deposit');
    await checkPage(page, `${name}-company-2-waiting`, setting);
    await waitForProviders(server, page);
    await openVerification(page, issuer);
    await checkPage(page, `${name}-company-3-deposit-made`, setting);
    await page.click('#next');
    await checkPage(page, `${name}-company-4-amount`, setting);

    const [amount = ''] = /\d\.\d\d/.exec(await textOf(page, '#sandbox-statement .entry')) ?? [];
    const wrong = amount === '0.01' ? '0.02' : '0.01';
    await page.fill('input[name=amount]', 'a little');
    await page.click('form[action$="/deposit"] button');
    // A malformed amount costs no try.
    expect(await textOf(page, '#amount-hint')).toMatch(/3/);
    await page.fill('input[name=amount]', wrong);
    await page.click('form[action$="/deposit"] button');
    await checkPage(page, `${name}-company-5-wrong-amount`, setting);
    // A wrong amount costs a try.
    expect(await textOf(page, '#amount-hint')).toMatch(/2/);
    // The typed amount is kept.
    expect(await page.inputValue('input[name=amount]')).toBe(wrong);
    await page.fill('input[name=amount]', amount);
    await page.click('form[action$="/deposit"] button');
    expect(new URL(page.url()).pathname).toBe('/account/verification');
    await checkPage(page, `${name}-company-6-verified`, setting);
    expect(await page.locator('.standing.good').count()).toBe(1);
    // The account number is on no page.
    expect(await page.content()).not.toContain(number.slice(2));
  });
}

test('a clinic is verified after a rejection, an appeal and witnesses [R3, R4, R23]', async () => {
  const [applicant, desk] = [SETTINGS[0], SETTINGS[2]] as readonly [Setting, Setting];
  const login = await makeApplicantOf(bindery.db, 'special_industry');
  const page = await (await openBrowser(applicant)).newPage();
  await page.goto(`${issuer}/account/verification`);
  await signIn(page, login);
  serial += 1;
  await declare(page, issuer, {
    name: '安和口腔诊所',
    number: organisationNumber(serial),
    legal_representative: '周安和',
  });
  await page.goto(`${issuer}/account/verification/licence_copy_with_authorization`);
  await checkPage(page, 'clinic-1-two-files', applicant);
  const TYPES = [
    'three_in_one_licence',
    'industry_permit',
    'licence_copy_with_authorization',
  ] as const;
  for (const type of TYPES) await bring(page, issuer, type, { until: '2039-12-31' });
  await bring(page, issuer, 'in_person_signing');
  await openVerification(page, issuer);
  await checkPage(page, 'clinic-2-in-review', applicant);
  // R4: each piece says by when it is decided.
  expect(await textOf(page, '#step-industry_permit .due')).toMatch(/20\d\d/);

  const reviewers = new Map<string, Page>();
  for (const reviewer of ['reviewer-a', 'reviewer-b']) {
    const at = await (await openBrowser({ ...desk, language: 'zh-CN' })).newPage();
    await at.goto(`${issuer}/review`);
    await signIn(at, reviewer);
    reviewers.set(reviewer, at);
  }
  const by = (reviewer: string): Page => reviewers.get(reviewer) ?? page;
  const decide = async (
    type: EvidenceType,
    decision: 'approve' | 'refuse',
    ...who: readonly string[]
  ): Promise<void> => {
    const caseId = await findCase(bindery.db, { login, type });
    for (const reviewer of who) await decideCase(by(reviewer), issuer, { caseId, decision });
  };
  await decide('three_in_one_licence', 'approve', 'reviewer-a', 'reviewer-b');
  await decide('licence_copy_with_authorization', 'approve', 'reviewer-b', 'reviewer-a');
  await decide('industry_permit', 'refuse', 'reviewer-a');
  const evidenceId = await findSigning(bindery.db, login);
  const at = new Date(
    Math.ceil((await readClock(bindery.db)).getTime() / 60_000) * 60_000 + 3_600_000,
  );
  await appoint(by('reviewer-a'), issuer, { evidenceId, at, place: '徐汇区政务服务中心 3 号窗口' });

  await openVerification(page, issuer);
  await checkPage(page, 'clinic-3-rejected-and-appointed', applicant);
  expect(await textOf(page, '#step-in_person_signing')).toMatch(/徐汇区政务服务中心 3 号窗口/);
  expect(await stateOf(page, 'industry_permit')).toBe('未通过');
  await page.goto(`${issuer}/account/notices`);
  await checkPage(page, 'clinic-4-notices', applicant);
  expect(await textOf(page)).toMatch(/行业许可证没有通过/);
  await page.goto(`${issuer}/account/verification`);
  await page.click('#step-industry_permit details:has([name=text]) summary');
  await page.fill(
    '#step-industry_permit [name=text]',
    '许可证上的印章清晰完整，请放大右下角再看。',
  );
  await page.click('#step-industry_permit form[action$="/appeal"] button');
  await checkPage(page, 'clinic-5-appealed', applicant);
  expect(await stateOf(page, 'industry_permit')).toBe('复核中');

  await decide('industry_permit', 'approve', 'reviewer-b');
  await advance(managementUrl, 'PT1H1M');
  for (const reviewer of ['reviewer-a', 'reviewer-b'])
    await attest(by(reviewer), issuer, evidenceId);
  expect(await openVerification(page, issuer)).toMatch(/认证已完成/);
  await checkPage(page, 'clinic-6-verified', applicant);
  await page.goto(`${issuer}/account/notices`);
  expect(await textOf(page)).toMatch(/复核改变了原来的结果/);
});

test('a waiting page notices by itself that the check has a result', async () => {
  const login = await makeApplicantOf(bindery.db, 'enterprise');
  const page = await (await openBrowser({ size: 'phone', javaScript: true })).newPage();
  await page.goto(`${issuer}/account/verification`);
  await signIn(page, login);
  serial += 1;
  await declare(page, issuer, {
    name: '晨光文具有限公司',
    number: organisationNumber(serial),
    bank_account: '6222021234567890',
  });
  await bring(page, issuer, 'business_licence');
  await bring(page, issuer, 'bank_micro_deposit');
  expect(await page.locator('.standing.wait').count()).toBe(1);
  await waitForProviders(server);
  await page.waitForSelector('.standing.act');
  // The next step is the owner’s.
  expect(await page.locator('#watch').count()).toBe(0);
});
