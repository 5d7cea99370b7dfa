import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONSENT_VERSIONS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { requestCorrection } from '../../src/evidence/corrections/request-correction.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { dueOf, formatHour, parseHour } from '../../src/web/core/hour.ts';
import { translator } from '../../src/web/core/i18n.ts';
import { drawPaper, makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { caseOf, decideAs, documentsOf, signInReviewer } from '../fixtures/review-pages.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db, evidence } = bindery;

async function accountOf(login: string): Promise<AccountId> {
  const [row] = await db.query<{ id: AccountId }>(
    sql`select id from accounts where login = ${login}`,
  );
  assert.ok(row);
  return row.id;
}

describe('days and hours as staff type them', () => {
  for (const [typed, read] of [
    ['2026-11-25T10:00', '2026-11-25T02:00:00.000Z'],
    ['2026-11-25 10:00', '2026-11-25T02:00:00.000Z'],
    [' 2026/1/5  7:05 ', '2026-01-04T23:05:00.000Z'],
    ['２０２６-１１-２５ １０：００', '2026-11-25T02:00:00.000Z'],
    ['2028-02-29T23:59', '2028-02-29T15:59:00.000Z'],
  ] as const) {
    test(`${typed} is read as Shanghai time`, () =>
      expect(parseHour(typed)?.toISOString()).toBe(read));
  }

  for (const typed of [
    '',
    'tomorrow',
    '2026-11-25',
    '2026-02-29T10:00',
    '2026-11-25T24:00',
    '2026-11-25T10:60',
    '26-11-25T10:00',
  ]) {
    test(`“${typed}” is not a valid hour`, () => expect(parseHour(typed)).toBe(undefined));
  }

  test('an hour that is shown is read back as the same hour', () => {
    const minute = fc.date({
      min: new Date('2000-01-01'),
      max: new Date('2099-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(minute, (at) => {
        const whole = new Date(Math.floor(at.getTime() / 60_000) * 60_000);
        return parseHour(formatHour(whole))?.getTime() === whole.getTime();
      }),
      { numRuns: 20_000 },
    );
  });

  test('a deadline shows how far off it is, and whether it is over', () => {
    const [zh, en] = [translator('zh-CN'), translator('en')];
    const now = new Date('2026-09-30T02:00:00Z');
    const at = (iso: string) => dueOf(zh, new Date(iso), now);
    expect(at('2026-10-09T10:00:00Z')).toStrictEqual({
      text: '10月9日周五 18:00',
      relative: '还有 9 天',
      late: false,
    });
    expect(at('2026-09-30T05:30:00Z').relative).toStrictEqual('还有 3 小时');
    expect(at('2026-09-29T01:00:00Z')).toStrictEqual({
      text: '9月29日周二 09:00',
      relative: '逾期 1 天',
      late: true,
    });
    expect(dueOf(en, new Date('2026-10-09T10:00:00Z'), now).relative).toBe('9 days left');
  });
});

describe('the console', () => {
  test('the queue’s filter is kept on the way into a case and back [R23]', async () => {
    const declarer = await makeDeclarer(evidence, { kind: 'personal' });
    const caseId = await caseOf(db, await submitEvidence(evidence, declarer, 'person_check'));
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const queue = await browser.open('/review?kind=personal&subject=evidence');
    const [link] = queue.links(new RegExp(`/review/${caseId}$`));
    assert.equal(link?.url.search, '?subject=evidence&kind=personal');
    const page = await browser.open(link.url);
    const form = page.form('decision', 'approve');
    const decided = await browser.send(form.action, {
      form: form.filled({ decision: 'approve', reason: 'the same face' }),
    });
    expect(decided.location?.search).toBe(
      `?subject=evidence&kind=personal&done=${caseId}&how=accepted`,
    );
    expect((await browser.open(decided.location ?? '')).text).toMatch(/is accepted/);
  });

  test('the queue shows fifty cases a page [R23]', async () => {
    await db.query(sql`
      insert into review_cases (id, subject_kind, subject_id, state, evidence, due_at)
      select 'cas_' || lpad(n::text, 22, '0'), 'evidence', 'evi_' || n, 'open', '{}', bindery_now() + make_interval(years => 1, secs => n)
        from generate_series(1, 120) n`);
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const seen: string[] = [];
    for (let at: URL | string = '/review?subject=evidence', pages = 0; pages < 5; pages += 1) {
      const page = await browser.open(at);
      seen.push(...page.links(/^\/review\/cas_0/).map(({ url }) => url.pathname));
      const [next] = page.links(/^\/review$/).filter(({ words }) => words === 'Later cases');
      if (!next) break;
      expect(next.url.searchParams.get('subject')).toBe('evidence');
      at = next.url;
    }
    expect(seen.length).toBe(120);
    expect(new Set(seen).size).toBe(120);
    await db.query(sql`delete from review_cases where id like 'cas_000%'`);
  });

  test('a correction shows the old value, the new one and the document for it [R23]', async () => {
    const account = await accountOf('meizhuang');
    await giveConsent(evidence, {
      account,
      consent: 'business_records',
      version: CONSENT_VERSIONS.business_records,
      language: 'en',
    });
    const asked = await requestCorrection(evidence, {
      account,
      field: 'name',
      value: '美妆之家科技股份有限公司',
      uploads: [await drawPaper('change of name')],
    });
    assert.ok(asked.ok, JSON.stringify(asked));
    const { caseId } = asked.value;
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const page = await browser.open(`/review/${caseId}`);
    expect(page.text).toMatch(/Correction/);
    expect(page.text).toMatch(/to be 美妆之家科技股份有限公司/);
    expect(page.text).toMatch(/now \S+公司/);
    const [document = ''] = await documentsOf(browser, caseId);
    expect((await browser.send(document)).headers.get('content-type')).toBe('image/jpeg');
    expect(
      (await decideAs(browser, caseId, 'approve', 'the registry’s notice shows it')).status,
    ).toBe(303);
    const { html } = await browser.go(`/review/${caseId}`);
    expect(html).toMatch(/This case is decided/);
    // A decided correction is no longer shown.
    expect(html).not.toMatch(/股份有限公司/);
  });

  test('a document that cannot be watermarked is not shown, and the page says so [R23]', async () => {
    const declarer = await makeDeclarer(evidence);
    const broken = Buffer.from(`%PDF-1.7\n${'0 '.repeat(400)}\n%%EOF\n`);
    const piece = await submitEvidence(evidence, declarer, 'licence_copy_with_authorization', [
      broken,
      broken,
    ]);
    const caseId = await caseOf(db, piece);
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const page = await browser.open(`/review/${caseId}`);
    const [link] = page.links(/\/documents\//);
    const shown = await browser.send(link?.url ?? '');
    expect(shown.status).toBe(422);
    expect(shown.page.text).toMatch(/cannot be shown/);
    // There is a link back to the case.
    expect(shown.page.links(new RegExp(`^/review/${caseId}$`)).length).toBe(1);
  });

  test('a case shows the applicant’s other documents, except withdrawn ones [R23]', async () => {
    const declarer = await makeDeclarer(evidence);
    const permit = await submitEvidence(evidence, declarer, 'industry_permit');
    await submitEvidence(evidence, declarer, 'three_in_one_licence');
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const caseId = await caseOf(db, permit);
    expect((await documentsOf(browser, caseId)).length).toBe(2);
    const applicant = await signInReviewer(issuer, declarer.login, '/account/verification');
    const [withdraw] = (await applicant.open('/account/verification')).formsEnding(
      '/withdraw',
      'step-three_in_one_licence',
    );
    assert.ok(withdraw);
    await applicant.press(withdraw.form);
    expect((await documentsOf(browser, caseId)).length).toBe(1);
  });
});
