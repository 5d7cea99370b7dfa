import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CONSENT_VERSIONS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { requestCorrection } from '../../src/evidence/corrections/request-correction.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { dueOf, formatHour, parseHour } from '../../src/web/core/hour.ts';
import { translator } from '../../src/web/core/i18n.ts';
import { bring, drawPaper, makeDeclarer } from '../support/clinic.ts';
import { caseOf, decideAs, documentsOf, sitDown } from '../support/desk.ts';
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
    test(`${typed} is read in Shanghai`, () => assert.equal(parseHour(typed)?.toISOString(), read));
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
    test(`“${typed}” is no hour`, () => assert.equal(parseHour(typed), undefined));
  }

  test('what is shown is read as it was', () => {
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

  test('R4 a deadline says how far off it is, and whether it is over', () => {
    const [zh, en] = [translator('zh-CN'), translator('en')];
    const now = new Date('2026-09-30T02:00:00Z');
    const at = (iso: string) => dueOf(zh, new Date(iso), now);
    assert.deepEqual(at('2026-10-09T10:00:00Z'), {
      text: '10月9日周五 18:00',
      relative: '还有 9 天',
      late: false,
    });
    assert.deepEqual(at('2026-09-30T05:30:00Z').relative, '还有 3 小时');
    assert.deepEqual(at('2026-09-29T01:00:00Z'), {
      text: '9月29日周二 09:00',
      relative: '逾期 1 天',
      late: true,
    });
    assert.equal(dueOf(en, new Date('2026-10-09T10:00:00Z'), now).relative, '9 days left');
  });
});

describe('the console', () => {
  test('R23 keeps the queue’s filter on the way into a case and back', async () => {
    const declarer = await makeDeclarer(evidence, { kind: 'personal' });
    const caseId = await caseOf(db, await bring(evidence, declarer, 'person_check'));
    const surfer = await sitDown(issuer, 'reviewer-a');
    const queue = await surfer.open('/review?kind=personal&subject=evidence');
    const [link] = queue.links(new RegExp(`/review/${caseId}$`));
    assert.equal(link?.url.search, '?subject=evidence&kind=personal');
    const page = await surfer.open(link.url);
    const form = page.form('decision', 'approve');
    const decided = await surfer.send(form.action, {
      form: form.filled({ decision: 'approve', reason: 'the same face' }),
    });
    assert.equal(
      decided.location?.search,
      `?subject=evidence&kind=personal&done=${caseId}&how=accepted`,
    );
    assert.match((await surfer.open(decided.location ?? '')).text, /is accepted/);
  });

  test('R23 goes on to later cases, fifty at a time', async () => {
    await db.query(sql`
      insert into review_cases (id, subject_kind, subject_id, state, evidence, due_at)
      select 'cas_' || lpad(n::text, 22, '0'), 'evidence', 'evi_' || n, 'open', '{}', bindery_now() + make_interval(years => 1, secs => n)
        from generate_series(1, 120) n`);
    const surfer = await sitDown(issuer, 'reviewer-a');
    const seen: string[] = [];
    for (let at: URL | string = '/review?subject=evidence', pages = 0; pages < 5; pages += 1) {
      const page = await surfer.open(at);
      seen.push(...page.links(/^\/review\/cas_0/).map(({ url }) => url.pathname));
      const [next] = page.links(/^\/review$/).filter(({ words }) => words === 'Later cases');
      if (!next) break;
      assert.equal(next.url.searchParams.get('subject'), 'evidence');
      at = next.url;
    }
    assert.equal(seen.length, 120);
    assert.equal(new Set(seen).size, 120);
    await db.query(sql`delete from review_cases where id like 'cas_000%'`);
  });

  test('R23 shows a correction as what is kept, what is wanted, and the paper that is to show it', async () => {
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
    const surfer = await sitDown(issuer, 'reviewer-a');
    const page = await surfer.open(`/review/${caseId}`);
    assert.match(page.text, /Correction/);
    assert.match(page.text, /to be 美妆之家科技股份有限公司/);
    assert.match(page.text, /now \S+公司/);
    const [document = ''] = await documentsOf(surfer, caseId);
    assert.equal((await surfer.send(document)).headers.get('content-type'), 'image/jpeg');
    assert.equal(
      (await decideAs(surfer, caseId, 'approve', 'the registry’s notice shows it')).status,
      303,
    );
    const { html } = await surfer.go(`/review/${caseId}`);
    assert.match(html, /This case is decided/);
    assert.doesNotMatch(html, /股份有限公司/, 'once it is decided, it is nobody’s business');
  });

  test('R23 says so where a document cannot be marked, and shows none of it', async () => {
    const declarer = await makeDeclarer(evidence);
    const broken = Buffer.from(`%PDF-1.7\n${'0 '.repeat(400)}\n%%EOF\n`);
    const piece = await bring(evidence, declarer, 'licence_copy_with_authorization', [
      broken,
      broken,
    ]);
    const caseId = await caseOf(db, piece);
    const surfer = await sitDown(issuer, 'reviewer-a');
    const page = await surfer.open(`/review/${caseId}`);
    const [link] = page.links(/\/documents\//);
    const shown = await surfer.send(link?.url ?? '');
    assert.equal(shown.status, 422);
    assert.match(shown.page.text, /cannot be shown/);
    assert.equal(
      shown.page.links(new RegExp(`^/review/${caseId}$`)).length,
      1,
      'the way back to the case',
    );
  });

  test('R23 shows the applicant’s other papers beside the one that is judged, but none that was taken back', async () => {
    const declarer = await makeDeclarer(evidence);
    const permit = await bring(evidence, declarer, 'industry_permit');
    await bring(evidence, declarer, 'three_in_one_licence');
    const surfer = await sitDown(issuer, 'reviewer-a');
    const caseId = await caseOf(db, permit);
    assert.equal((await documentsOf(surfer, caseId)).length, 2);
    const applicant = await sitDown(issuer, declarer.login, '/account/verification');
    const [withdraw] = (await applicant.open('/account/verification')).formsEnding(
      '/withdraw',
      'step-three_in_one_licence',
    );
    assert.ok(withdraw);
    await applicant.press(withdraw.form);
    assert.equal((await documentsOf(surfer, caseId)).length, 1);
  });
});
