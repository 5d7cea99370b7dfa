import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { csrfOf } from '../fixtures/approval.ts';
import {
  type Declarer,
  drawPaper,
  makeDeclarer,
  submitEvidence,
} from '../fixtures/declared-accounts.ts';
import { GIGABYTE, uploadEndlessly } from '../fixtures/endless-upload.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { processEvidence } from '../support/jobs.ts';
import { PASSWORD, signIn } from '../support/journeys.ts';
import { withoutReference } from '../support/references.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db, evidence } = bindery;
const OVERVIEW = '/account/verification';
const PAPER = await drawPaper('paper');

async function enter(
  { login }: Pick<Declarer, 'login'>,
  path: string,
): Promise<{ browser: HttpBrowser; page: Page }> {
  const browser = new HttpBrowser(issuer);
  return { browser, page: await signIn(browser, await browser.open(path), login) };
}

function formWith(csrf: string, ...files: readonly Uint8Array[]): FormData {
  const form = new FormData();
  form.set('csrf', csrf);
  for (const bytes of files)
    form.append(
      'documents',
      new File([new Uint8Array(bytes)], 'photo.jpg', { type: 'image/jpeg' }),
    );
  return form;
}

async function piecesOf({ account }: Declarer): Promise<readonly { state: string }[]> {
  return await db.query(
    sql`select state from evidence where account_id = ${account} order by submitted_at`,
  );
}

describe('an upload form that is forged or too large', () => {
  const SOME = 16 * 2 ** 20;

  test('a forged or oversized upload is refused before its files are read', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser } = await enter(person, `${OVERVIEW}/id_front`);
    const cookie = await browser.jar.getCookieString(`${issuer}${OVERVIEW}`);
    const browserCookie = cookie.split('; ').find((each) => each.includes('bindery_browser')) ?? '';
    const chunked = { 'Transfer-Encoding': 'chunked' };
    // biome-ignore format: a table is read by its columns
    const POURED: readonly (readonly [what: string, status: number, headers: Record<string, string | number>])[] = [
      ['from another origin',       403, { ...chunked, cookie, origin: 'https://evil.example' }],
      ['from a sandboxed frame',    403, { ...chunked, cookie, origin: 'null' }],
      ['from another site',         403, { ...chunked, cookie, 'sec-fetch-site': 'cross-site' }],
      ['without a cookie',          403, { ...chunked }],
      ['without a session',         303, { ...chunked, cookie: browserCookie, origin: issuer }],
      ['a declared gigabyte',       413, { 'Content-Length': GIGABYTE, cookie, origin: issuer }],
    ];
    for (const [what, status, headers] of POURED) {
      for (const path of [`${OVERVIEW}/id_front`, '/account/data/correct']) {
        const answer = await uploadEndlessly(new URL(path, issuer), headers);
        expect([`${path} ${what}`, answer.status]).toStrictEqual([`${path} ${what}`, status]);
        expect([
          `${path} ${what}: ${answer.sent} bytes were sent`,
          answer.sent < SOME,
        ]).toStrictEqual([`${path} ${what}: ${answer.sent} bytes were sent`, true]);
      }
    }
    const unsaid = await uploadEndlessly(new URL(`${OVERVIEW}/id_front`, issuer), {
      ...chunked,
      cookie,
      origin: issuer,
    });
    // A gigabyte without a Content-Length is cut off at the limit.
    expect(unsaid.status).toBe(413);
    expect(unsaid.sent).toBeLessThan(128 * 2 ** 20);
    expect(await piecesOf(person)).toStrictEqual([]);
  });

  test('an upload without a valid CSRF field is refused and nothing is stored', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser, page } = await enter(person, `${OVERVIEW}/id_front`);
    const theirs = csrfOf(await new HttpBrowser(issuer).open('/bind'));
    for (const csrf of ['', theirs, csrfOf(page).slice(0, -2)]) {
      const answer = await browser.send(`${OVERVIEW}/id_front`, { form: formWith(csrf, PAPER) });
      expect(answer.status).toBe(403);
    }
    const twice = formWith(csrfOf(page), PAPER);
    twice.append('csrf', theirs);
    expect((await browser.send(`${OVERVIEW}/id_front`, { form: twice })).status).toBe(403);
    expect(await piecesOf(person)).toStrictEqual([]);
  });

  test('a photo above the size limit shows an error beside the form', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser, page } = await enter(person, `${OVERVIEW}/id_front`);
    const answer = await browser.send(`${OVERVIEW}/id_front`, {
      form: formWith(csrfOf(page), Buffer.alloc(15 * 2 ** 20 + 1, 1)),
    });
    expect(answer.status).toBe(413);
    expect(answer.page.hasForm('documents')).toBe(true);
  });
});

describe('uploads with wrong or dangerous content', () => {
  const pdf = (inside: string): Buffer =>
    Buffer.from(`%PDF-1.7\n1 0 obj<<${inside}>>endobj\n%%EOF`);
  const png = (width: number, height: number): Buffer => {
    const size = Buffer.alloc(8);
    size.writeUInt32BE(width);
    size.writeUInt32BE(height, 4);
    const head = Buffer.concat([Buffer.from('IHDR'), size, Buffer.from([8, 6, 0, 0, 0])]);
    return Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      Buffer.from([0, 0, 0, 13]),
      head,
      Buffer.alloc(4),
      Buffer.alloc(64),
    ]);
  };
  const EICAR = Buffer.from(
    `${'X5O!P%@AP[4\\PZX54(P^)7CC)7}$'}${'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`,
  );
  // biome-ignore format: a table is read by its columns
  const FILES: readonly (readonly [what: string, bytes: Buffer, status: number])[] = [
    ['a renamed program',             Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4096)]),  415],
    ['a page of HTML',               Buffer.from('<script>alert(1)</script>'.repeat(40)),     415],
    ['an SVG',                       Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 415],
    ['an archive',                   Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(512)]), 415],
    ['an empty file',                 Buffer.alloc(0),                                         422],
    ['a picture of a gigapixel',     png(60_000, 60_000),                                     422],
    ['a truncated photo',             PAPER.subarray(0, PAPER.length >> 1),                    422],
    ['a PDF that runs a script',     pdf('/OpenAction<</S/JavaScript/JS(app.alert(1))>>'),    422],
    ['a PDF with a script in hex',    pdf('/S/J#61vaScript'),                                  422],
    ['a PDF with an archive after it', Buffer.concat([pdf(''), Buffer.from('PK\x03\x04more')]), 422],
    ['a virus inside a photo',       Buffer.concat([PAPER, EICAR]),                           422],
  ];
  for (const [what, bytes, status] of FILES) {
    test(`an upload is refused and nothing is stored: ${what}`, async () => {
      const person = await makeDeclarer(evidence, { kind: 'personal' });
      const { browser, page } = await enter(person, `${OVERVIEW}/id_front`);
      const answer = await browser.send(`${OVERVIEW}/id_front`, {
        form: formWith(csrfOf(page), bytes),
      });
      expect([answer.page.text.slice(0, 200), answer.status]).toStrictEqual([
        answer.page.text.slice(0, 200),
        status,
      ]);
      // The page shows the form again.
      expect(answer.page.hasForm('documents')).toBe(true);
      expect(await piecesOf(person)).toStrictEqual([]);
    });
  }

  test('an upload with too few, too many or no files shows an error', async () => {
    const clinic = await makeDeclarer(evidence);
    const { browser, page } = await enter(clinic, `${OVERVIEW}/industry_permit`);
    for (const files of [[], [PAPER, PAPER]]) {
      const answer = await browser.send(`${OVERVIEW}/industry_permit`, {
        form: formWith(csrfOf(page), ...files),
      });
      expect(answer.status).toBe(422);
    }
    const urlencoded = await browser.send(`${OVERVIEW}/industry_permit`, {
      form: { csrf: csrfOf(page), documents: 'a file, honestly' },
    });
    expect(urlencoded.status).toBe(422);
    expect(await piecesOf(clinic)).toStrictEqual([]);
  });
});

describe('evidence and refusals of other accounts', () => {
  test('pieces of another account answer 404, as unknown pieces do', async () => {
    const [owner, other] = [await makeDeclarer(evidence), await makeDeclarer(evidence)];
    const theirs = await submitEvidence(evidence, owner, 'industry_permit');
    const { browser, page } = await enter(other, '/account');
    const answers: string[] = [];
    for (const id of [theirs, 'evi_0000000000000000000000', '../../x', `${theirs}%00`]) {
      for (const [act, typed] of [
        ['withdraw', {}],
        ['deposit', { amount: '0.01' }],
        ['appeal', { text: 'this is mine, honestly' }],
      ] as const) {
        const answer = await browser.send(`${OVERVIEW}/pieces/${encodeURIComponent(id)}/${act}`, {
          form: { csrf: csrfOf(page), ...typed },
        });
        expect([`${act} ${id}`, answer.status]).toStrictEqual([`${act} ${id}`, 404]);
        answers.push(withoutReference(answer.page));
      }
    }
    // The answer does not tell whether the piece exists.
    expect(answers[0]).toBe(answers[3]);
    expect(await piecesOf(owner)).toStrictEqual([{ state: 'checking' }]);
  });

  test('an unknown refusal is not found and cannot be appealed against', async () => {
    const { browser, page } = await enter({ login: 'zhaomin' }, '/account');
    for (const id of ['brq_0000000000000000000000', 'brq_x', '..%2f']) {
      expect((await browser.go(`/account/refusals/${id}`)).status).toBe(404);
      const appeal = await browser.send(`/account/refusals/${id}`, {
        form: { csrf: csrfOf(page), text: 'let me' },
      });
      expect(appeal.status).toBe(404);
    }
  });

  test('a name with markup is escaped on every page', async () => {
    const name = `<img src=x onerror=alert(1)>"'<%= 7*7 %>`;
    const clinic = await makeDeclarer(evidence, { name });
    const { browser, page } = await enter(clinic, OVERVIEW);
    // The name is shown, as text.
    expect(page.text).toContain(name);
    for (const path of [OVERVIEW, `${OVERVIEW}/declare`, '/account/data'])
      expect([path, (await browser.go(path)).html]).toStrictEqual([
        path,
        expect.not.stringMatching(/<img src=x|<%= 7/),
      ]);
  });
});

describe('repeated and concurrent posts', () => {
  test('one piece that is sent five times at once is stored once', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser, page } = await enter(person, `${OVERVIEW}/id_front`);
    const answers = await Promise.all(
      Array.from(
        { length: 5 },
        async () =>
          await browser.send(`${OVERVIEW}/id_front`, { form: formWith(csrfOf(page), PAPER) }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toStrictEqual([303, 409, 409, 409, 409]);
    expect((await piecesOf(person)).length).toBe(1);
  });

  test('concurrent guesses of a deposit count as three, and it is rejected [R3]', async () => {
    const company = await makeDeclarer(evidence, { kind: 'enterprise', name: '晨光文具' });
    const id = await submitEvidence(evidence, company, 'bank_micro_deposit');
    await waitForProviders();
    const { browser, page } = await enter(company, `${OVERVIEW}/bank_micro_deposit`);
    const [right] = /\d\.\d\d/.exec(page.textOfId('sandbox-statement')) ?? [];
    const guesses = ['0.01', '0.02', '0.03', '0.04', '0.05', '0.06', '0.07', '0.08']
      .filter((guess) => guess !== right)
      .slice(0, 6);
    const answers = await Promise.all(
      guesses.map(
        async (amount) =>
          await browser.send(`${OVERVIEW}/pieces/${id}/deposit`, {
            form: { csrf: csrfOf(page), amount },
          }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toStrictEqual([409, 409, 409, 409, 422, 422]);
    const late = await browser.send(`${OVERVIEW}/pieces/${id}/deposit`, {
      form: { csrf: csrfOf(page), amount: right ?? '' },
    });
    // The right amount is refused after the third wrong guess.
    expect(late.status).toBe(409);
    expect(await piecesOf(company)).toStrictEqual([{ state: 'rejected' }]);
  });

  test('the password for a data download or deletion cannot be brute-forced', async () => {
    const person = await makeDeclarer(evidence, { kind: 'personal' });
    const { browser, page } = await enter(person, '/account/data');
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) {
      const path = at % 2 === 0 ? '/account/data/download' : '/account/data/delete';
      statuses.push(
        (await browser.send(path, { form: { csrf: csrfOf(page), password: `guess ${at}` } }))
          .status,
      );
    }
    expect(statuses.slice(0, 10)).toStrictEqual(Array.from({ length: 10 }, () => 422));
    expect(statuses.slice(10)).toStrictEqual([429, 429]);
    const blocked = await browser.send('/account/data/download', {
      form: { csrf: csrfOf(page), password: PASSWORD },
    });
    // The right password is refused as well.
    expect(blocked.status).toBe(429);
  });

  test('a GET on an action of a form changes nothing', async () => {
    const { browser } = await enter(await makeDeclarer(evidence), '/account/data');
    for (const path of [
      `${OVERVIEW}/pieces/evi_0000000000000000000000/withdraw`,
      '/account/data/download',
      '/account/data/consents/biometrics/withdraw',
    ])
      expect([path, (await browser.send(path)).status]).toStrictEqual([path, 405]);
    expect((await browser.send(`${OVERVIEW}/consent`)).status).toBe(404);
  });
});

async function waitForProviders(): Promise<void> {
  for (let round = 0; round < 40; round += 1) {
    await processEvidence(evidence, () => {});
    await evidence.sandbox?.idle();
    const waiting = await db.query(sql`select 1 from evidence where next_try_at is not null`);
    if (waiting.length === 0) return;
    await advanceClock(db, 'PT15M');
  }
}
