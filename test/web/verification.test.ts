import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import type { Kind } from '../../src/accounts/account.ts';
import { sql } from '../../src/store/sql.ts';
import { drawPaper, makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { organisationNumber, personNumber } from '../owners/people.ts';
import { makeApplicantOf } from '../support/applicants.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { decide, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db, evidence } = bindery;
const OVERVIEW = '/account/verification';
const PAPER = new File([new Uint8Array(await drawPaper('paper'))], 'paper.jpg', {
  type: 'image/jpeg',
});

async function enter(login: string, path: string): Promise<{ browser: HttpBrowser; page: Page }> {
  const browser = new HttpBrowser(issuer);
  return { browser, page: await signIn(browser, await browser.open(path), login) };
}

/** Signs in and gives the consent; gives the form of the declaration. */
async function atDeclaration(
  kind: Kind,
): Promise<{ browser: HttpBrowser; page: Page; login: string }> {
  const login = await makeApplicantOf(db, kind);
  const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
  return { browser, login, page: await decide(browser, page) };
}

async function send(
  browser: HttpBrowser,
  page: Page,
  typed: Readonly<Record<string, string>>,
): Promise<Answer> {
  const form = page.form(Object.keys(typed)[0] ?? 'csrf');
  return await browser.send(form.action, { form: form.filled(typed) });
}

describe('declaring an identity', () => {
  const person = { name: '林小满', number: personNumber(301) };

  test('a separate consent comes first, and is stored with version and language', async () => {
    const { login } = await atDeclaration('personal');
    const [given] = await db.query(sql`
      select c.consent, c.version, c.language from account_consents c join accounts a on a.id = c.account_id where a.login = ${login}`);
    expect(given).toStrictEqual({ consent: 'identity_documents', version: 1, language: 'en' });
  });

  test('a person who declines is led back, and nothing is stored', async () => {
    const login = await makeApplicantOf(db, 'personal');
    const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
    const back = await decide(browser, page, 'refuse');
    expect(back.url.pathname).toBe(OVERVIEW);
    const given = await db.query(
      sql`select 1 from account_consents c join accounts a on a.id = c.account_id where a.login = ${login}`,
    );
    expect(given.length).toBe(0);
  });

  test('a consent to an old version is not stored, and the new text is shown', async () => {
    const login = await makeApplicantOf(db, 'personal');
    const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
    for (const version of ['0', '2', '', 'one', '1.5', '-1']) {
      const answer = await send(browser, page, { decision: 'approve', version });
      expect([version, answer.status]).toStrictEqual([version, 409]);
      expect(answer.page.text).toMatch(/The text of the consent has changed/);
      expect(answer.page.form('version').filled({}).get('version')).toBe('1');
      // The text can be read in the other language.
      expect(answer.html).toMatch(/href="\/account\/verification\/declare\?lang=zh-CN"/);
    }
  });

  test('an unknown consent, or an answer that is neither yes nor no, is refused', async () => {
    const { browser, page } = await enter(
      await makeApplicantOf(db, 'personal'),
      `${OVERVIEW}/declare`,
    );
    const bad: readonly Record<string, string>[] = [
      { consent: 'everything', decision: 'approve' },
      { decision: 'maybe' },
    ];
    for (const typed of bad) expect((await send(browser, page, typed)).status).toBe(400);
    const elsewhere = await send(browser, page, { next: '/../../evil', decision: 'approve' });
    // The answer leads to the overview only.
    expect(elsewhere.location?.pathname).toBe(OVERVIEW);
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, kind: Kind, typed: Record<string, string>, says: RegExp])[] = [
    ['a number that is too short',   'personal',         { ...person, number: '1234' },                                                  /not how such a number looks/],
    ['a wrong check digit',          'personal',         { ...person, number: `${person.number.slice(0, 17)}${person.number.endsWith('0') ? '1' : '0'}` }, /One character of the number is wrong/],
    ['no name',                      'personal',         { ...person, name: '   ' },                                                     /give the full name/],
    ['a company without an account', 'enterprise',       { name: '晨光', number: organisationNumber(301), bank_account: 'none' },        /not how an account number looks/],
    ['a clinic without a signatory',  'special_industry', { name: '安和', number: organisationNumber(302), legal_representative: ' ' },   /name the legal representative/],
  ];
  for (const [what, kind, typed, says] of WRONG) {
    test(`${what} shows an error, and the number is not kept`, async () => {
      const { browser, page } = await atDeclaration(kind);
      const answer = await send(browser, page, typed);
      expect(answer.status).toBe(422);
      expect(answer.page.text).toMatch(says);
      const again = answer.page.form('number').filled({});
      expect(again.get('name')).toBe(typed.name);
      expect(again.get('number')).toBe('');
      expect(again.get('bank_account') ?? '').toBe('');
      // the number is not on the page
      if (typed.number) expect(answer.html).not.toContain(typed.number);
    });
  }

  test('a taken number and an already verified one get the same answer', async () => {
    const taken = await makeDeclarer(evidence, { kind: 'personal', name: '林小满' });
    const answers = [];
    for (const number of [taken.number, personNumber(302), '999999199603120028']) {
      const { browser, page } = await atDeclaration('personal');
      const answer = await send(browser, page, { name: '林小满', number });
      const overview = (await browser.go(OVERVIEW)).page.text.replaceAll(/\d+:\d+/g, '');
      answers.push({ status: answer.status, location: answer.location?.pathname, overview });
    }
    expect(answers[1]).toStrictEqual(answers[0]);
    expect(answers[2]).toStrictEqual(answers[0]);
  });

  test('a verified account cannot declare again', async () => {
    const { page } = await enter('linxiao', `${OVERVIEW}/declare`);
    expect(page.status).toBe(409);
    expect(page.text).toMatch(/This account is verified already/);
  });
});

describe('submitting evidence', () => {
  test('an account has pages only for the evidence that its kind needs', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser } = await enter(person.login, OVERVIEW);
    for (const [type, status] of Object.entries({
      id_front: 200,
      person_check: 200,
      business_licence: 404,
      in_person_signing: 404,
      passport: 404,
      __proto__: 404,
    }))
      expect([type, (await browser.go(`${OVERVIEW}/${type}`)).status]).toStrictEqual([
        type,
        status,
      ]);
  });

  test('a page of evidence asks for the declaration first', async () => {
    const login = await makeApplicantOf(db, 'personal');
    const { browser, page } = await enter(login, `${OVERVIEW}/id_front`);
    expect(page.url.pathname).toBe(`${OVERVIEW}/declare`);
    const csrf = page.form('csrf').filled({}).get('csrf') ?? '';
    const form = new FormData();
    form.set('csrf', csrf);
    form.append('documents', PAPER);
    const answer = await browser.send(`${OVERVIEW}/id_front`, { form });
    expect(answer.status).toBe(409);
    expect(answer.page.text).toMatch(/First say who you are/);
  });

  test('without the consent to face matching a person checks instead', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser, page } = await enter(person.login, `${OVERVIEW}/face_match`);
    expect(page.form('consent').filled({}).get('consent')).toBe('biometrics');
    const form = new FormData();
    form.set('csrf', page.form('csrf').filled({}).get('csrf') ?? '');
    form.append('documents', PAPER);
    const unasked = await browser.send(`${OVERVIEW}/face_match`, { form });
    expect(unasked.status).toBe(409);
    // The consent is asked for again.
    expect(unasked.page.hasForm('consent', 'biometrics')).toBe(true);
    expect((await decide(browser, page, 'refuse')).url.pathname).toBe(`${OVERVIEW}/person_check`);
    const pieces = await db.query(sql`select 1 from evidence where account_id = ${person.account}`);
    // Nothing was stored.
    expect(pieces.length).toBe(0);
  });

  test('the page says by when the result comes, before and after submitting [R4]', async () => {
    const clinic = await makeDeclarer(evidence);
    const { browser, page } = await enter(clinic.login, `${OVERVIEW}/industry_permit`);
    const [promised = 'no date'] =
      /Submitted now, the result comes by ([^.]+) at the latest/.exec(page.text)?.slice(1) ?? [];
    const done = await browser.upload(page.form('documents'), [PAPER], {
      valid_until: '2039-12-31',
    });
    expect([
      `${promised} in ${done.text}`,
      done.text.includes(`Result by ${promised} at the latest`),
    ]).toStrictEqual([`${promised} in ${done.text}`, true]);
  });

  test('a date can be written as it stands on the document', async () => {
    for (const valid_until of [
      '2039-12-31',
      '2039.12.31',
      '2039年12月31日',
      '20391231',
      '２０３９／１２／３１',
    ]) {
      const clinic = await makeDeclarer(evidence);
      const { browser, page } = await enter(clinic.login, `${OVERVIEW}/industry_permit`);
      await browser.upload(page.form('documents'), [PAPER], { valid_until });
      const [piece] = await db.query<{ until: Date }>(
        sql`select valid_until as until from evidence where account_id = ${clinic.account}`,
      );
      expect([
        `${valid_until} is valid until midnight in Shanghai`,
        piece?.until.toISOString(),
      ]).toStrictEqual([
        `${valid_until} is valid until midnight in Shanghai`,
        '2039-12-31T16:00:00.000Z',
      ]);
    }
  });

  for (const [valid_until, status] of [
    ['2020-01-01', 422],
    ['2039-02-30', 422],
    ['someday', 422],
    ['2039-13-01', 422],
  ] as const) {
    test(`a last day of ${valid_until} is an error beside the form and is kept`, async () => {
      const clinic = await makeDeclarer(evidence);
      const { browser, page } = await enter(clinic.login, `${OVERVIEW}/industry_permit`);
      const again = await browser.upload(page.form('documents'), [PAPER], { valid_until });
      expect(again.status).toBe(status);
      expect(again.form('valid_until').filled({}).get('valid_until')).toBe(valid_until);
    });
  }

  test('evidence that is being checked is not asked for again', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    await submitEvidence(evidence, person, 'id_front');
    const { page } = await enter(person.login, `${OVERVIEW}/id_front`);
    expect(page.text).toMatch(/This is being checked/);
    expect(page.hasForm('documents')).toBe(false);
  });

  test('a withdrawn piece leaves the page and can be submitted again', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    await submitEvidence(evidence, person, 'id_front');
    const { browser, page } = await enter(person.login, OVERVIEW);
    const [withdraw] = page.formsEnding('/withdraw');
    assert.ok(withdraw);
    const after = await browser.press(withdraw.form);
    expect(after.textOfId('step-id_front')).toMatch(/Next/);
    // The history of the piece is kept.
    expect(after.textOfId('step-id_front')).toMatch(/withdrawn/);
  });
});
