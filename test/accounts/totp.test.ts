import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { beginTotp, confirmTotp, viewTotp } from '../../src/accounts/enrol-totp.ts';
import { factorName, parseAppCode } from '../../src/accounts/factor.ts';
import { findFactors } from '../../src/accounts/factors.store.ts';
import { proveTotp, stepOf } from '../../src/accounts/prove-totp.ts';
import { resetFactors } from '../../src/accounts/remove-factor.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  giveApp,
  given,
  letStepsPass,
  makeDeps,
  makePerson,
  PASSWORD,
  refusedAs,
} from '../fixtures/accounts.ts';
import { appCode } from '../support/app-codes.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const purpose = 'step_up:brq_1';

describe('a code of an authenticator app', () => {
  test('an app code works once, and no older code works after it', async () => {
    const account = await makePerson(db);
    const { id, secret } = await giveApp(deps, account);
    // enrolling took it
    expect(
      refusedAs(await proveTotp(deps, { account: account.id, purpose, code: appCode(secret) })),
    ).toBe('wrong_proof');
    await letStepsPass(db);
    const newer = appCode(secret, 1);
    const older = appCode(secret);
    const proof = given(await proveTotp(deps, { account: account.id, purpose, code: newer }));
    expect([proof.factor, proof.kind]).toStrictEqual([id, 'totp']);
    expect(proof.at >= proof.enrolledAt).toBe(true);
    expect(refusedAs(await proveTotp(deps, { account: account.id, purpose, code: newer }))).toBe(
      'wrong_proof',
    );
    expect(
      refusedAs(await proveTotp(deps, { account: account.id, purpose: 'another', code: older })),
    ).toBe('wrong_proof');
  });

  test('twenty requests with one app code make one proof', async () => {
    const account = await makePerson(db);
    const { secret } = await giveApp(deps, account);
    await letStepsPass(db);
    const code = appCode(secret);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => proveTotp(deps, { account: account.id, purpose, code })),
    );
    expect(answers.filter(({ ok }) => ok).length).toBe(1);
  });

  test('all devices share one limit of guesses; beyond it the right code fails too', async () => {
    const few = makeDeps(db, 5);
    const account = await makePerson(db);
    const { secret } = await giveApp(few, account);
    await letStepsPass(db);
    const right = appCode(secret);
    const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, '0');
    const near = new Set([-2, -1, 0, 1, 2].map((away) => appCode(secret, away)));
    const codes = near.has(wrong) ? ['000'] : [wrong];
    const guesses = await Promise.all(
      Array.from({ length: 30 }, () =>
        proveTotp(few, { account: account.id, purpose, code: codes[0] ?? '' }),
      ),
    );
    expect(guesses.filter((guess) => refusedAs(guess) === 'wrong_proof').length).toBe(5);
    expect(refusedAs(await proveTotp(few, { account: account.id, purpose, code: right }))).toBe(
      'too_many_attempts',
    );
    const neighbour = await makePerson(db);
    const other = await giveApp(few, neighbour);
    await letStepsPass(db);
    // others are not kept out
    expect(
      (await proveTotp(few, { account: neighbour.id, purpose, code: appCode(other.secret) })).ok,
    ).toBe(true);
  });

  test('right app codes do not count as guesses', async () => {
    const few = makeDeps(db, 5);
    const account = await makePerson(db);
    const { secret } = await giveApp(few, account);
    for (let round = 0; round < 8; round += 1) {
      await letStepsPass(db);
      given(await proveTotp(few, { account: account.id, purpose, code: appCode(secret) }));
    }
  });

  test('a proof refuses another account’s code, also for an account without an app', async () => {
    const [mine, theirs, none] = [await makePerson(db), await makePerson(db), await makePerson(db)];
    await giveApp(deps, mine);
    const { secret } = await giveApp(deps, theirs);
    await letStepsPass(db);
    const code = appCode(secret);
    expect(refusedAs(await proveTotp(deps, { account: mine.id, purpose, code }))).toBe(
      'wrong_proof',
    );
    expect(refusedAs(await proveTotp(deps, { account: none.id, purpose, code }))).toBe(
      'no_such_factor',
    );
  });

  test('an app code is valid one step before, now and one step after', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 1e12, max: 2e12 }),
        fc.integer({ min: -4, max: 4 }),
        (bytes, now, away) => {
          const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
          const code = TOTP.generate({ secret, timestamp: now + away * 30_000 });
          const step = stepOf(bytes, code, now);
          if (Math.abs(away) <= 1)
            expect(
              step === undefined ? '' : TOTP.generate({ secret, timestamp: step * 30_000 }),
            ).toBe(code);
          else if (step !== undefined)
            // by the chance of three in a million
            expect(TOTP.generate({ secret, timestamp: step * 30_000 })).toBe(code);
          if (step !== undefined)
            expect(Math.abs(step - Math.floor(now / 30_000))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  for (const [typed, digits] of [
    ['123456', '123456'],
    ['123 456', '123456'],
    [' 123-456 ', '123456'],
    ['１２３４５６', '123456'],
    ['12345', undefined],
    ['1234567', undefined],
    ['12345a', undefined],
    ['', undefined],
    ['١٢٣٤٥٦', undefined],
  ] as const) {
    test(`the app code “${typed}” is read as ${digits}`, () =>
      expect(parseAppCode(typed)).toBe(digits));
  }

  test('moving the demo’s clock does not make an app code wrong', async () => {
    const moved = await freshDatabase();
    const there = makeDeps(moved.db);
    const account = await makePerson(moved.db);
    const { secret } = await giveApp(there, account);
    const [before] = await findFactors(moved.db, account.id);
    await advanceClock(moved.db, 'P4D');
    await letStepsPass(moved.db);
    const proof = given(
      await proveTotp(there, { account: account.id, purpose, code: appCode(secret) }),
    );
    expect(proof.enrolledAt).toStrictEqual(before?.enrolledAt);
    // and it was enrolled four days ago
    expect(proof.at.getTime() - proof.enrolledAt.getTime()).toBeGreaterThanOrEqual(4 * 86_400_000);
  });
});

describe('enrolling an authenticator app', () => {
  test('enrolling an app needs the password and a code, with notice and audit row', async () => {
    const account = await makePerson(db);
    expect(refusedAs(await beginTotp(deps, { account, password: 'wrong', proof: {} }))).toBe(
      'wrong_password',
    );
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    expect(sheet.uri).toMatch(/^otpauth:\/\/totp\/Bindery:.*secret=[A-Z2-7]{32}/);
    // nothing yet
    expect(await findFactors(db, account.id)).toStrictEqual([]);
    const typed = { account, token: sheet.token, name: '  旧\n手机  ', otherwise: 'App' };
    expect(refusedAs(await confirmTotp(deps, { ...typed, code: '12345' }))).toBe('wrong_app_code');
    // the page can be shown once more
    expect(await viewTotp(deps, { account, token: sheet.token })).toStrictEqual(sheet);
    given(await confirmTotp(deps, { ...typed, code: appCode(sheet.secret) }));
    expect(
      (await findFactors(db, account.id)).map(({ kind, name, lastUsedAt }) => [
        kind,
        name,
        lastUsedAt,
      ]),
    ).toStrictEqual([['totp', '旧 手机', null]]);
    expect(
      (await findNotices(db, account.id)).map(({ what, reason }) => [what, reason]),
    ).toStrictEqual([['factor.enrolled', 'factor_totp']]);
    const rows = await db.query<{ action: string }>(
      sql`select action from audit_log where subject = ${account.id} and actor = ${account.id} order by seq`,
    );
    expect(rows.map(({ action }) => action)).toStrictEqual([
      'password.not_proved',
      'factor.enrolled',
    ]);
    expect(refusedAs(await confirmTotp(deps, { ...typed, code: appCode(sheet.secret) }))).toBe(
      'enrolment_over',
    );
  });

  test('an enrolment token works ten minutes, for its account, until the next one', async () => {
    const moved = await freshDatabase();
    const there = makeDeps(moved.db);
    const [account, stranger] = [await makePerson(moved.db), await makePerson(moved.db)];
    const first = given(await beginTotp(there, { account, password: PASSWORD, proof: {} }));
    const second = given(await beginTotp(there, { account, password: PASSWORD, proof: {} }));
    const named = { name: '', otherwise: 'App' };
    expect(
      refusedAs(
        await confirmTotp(there, {
          account,
          token: first.token,
          code: appCode(first.secret),
          ...named,
        }),
      ),
    ).toBe('enrolment_over');
    expect(
      refusedAs(
        await confirmTotp(there, {
          account: stranger,
          token: second.token,
          code: appCode(second.secret),
          ...named,
        }),
      ),
    ).toBe('enrolment_over');
    // nor does it show the secret to another
    expect(await viewTotp(there, { account: stranger, token: second.token })).toBe(undefined);
    expect(await viewTotp(there, { account, token: '' })).toBe(undefined);
    await advanceClock(moved.db, 'PT10M1S');
    expect(
      refusedAs(
        await confirmTotp(there, {
          account,
          token: second.token,
          code: appCode(second.secret),
          ...named,
        }),
      ),
    ).toBe('enrolment_over');
  });

  test('many confirmations at once enrol one app', async () => {
    const account = await makePerson(db);
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    const code = appCode(sheet.secret);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        confirmTotp(deps, { account, token: sheet.token, code, name: '', otherwise: 'App' }),
      ),
    );
    expect(answers.filter(({ ok }) => ok).length).toBe(1);
    await letStepsPass(db);
    const again = await beginTotp(deps, {
      account,
      password: PASSWORD,
      proof: { code: appCode(sheet.secret) },
    });
    expect(refusedAs(again)).toBe('already_enrolled');
  });

  test('the database holds no secret, code or token in clear', async () => {
    const account = await makePerson(db);
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    const bytes = Buffer.from(Secret.fromBase32(sheet.secret).bytes);
    const look = async (): Promise<string> => {
      const rows = await db.query<{ row: string }>(sql`
        select row_to_json(e)::text as row from totp_enrolments e union all select row_to_json(f)::text from second_factors f
        union all select row_to_json(a)::text from audit_log a`);
      return rows.map(({ row }) => row).join();
    };
    const encodings = [
      sheet.secret,
      sheet.token,
      bytes.toString('hex'),
      bytes.toString('base64'),
      appCode(sheet.secret),
    ];
    const before = await look();
    given(
      await confirmTotp(deps, {
        account,
        token: sheet.token,
        code: appCode(sheet.secret),
        name: '',
        otherwise: 'App',
      }),
    );
    const after = await look();
    // found in the database
    for (const encoding of encodings)
      expect(!before.includes(encoding) && !after.includes(`"${encoding}"`)).toBe(true);
  });
});

test('a factor’s name is one line of 1 to 40 characters', () => {
  expect(factorName(' \t\n ', 'Key')).toBe('Key');
  expect([...factorName('📱'.repeat(60), 'Key')].length).toBe(40);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (typed) =>
        /^\S(.*\S)?$/u.test(factorName(typed, 'Key')) && [...factorName(typed, 'Key')].length <= 40,
    ),
  );
});

test('an operator’s reset removes all factors, sends a notice, ends enrolments', async () => {
  const account = await makePerson(db);
  await giveApp(deps, account);
  expect(await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' })).toBe(1);
  expect(await findFactors(db, account.id)).toStrictEqual([]);
  expect((await findNotices(db, account.id))[0]?.what).toBe('factor.reset');
  const [row] = await db.query<{
    actor: string;
    detail: { reason: string; factors: unknown[] };
  }>(sql`
    select actor, detail from audit_log where subject = ${account.id} and action = 'factor.reset'`);
  expect([row?.actor, row?.detail.reason, row?.detail.factors.length]).toStrictEqual([
    'system',
    'stolen',
    1,
  ]);
  // once
  expect(await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' })).toBe(0);
  const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
  await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' });
  const late = await confirmTotp(deps, {
    account,
    token: sheet.token,
    code: appCode(sheet.secret),
    name: '',
    otherwise: 'App',
  });
  // who had begun does not go on
  expect(refusedAs(late)).toBe('enrolment_over');
});
