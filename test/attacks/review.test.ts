import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { appealEvidence } from '../../src/evidence/pieces/appeal-evidence.ts';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { recordRelative } from '../../src/owners/relatives.ts';
import { sql } from '../../src/store/sql.ts';
import { formatHour } from '../../src/web/core/hour.ts';
import { type Declarer, makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { caseOf, decideAs, documentsOf, signInReviewer } from '../fixtures/review-pages.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily } from '../support/journeys.ts';
import { makeOwner } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer, managementUrl } = await startServer();
const { db, evidence } = bindery;

/** Makes another reviewer, with an owner of their own. */
async function makeReviewer(owner: OwnerId | null = null): Promise<string> {
  const [login = ''] = await makeFamily(db, 1);
  const of = owner ?? (await makeOwner(db));
  await db.query(
    sql`update accounts set roles = '{reviewer}', owner_id = ${of} where login = ${login}`,
  );
  return login;
}

async function ownerOf({ account }: Declarer): Promise<OwnerId> {
  const [row] = await db.query<{ owner: OwnerId }>(
    sql`select owner_id as owner from account_claims where account_id = ${account}`,
  );
  assert.ok(row);
  return row.owner;
}

async function ownerOfLogin(login: string): Promise<OwnerId> {
  const [row] = await db.query<{ owner: OwnerId }>(
    sql`select owner_id as owner from accounts where login = ${login}`,
  );
  assert.ok(row);
  return row.owner;
}

async function stateOf(caseId: string): Promise<string> {
  const [row] = await db.query<{ state: string }>(
    sql`select state from review_cases where id = ${caseId}`,
  );
  return row?.state ?? '';
}

/** Makes a case about the industry permit of a clinic. */
async function makeCase(kind: 'special_industry' | 'personal' = 'personal') {
  const declarer = await makeDeclarer(evidence, { kind });
  const piece = await submitEvidence(
    evidence,
    declarer,
    kind === 'personal' ? 'person_check' : 'industry_permit',
  );
  return { declarer, piece, caseId: await caseOf(db, piece) };
}

describe('a reviewer who is related', () => {
  test('a reviewer related to the owner cannot find, see or decide the case [R23]', async () => {
    const { declarer, caseId } = await makeCase();
    const honest = await signInReviewer(issuer, 'reviewer-a');
    const [document = ''] = await documentsOf(honest, caseId);
    const relative = await makeReviewer();
    await recordRelative(
      { db },
      {
        owner: await ownerOf(declarer),
        relative: await ownerOfLogin(relative),
        relation: 'spouse',
        by: 'system',
      },
    );
    const own = await makeReviewer(await ownerOf(declarer));
    for (const login of [relative, own]) {
      const browser = await signInReviewer(issuer, login);
      expect((await browser.go('/review')).html).not.toMatch(new RegExp(caseId));
      const seen = await browser.go(`/review/${caseId}`);
      expect(seen.status).toBe(403);
      for (const hidden of [declarer.name, declarer.number])
        expect(seen.html).not.toContain(hidden);
      expect([403, 410]).toContain((await browser.send(document)).status);
      const csrf = (await browser.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
      const decided = await browser.send(`/review/${caseId}`, {
        form: { csrf, reason: 'he is a good man', decision: 'approve' },
      });
      expect(decided.status).toBe(403);
    }
    expect(await stateOf(caseId)).toBe('open');
  });

  test('a reviewer whose relation is recorded during a case loses access to it [R23]', async () => {
    const { declarer, caseId } = await makeCase();
    const login = await makeReviewer();
    const browser = await signInReviewer(issuer, login);
    const page = await browser.open(`/review/${caseId}`);
    const [document = ''] = await documentsOf(browser, caseId);
    expect((await browser.send(document)).status).toBe(200);
    await recordRelative(
      { db },
      {
        owner: await ownerOf(declarer),
        relative: await ownerOfLogin(login),
        relation: 'sibling',
        by: 'system',
      },
    );
    // The document link that they had no longer works.
    expect((await browser.send(document)).status).toBe(403);
    const form = page.form('decision', 'approve');
    const decided = await browser.send(form.action, {
      form: form.filled({ decision: 'approve', reason: 'quickly now' }),
    });
    expect(decided.status).toBe(403);
    expect(await stateOf(caseId)).toBe('open');
  });

  test('a related reviewer cannot see, schedule or attest a signing [R3, R23]', async () => {
    const declarer = await makeDeclarer(evidence);
    const piece = await submitEvidence(evidence, declarer, 'in_person_signing');
    const related = await signInReviewer(issuer, await makeReviewer(await ownerOf(declarer)));
    expect((await related.go('/review')).html).not.toMatch(new RegExp(piece));
    expect((await related.go(`/review/signings/${piece}`)).status).toBe(403);
    const csrf = (await related.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const form = {
      csrf,
      at: formatHour(new Date(Date.now() + 86_400_000)),
      place: 'my own kitchen',
    };
    expect((await related.send(`/review/signings/${piece}/appoint`, { form })).status).toBe(403);
    expect(
      (await related.send(`/review/signings/${piece}/attest`, { form: { csrf } })).status,
    ).toBe(403);
  });
});

test('the reviewer who rejected a piece has no access to its appeal [R23]', async () => {
  const { declarer, piece, caseId } = await makeCase();
  const browser = await signInReviewer(issuer, 'reviewer-a');
  expect((await decideAs(browser, caseId, 'refuse', 'the face is hidden')).status).toBe(303);
  const appealed = await appealEvidence(evidence, {
    evidenceId: piece,
    by: declarer.account,
    text: 'It is not: look again, please.',
  });
  assert.ok(appealed.ok);
  const appeal = appealed.value.caseId;
  expect((await browser.go('/review?appeals=1')).html).not.toMatch(new RegExp(appeal));
  const seen = await browser.go(`/review/${appeal}`);
  expect(seen.status).toBe(403);
  expect(seen.html).not.toMatch(/look again/);
  const csrf = (await browser.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
  const decided = await browser.send(`/review/${appeal}`, {
    form: { csrf, reason: 'I said no', decision: 'refuse' },
  });
  expect(decided.status).toBe(403);

  const other = await signInReviewer(issuer, 'reviewer-b');
  const page = await other.open(`/review/${appeal}`);
  expect(page.text).toMatch(/look again, please/);
  expect(page.text).toMatch(/the face is hidden/);
  const [document = ''] = await documentsOf(other, appeal);
  expect((await other.send(document)).status).toBe(200);
  expect((await decideAs(other, appeal, 'approve', 'the face is plain to see')).status).toBe(303);
  const [row] = await db.query<{ state: string }>(
    sql`select state from evidence where id = ${piece}`,
  );
  expect(row?.state).toBe('accepted');
});

describe('a link to a document', () => {
  test('a document link works for one reviewer and browser for five minutes [R23]', async () => {
    const [{ caseId }, other] = [await makeCase(), await makeCase()];
    const a = await signInReviewer(issuer, 'reviewer-a');
    const [link = ''] = await documentsOf(a, caseId);
    const [foreign = ''] = await documentsOf(a, other.caseId);
    const url = new URL(link, issuer);
    const key = url.searchParams.get('key') ?? '';
    expect((await a.send(link)).status).toBe(200);

    const b = await signInReviewer(issuer, 'reviewer-b');
    // another reviewer
    expect((await b.send(link)).status).toBe(410);
    // the same reviewer in another browser
    expect((await (await signInReviewer(issuer, 'reviewer-a')).send(link)).status).toBe(410);
    // nobody signed in
    expect((await new HttpBrowser(issuer).send(link)).location?.pathname ?? '').toMatch(
      /^\/account\/sign-in$/,
    );
    const sealed = await bindery.secrets.unseal('web/document', key);
    const expired = await bindery.secrets.seal('web/document', { ...sealed }, -1);
    const elsewhere = await bindery.secrets.seal('web/account', { ...sealed }, 300);
    // biome-ignore format: a table is read by its columns
    const forged = {
      'without a key':       url.pathname,
      'with an expired one': `${url.pathname}?key=${expired}`,
      'sealed for another purpose': `${url.pathname}?key=${elsewhere}`,
      'with a bit changed':  `${url.pathname}?key=${key.slice(0, -2)}${key.endsWith('A') ? 'BB' : 'AA'}`,
      'with two':            `${url.pathname}?key=${key}&key=${key}`,
      'of another case':     `${new URL(foreign, issuer).pathname}?key=${key}`,
      'of another document': `${url.pathname.replace(/doc_.{22}/, new URL(foreign, issuer).pathname.slice(-26))}?key=${key}`,
    };
    for (const [what, address] of Object.entries(forged))
      expect([what, (await a.send(address)).status]).toStrictEqual([what, 410]);
    // A valid link of the server, for a document of another case.
    const alien = new URL(foreign, issuer).pathname.slice(-26);
    const stray = await bindery.secrets.seal('web/document', { ...sealed, documentId: alien }, 300);
    expect((await a.send(`/review/${caseId}/documents/${alien}?key=${stray}`)).status).toBe(404);
  });

  test('a document link ends with the reviewer’s role and with the decision [R23]', async () => {
    const { caseId } = await makeCase();
    const login = await makeReviewer();
    const browser = await signInReviewer(issuer, login);
    const [link = ''] = await documentsOf(browser, caseId);
    const honest = await signInReviewer(issuer, 'reviewer-a');
    const [theirs = ''] = await documentsOf(honest, caseId);
    await db.query(sql`update accounts set roles = '{}' where login = ${login}`);
    expect((await browser.send(link)).status).toBe(403);
    expect((await decideAs(honest, caseId, 'approve')).status).toBe(303);
    expect((await honest.send(theirs)).status).toBe(409);
  });

  test('a document is served without caching or scripts, and each view is audited [R23]', async () => {
    const { caseId, declarer } = await makeCase();
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const [link = ''] = await documentsOf(browser, caseId);
    const { headers } = await browser.send(link);
    expect(headers.get('content-security-policy') ?? '').toMatch(
      /^sandbox; default-src 'none'.*frame-ancestors 'none'/,
    );
    // biome-ignore format: a table is read by its columns
    const expected = {
      'content-type': 'image/jpeg', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
      'content-disposition': 'inline', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin',
    };
    for (const [name, value] of Object.entries(expected))
      expect([name, headers.get(name)]).toStrictEqual([name, value]);
    const [, documentId] = /documents\/(doc_[\w-]{22})/.exec(link) ?? [];
    const looks = await db.query<{
      action: string;
      detail: Record<string, string>;
      subject: string;
    }>(sql`
      select action, subject, detail from audit_log where actor = (select id from accounts where login = 'reviewer-a') order by seq`);
    const told = (action: string) => looks.filter((look) => look.action === action);
    expect(told('case.viewed').some(({ subject }) => subject === caseId)).toBe(true);
    expect(told('document.viewed').filter(({ subject }) => subject === caseId).map(({ detail }) => detail.document)).toStrictEqual([documentId]); // biome-ignore format: one line
    expect(
      told('owner.opened').some(
        ({ detail }) => detail.row === documentId && detail.purpose === 'review',
      ),
    ).toBe(true);
    expect(
      told('owner.opened').some(
        ({ detail }) => detail.table === 'account_claim_fields' && detail.column === 'number',
      ),
    ).toBe(true);
    expect(told('queue.viewed').length).toBeGreaterThan(0);
    const everything = JSON.stringify(looks);
    for (const secret of [
      declarer.name,
      declarer.number,
      new URL(link, issuer).searchParams.get('key') ?? '',
    ])
      expect(everything).not.toContain(secret);
  });
});

describe('a decision', () => {
  test('a reviewer cannot decide a case that they did not open [R23]', async () => {
    const { caseId } = await makeCase();
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const csrf = (await browser.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const form = { csrf, reason: 'no need to look', decision: 'approve' };
    const answer = await browser.send(`/review/${caseId}`, { form });
    expect(answer.status).toBe(409);
    // The typed reason is kept.
    expect(answer.page.text).toMatch(/no need to look/);
    expect(await stateOf(caseId)).toBe('open');
    // The answer above showed the case, so now the decision counts.
    expect((await browser.send(`/review/${caseId}`, { form })).status).toBe(303);
  });

  test('a decision is about one case only [R23]', async () => {
    const [one, two] = [await makeCase(), await makeCase()];
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const csrf =
      (await browser.open(`/review/${one.caseId}`)).form('decision').filled({}).get('csrf') ?? '';
    const form = new URLSearchParams({ csrf, reason: 'all of them', decision: 'approve' });
    for (const each of [one, two]) form.append('case', each.caseId);
    for (const path of [
      '/review',
      `/review/${one.caseId},${two.caseId}`,
      '/review/all',
      '/review/*',
    ]) {
      expect([path, (await browser.send(path, { form })).status >= 400]).toStrictEqual([
        path,
        true,
      ]);
    }
    expect([await stateOf(one.caseId), await stateOf(two.caseId)]).toStrictEqual(['open', 'open']);
  });

  test('four eyes need two reviewers, and the second does not see the first [R23]', async () => {
    const { caseId } = await makeCase('special_industry');
    const a = await signInReviewer(issuer, 'reviewer-a');
    expect(
      (await decideAs(a, caseId, 'approve', 'sealed and in force')).location?.search ?? '',
    ).toMatch(/how=half/);
    const csrf = (await a.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const again = await a.send(`/review/${caseId}`, {
      form: { csrf, reason: 'and once more', decision: 'approve' },
    });
    expect(again.status).toBe(409);
    const b = await signInReviewer(issuer, 'reviewer-b');
    expect((await b.go(`/review/${caseId}`)).html).not.toMatch(/sealed and in force|reviewer-a/);
    expect(await stateOf(caseId)).toBe('open');
    expect((await decideAs(b, caseId, 'approve')).location?.search ?? '').toMatch(/how=accepted/);
  });

  test('of two decisions at the same moment one counts [R23]', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { caseId } = await makeCase();
      const both = await Promise.all(
        ['reviewer-a', 'reviewer-b'].map(async (login) => await signInReviewer(issuer, login)),
      );
      const forms = await Promise.all(
        both.map(async (browser) => (await browser.open(`/review/${caseId}`)).form('decision')),
      );
      const answers = await Promise.all(
        both.map(async (browser, at) => {
          const decision = at === 0 ? 'approve' : 'refuse';
          return await browser.send(`/review/${caseId}`, {
            form: forms[at]?.filled({ decision, reason: 'at the same time' }) ?? {},
          });
        }),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toStrictEqual([303, 409]);
    }
  });

  test('a decision from another site or without the CSRF field is refused', async () => {
    const { caseId } = await makeCase();
    const browser = await signInReviewer(issuer, 'reviewer-a');
    const form = (await browser.open(`/review/${caseId}`))
      .form('decision', 'approve')
      .filled({ decision: 'approve', reason: 'from afar' });
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await browser.send(`/review/${caseId}`, { form, headers: elsewhere })).status).toBe(
      403,
    );
    form.set('csrf', 'A'.repeat(43));
    expect((await browser.send(`/review/${caseId}`, { form })).status).toBe(403);
    expect(await stateOf(caseId)).toBe('open');
  });
});

test('text from applicants is escaped on the pages of reviewers', async () => {
  const nasty = '<img src=x onerror=alert(1)>';
  const declarer = await makeDeclarer(evidence, { kind: 'personal', name: nasty });
  const piece = await submitEvidence(evidence, declarer, 'person_check');
  const browser = await signInReviewer(issuer, 'reviewer-a');
  const caseId = await caseOf(db, piece);
  expect((await browser.go(`/review/${caseId}`)).html).not.toMatch(/<img src=x/);
  await decideAs(browser, caseId, 'refuse', nasty);
  const appealed = await appealEvidence(evidence, {
    evidenceId: piece,
    by: declarer.account,
    text: `${nasty}\n"><script>alert(2)</script>`,
  });
  assert.ok(appealed.ok);
  const { html } = await (await signInReviewer(issuer, 'reviewer-b')).go(
    `/review/${appealed.value.caseId}`,
  );
  expect(html).not.toMatch(/<img src=x|<script>alert/);
  expect(html).toMatch(/&lt;script&gt;alert\(2\)/);
});

describe('the review desk', () => {
  test('the review desk shows nothing to anyone without the role [R23]', async () => {
    const { caseId, declarer } = await makeCase();
    for (const login of [declarer.login, 'operator', 'zhaomin']) {
      const browser = await signInReviewer(issuer, login);
      for (const path of [
        '/review',
        `/review/${caseId}`,
        '/review/signings/evi_AAAAAAAAAAAAAAAAAAAAAA',
      ]) {
        expect([`${login} ${path}`, (await browser.go(path)).status]).toStrictEqual([
          `${login} ${path}`,
          403,
        ]);
      }
    }
    for (const login of [declarer.login, 'reviewer-a']) {
      expect([
        login,
        (await (await signInReviewer(issuer, login)).go('/operator')).status,
      ]).toStrictEqual([login, 403]);
    }
  });

  test('the review desk answers 400 or 404 for invalid ids, and ignores odd filters', async () => {
    const browser = await signInReviewer(issuer, 'reviewer-a');
    for (const path of [
      '/review/cas_',
      '/review/cas_AAAAAAAAAAAAAAAAAAAAAA',
      "/review/'%20or%201=1",
      '/review/signings/x',
      '/review/signings/%00',
    ]) {
      const { status } = await browser.go(path);
      expect([`${path} ${status}`, status === 404 || status === 400]).toStrictEqual([
        `${path} ${status}`,
        true,
      ]);
    }
    const odd =
      '/review?subject=all&kind=robot&late=2&after=%27&done=%3Cb%3E&how=%3Cscript%3E&subject=evidence';
    const { status, html } = await browser.go(odd);
    expect(status).toBe(200);
    expect(html).not.toMatch(/<script>|<b>&lt;|robot/);
  });
});

test('two people attest a signing, and only after its appointed hour [R3]', async () => {
  const declarer = await makeDeclarer(evidence);
  const piece = await submitEvidence(evidence, declarer, 'in_person_signing');
  const path = `/review/signings/${piece}`;
  const [a, b] = [
    await signInReviewer(issuer, 'reviewer-a', path),
    await signInReviewer(issuer, 'reviewer-b', path),
  ];
  const csrfOf = async (browser: HttpBrowser) =>
    (await browser.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
  const attest = async (browser: HttpBrowser) =>
    (await browser.send(`${path}/attest`, { form: { csrf: await csrfOf(browser) } })).status;
  const appoint = async (at: string, place: string) =>
    (await a.send(`${path}/appoint`, { form: { csrf: await csrfOf(a), at, place } })).status;
  // There is no appointment yet.
  expect(await attest(a)).toBe(409);
  const inAnHour = formatHour(new Date(Date.now() + 3_600_000));
  for (const at of ['', 'tomorrow', '2026-02-30T10:00', '2026-13-01T10:00', '9999999-01-01T10:00'])
    expect([at, await appoint(at, 'the hall')]).toStrictEqual([at, 422]);
  expect(await appoint(inAnHour, ' ')).toBe(422);
  // The hour is in the past.
  expect(await appoint(formatHour(new Date(Date.now() - 60_000)), 'the hall')).toBe(422);
  expect(await appoint(inAnHour, '<b>the hall</b>')).toBe(303);
  expect((await a.go(path)).html).not.toMatch(/<b>the hall/);
  // The appointed hour has not come.
  expect(await attest(a)).toBe(409);
  await advance(managementUrl, 'PT2H');
  expect(await attest(a)).toBe(303);
  // The same person attests again.
  expect(await attest(a)).toBe(409);
  // The signing has begun, so its hour stays.
  expect(await appoint(formatHour(new Date(Date.now() + 86_400_000)), 'elsewhere')).toBe(409);
  expect(await attest(b)).toBe(303);
  // The signing is decided.
  expect(await attest(b)).toBe(404);
});
