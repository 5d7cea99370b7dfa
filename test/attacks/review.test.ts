import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appealEvidence } from '../../src/evidence/pieces/appeal-evidence.ts';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { recordRelative } from '../../src/owners/relatives.ts';
import { sql } from '../../src/store/sql.ts';
import { formatHour } from '../../src/web/core/hour.ts';
import { bring, type Declarer, makeDeclarer } from '../support/clinic.ts';
import { advance } from '../support/clock.ts';
import { caseOf, decideAs, documentsOf, sitDown } from '../support/desk.ts';
import { makeFamily } from '../support/journeys.ts';
import { makeOwner } from '../support/people.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { bindery, issuer, managementUrl } = await startServer();
const { db, evidence } = bindery;

/** Another reviewer, of an owner of their own. */
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

/** A clinic's permit before the reviewers. */
async function makeCase(kind: 'special_industry' | 'personal' = 'personal') {
  const declarer = await makeDeclarer(evidence, { kind });
  const piece = await bring(
    evidence,
    declarer,
    kind === 'personal' ? 'person_check' : 'industry_permit',
  );
  return { declarer, piece, caseId: await caseOf(db, piece) };
}

describe('a reviewer who is related', () => {
  test('R23 to the owner neither finds, sees nor decides the case, whatever address they know', async () => {
    const { declarer, caseId } = await makeCase();
    const honest = await sitDown(issuer, 'reviewer-a');
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
      const surfer = await sitDown(issuer, login);
      assert.doesNotMatch((await surfer.go('/review')).html, new RegExp(caseId));
      const seen = await surfer.go(`/review/${caseId}`);
      assert.equal(seen.status, 403);
      for (const hidden of [declarer.name, declarer.number]) assert.ok(!seen.html.includes(hidden));
      assert.ok([403, 410].includes((await surfer.send(document)).status));
      const csrf = (await surfer.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
      const decided = await surfer.send(`/review/${caseId}`, {
        form: { csrf, reason: 'he is a good man', decision: 'approve' },
      });
      assert.equal(decided.status, 403);
    }
    assert.equal(await stateOf(caseId), 'open');
  });

  test('R23 and of whom it is recorded while they have the case open, can do no more with it', async () => {
    const { declarer, caseId } = await makeCase();
    const login = await makeReviewer();
    const surfer = await sitDown(issuer, login);
    const page = await surfer.open(`/review/${caseId}`);
    const [document = ''] = await documentsOf(surfer, caseId);
    assert.equal((await surfer.send(document)).status, 200);
    await recordRelative(
      { db },
      {
        owner: await ownerOf(declarer),
        relative: await ownerOfLogin(login),
        relation: 'sibling',
        by: 'system',
      },
    );
    assert.equal(
      (await surfer.send(document)).status,
      403,
      'the link they were given is worth nothing now',
    );
    const form = page.form('decision', 'approve');
    const decided = await surfer.send(form.action, {
      form: form.filled({ decision: 'approve', reason: 'quickly now' }),
    });
    assert.equal(decided.status, 403);
    assert.equal(await stateOf(caseId), 'open');
  });

  test('R3 R23 sees no signing of theirs, gives it no day and attests nothing', async () => {
    const declarer = await makeDeclarer(evidence);
    const piece = await bring(evidence, declarer, 'in_person_signing');
    const related = await sitDown(issuer, await makeReviewer(await ownerOf(declarer)));
    assert.doesNotMatch((await related.go('/review')).html, new RegExp(piece));
    assert.equal((await related.go(`/review/signings/${piece}`)).status, 403);
    const csrf = (await related.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const form = {
      csrf,
      at: formatHour(new Date(Date.now() + 86_400_000)),
      place: 'my own kitchen',
    };
    assert.equal((await related.send(`/review/signings/${piece}/appoint`, { form })).status, 403);
    assert.equal(
      (await related.send(`/review/signings/${piece}/attest`, { form: { csrf } })).status,
      403,
    );
  });
});

test('R23 who rejected a piece neither finds, sees nor decides the appeal, nor its documents', async () => {
  const { declarer, piece, caseId } = await makeCase();
  const surfer = await sitDown(issuer, 'reviewer-a');
  assert.equal((await decideAs(surfer, caseId, 'refuse', 'the face is hidden')).status, 303);
  const appealed = await appealEvidence(evidence, {
    evidenceId: piece,
    by: declarer.account,
    text: 'It is not: look again, please.',
  });
  assert.ok(appealed.ok);
  const appeal = appealed.value.caseId;
  assert.doesNotMatch((await surfer.go('/review?appeals=1')).html, new RegExp(appeal));
  const seen = await surfer.go(`/review/${appeal}`);
  assert.equal(seen.status, 403);
  assert.doesNotMatch(seen.html, /look again/);
  const csrf = (await surfer.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
  const decided = await surfer.send(`/review/${appeal}`, {
    form: { csrf, reason: 'I said no', decision: 'refuse' },
  });
  assert.equal(decided.status, 403);

  const other = await sitDown(issuer, 'reviewer-b');
  const page = await other.open(`/review/${appeal}`);
  assert.match(page.text, /look again, please/);
  assert.match(page.text, /the face is hidden/);
  const [document = ''] = await documentsOf(other, appeal);
  assert.equal((await other.send(document)).status, 200);
  assert.equal((await decideAs(other, appeal, 'approve', 'the face is plain to see')).status, 303);
  const [row] = await db.query<{ state: string }>(
    sql`select state from evidence where id = ${piece}`,
  );
  assert.equal(row?.state, 'accepted');
});

describe('a document’s link', () => {
  test('R23 is for who it was made for, in their browser, signed in, for five minutes, and for that document alone', async () => {
    const [{ caseId }, other] = [await makeCase(), await makeCase()];
    const a = await sitDown(issuer, 'reviewer-a');
    const [link = ''] = await documentsOf(a, caseId);
    const [foreign = ''] = await documentsOf(a, other.caseId);
    const url = new URL(link, issuer);
    const key = url.searchParams.get('key') ?? '';
    assert.equal((await a.send(link)).status, 200);

    const b = await sitDown(issuer, 'reviewer-b');
    assert.equal((await b.send(link)).status, 410, 'another reviewer');
    assert.equal(
      (await (await sitDown(issuer, 'reviewer-a')).send(link)).status,
      410,
      'the same reviewer in another browser',
    );
    assert.match(
      (await new Surfer(issuer).send(link)).location?.pathname ?? '',
      /^\/account\/sign-in$/,
      'nobody signed in',
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
      assert.equal((await a.send(address)).status, 410, what);
    // Sealed by the server itself, for a document that is not of this case.
    const alien = new URL(foreign, issuer).pathname.slice(-26);
    const stray = await bindery.secrets.seal('web/document', { ...sealed, documentId: alien }, 300);
    assert.equal((await a.send(`/review/${caseId}/documents/${alien}?key=${stray}`)).status, 404);
  });

  test('R23 dies with the reviewer’s role, and with the decision', async () => {
    const { caseId } = await makeCase();
    const login = await makeReviewer();
    const surfer = await sitDown(issuer, login);
    const [link = ''] = await documentsOf(surfer, caseId);
    const honest = await sitDown(issuer, 'reviewer-a');
    const [theirs = ''] = await documentsOf(honest, caseId);
    await db.query(sql`update accounts set roles = '{}' where login = ${login}`);
    assert.equal((await surfer.send(link)).status, 403);
    assert.equal((await decideAs(honest, caseId, 'approve')).status, 303);
    assert.equal((await honest.send(theirs)).status, 409);
  });

  test('R23 gives what no browser keeps, runs, frames or tells of; and each look is on record, before, by document', async () => {
    const { caseId, declarer } = await makeCase();
    const surfer = await sitDown(issuer, 'reviewer-a');
    const [link = ''] = await documentsOf(surfer, caseId);
    const { headers } = await surfer.send(link);
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^sandbox; default-src 'none'.*frame-ancestors 'none'/,
    );
    // biome-ignore format: a table is read by its columns
    const expected = {
      'content-type': 'image/jpeg', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
      'content-disposition': 'inline', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin',
    };
    for (const [name, value] of Object.entries(expected))
      assert.equal(headers.get(name), value, name);
    const [, documentId] = /documents\/(doc_[\w-]{22})/.exec(link) ?? [];
    const looks = await db.query<{
      action: string;
      detail: Record<string, string>;
      subject: string;
    }>(sql`
      select action, subject, detail from audit_log where actor = (select id from accounts where login = 'reviewer-a') order by seq`);
    const told = (action: string) => looks.filter((look) => look.action === action);
    assert.ok(told('case.viewed').some(({ subject }) => subject === caseId));
    assert.deepEqual(told('document.viewed').filter(({ subject }) => subject === caseId).map(({ detail }) => detail.document), [documentId]); // biome-ignore format: one line
    assert.ok(
      told('owner.opened').some(
        ({ detail }) => detail.row === documentId && detail.purpose === 'review',
      ),
    );
    assert.ok(
      told('owner.opened').some(
        ({ detail }) => detail.table === 'account_claim_fields' && detail.column === 'number',
      ),
    );
    assert.ok(told('queue.viewed').length > 0);
    const everything = JSON.stringify(looks);
    for (const secret of [
      declarer.name,
      declarer.number,
      new URL(link, issuer).searchParams.get('key') ?? '',
    ])
      assert.ok(!everything.includes(secret));
  });
});

describe('a decision', () => {
  test('R23 is for who has looked: a form from nowhere decides nothing, and shows the case first', async () => {
    const { caseId } = await makeCase();
    const surfer = await sitDown(issuer, 'reviewer-a');
    const csrf = (await surfer.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const form = { csrf, reason: 'no need to look', decision: 'approve' };
    const answer = await surfer.send(`/review/${caseId}`, { form });
    assert.equal(answer.status, 409);
    assert.match(answer.page.text, /no need to look/, 'what was typed is kept');
    assert.equal(await stateOf(caseId), 'open');
    assert.equal((await surfer.send(`/review/${caseId}`, { form })).status, 303, 'now they have');
  });

  test('R23 is about one case: there is no way to decide many', async () => {
    const [one, two] = [await makeCase(), await makeCase()];
    const surfer = await sitDown(issuer, 'reviewer-a');
    const csrf =
      (await surfer.open(`/review/${one.caseId}`)).form('decision').filled({}).get('csrf') ?? '';
    const form = new URLSearchParams({ csrf, reason: 'all of them', decision: 'approve' });
    for (const each of [one, two]) form.append('case', each.caseId);
    for (const path of [
      '/review',
      `/review/${one.caseId},${two.caseId}`,
      '/review/all',
      '/review/*',
    ]) {
      assert.ok((await surfer.send(path, { form })).status >= 400, path);
    }
    assert.deepEqual([await stateOf(one.caseId), await stateOf(two.caseId)], ['open', 'open']);
  });

  test('R23 of four eyes is not made by one pair twice, and the second pair is told nothing of the first', async () => {
    const { caseId } = await makeCase('special_industry');
    const a = await sitDown(issuer, 'reviewer-a');
    assert.match(
      (await decideAs(a, caseId, 'approve', 'sealed and in force')).location?.search ?? '',
      /how=half/,
    );
    const csrf = (await a.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
    const again = await a.send(`/review/${caseId}`, {
      form: { csrf, reason: 'and once more', decision: 'approve' },
    });
    assert.equal(again.status, 409);
    const b = await sitDown(issuer, 'reviewer-b');
    assert.doesNotMatch((await b.go(`/review/${caseId}`)).html, /sealed and in force|reviewer-a/);
    assert.equal(await stateOf(caseId), 'open');
    assert.match((await decideAs(b, caseId, 'approve')).location?.search ?? '', /how=accepted/);
  });

  test('R23 of two reviewers at the same moment is one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { caseId } = await makeCase();
      const both = await Promise.all(
        ['reviewer-a', 'reviewer-b'].map(async (login) => await sitDown(issuer, login)),
      );
      const forms = await Promise.all(
        both.map(async (surfer) => (await surfer.open(`/review/${caseId}`)).form('decision')),
      );
      const answers = await Promise.all(
        both.map(async (surfer, at) => {
          const decision = at === 0 ? 'approve' : 'refuse';
          return await surfer.send(`/review/${caseId}`, {
            form: forms[at]?.filled({ decision, reason: 'at the same time' }) ?? {},
          });
        }),
      );
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [303, 409]);
    }
  });

  test('is not taken from another site, nor without the page’s own field', async () => {
    const { caseId } = await makeCase();
    const surfer = await sitDown(issuer, 'reviewer-a');
    const form = (await surfer.open(`/review/${caseId}`))
      .form('decision', 'approve')
      .filled({ decision: 'approve', reason: 'from afar' });
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    assert.equal(
      (await surfer.send(`/review/${caseId}`, { form, headers: elsewhere })).status,
      403,
    );
    form.set('csrf', 'A'.repeat(43));
    assert.equal((await surfer.send(`/review/${caseId}`, { form })).status, 403);
    assert.equal(await stateOf(caseId), 'open');
  });
});

test('what applicants write is shown as text, to reviewers too', async () => {
  const nasty = '<img src=x onerror=alert(1)>';
  const declarer = await makeDeclarer(evidence, { kind: 'personal', name: nasty });
  const piece = await bring(evidence, declarer, 'person_check');
  const surfer = await sitDown(issuer, 'reviewer-a');
  const caseId = await caseOf(db, piece);
  assert.doesNotMatch((await surfer.go(`/review/${caseId}`)).html, /<img src=x/);
  await decideAs(surfer, caseId, 'refuse', nasty);
  const appealed = await appealEvidence(evidence, {
    evidenceId: piece,
    by: declarer.account,
    text: `${nasty}\n"><script>alert(2)</script>`,
  });
  assert.ok(appealed.ok);
  const { html } = await (await sitDown(issuer, 'reviewer-b')).go(
    `/review/${appealed.value.caseId}`,
  );
  assert.doesNotMatch(html, /<img src=x|<script>alert/);
  assert.match(html, /&lt;script&gt;alert\(2\)/);
});

describe('the desk', () => {
  test('R23 shows an applicant, an operator and somebody without a role nothing', async () => {
    const { caseId, declarer } = await makeCase();
    for (const login of [declarer.login, 'operator', 'zhaomin']) {
      const surfer = await sitDown(issuer, login);
      for (const path of [
        '/review',
        `/review/${caseId}`,
        '/review/signings/evi_AAAAAAAAAAAAAAAAAAAAAA',
      ]) {
        assert.equal((await surfer.go(path)).status, 403, `${login} ${path}`);
      }
    }
    for (const login of [declarer.login, 'reviewer-a']) {
      assert.equal((await (await sitDown(issuer, login)).go('/operator')).status, 403, login);
    }
  });

  test('answers what is no case, no signing, no filter and no outcome as such', async () => {
    const surfer = await sitDown(issuer, 'reviewer-a');
    for (const path of [
      '/review/cas_',
      '/review/cas_AAAAAAAAAAAAAAAAAAAAAA',
      "/review/'%20or%201=1",
      '/review/signings/x',
      '/review/signings/%00',
    ]) {
      const { status } = await surfer.go(path);
      assert.ok(status === 404 || status === 400, `${path} ${status}`);
    }
    const odd =
      '/review?subject=all&kind=robot&late=2&after=%27&done=%3Cb%3E&how=%3Cscript%3E&subject=evidence';
    const { status, html } = await surfer.go(odd);
    assert.equal(status, 200);
    assert.doesNotMatch(html, /<script>|<b>&lt;|robot/);
  });
});

test('R3 a signing is attested by two, from the appointed hour on, and by nobody before', async () => {
  const declarer = await makeDeclarer(evidence);
  const piece = await bring(evidence, declarer, 'in_person_signing');
  const path = `/review/signings/${piece}`;
  const [a, b] = [
    await sitDown(issuer, 'reviewer-a', path),
    await sitDown(issuer, 'reviewer-b', path),
  ];
  const csrfOf = async (surfer: Surfer) =>
    (await surfer.open('/account')).form('csrf').filled({}).get('csrf') ?? '';
  const attest = async (surfer: Surfer) =>
    (await surfer.send(`${path}/attest`, { form: { csrf: await csrfOf(surfer) } })).status;
  const appoint = async (at: string, place: string) =>
    (await a.send(`${path}/appoint`, { form: { csrf: await csrfOf(a), at, place } })).status;
  assert.equal(await attest(a), 409, 'nothing is appointed');
  const inAnHour = formatHour(new Date(Date.now() + 3_600_000));
  for (const at of ['', 'tomorrow', '2026-02-30T10:00', '2026-13-01T10:00', '9999999-01-01T10:00'])
    assert.equal(await appoint(at, 'the hall'), 422, at);
  assert.equal(await appoint(inAnHour, ' '), 422);
  assert.equal(
    await appoint(formatHour(new Date(Date.now() - 60_000)), 'the hall'),
    422,
    'in the past',
  );
  assert.equal(await appoint(inAnHour, '<b>the hall</b>'), 303);
  assert.doesNotMatch((await a.go(path)).html, /<b>the hall/);
  assert.equal(await attest(a), 409, 'before the hour');
  await advance(managementUrl, 'PT2H');
  assert.equal(await attest(a), 303);
  assert.equal(await attest(a), 409, 'the same person again');
  assert.equal(
    await appoint(formatHour(new Date(Date.now() + 86_400_000)), 'elsewhere'),
    409,
    'it has begun',
  );
  assert.equal(await attest(b), 303);
  assert.equal(await attest(b), 404, 'it is over');
});
