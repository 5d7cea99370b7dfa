import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { beginTotp, confirmTotp, viewTotp } from '../../src/accounts/enrol-totp.ts';
import { factorName, parseAppCode } from '../../src/accounts/factor.ts';
import { findFactors } from '../../src/accounts/factors.store.ts';
import { proveTotp, stepOf } from '../../src/accounts/prove-totp.ts';
import { resetFactors } from '../../src/accounts/remove-factor.ts';
import { findNotices } from '../../src/evidence/notices.store.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { appCode } from '../support/app-codes.ts';
import { freshDatabase } from '../support/database.ts';
import {
  giveApp,
  given,
  letStepsPass,
  makeDeps,
  makePerson,
  PASSWORD,
  refusedAs,
} from './stand.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const purpose = 'step_up:brq_1';

describe('a code of an authenticator app', () => {
  test('proves the account once; the same code again, and any older one, proves nothing', async () => {
    const account = await makePerson(db);
    const { id, secret } = await giveApp(deps, account);
    assert.equal(
      refusedAs(await proveTotp(deps, { account: account.id, purpose, code: appCode(secret) })),
      'wrong_proof',
      'enrolling took it',
    );
    await letStepsPass(db);
    const newer = appCode(secret, 1);
    const older = appCode(secret);
    const proof = given(await proveTotp(deps, { account: account.id, purpose, code: newer }));
    assert.deepEqual([proof.factor, proof.kind], [id, 'totp']);
    assert.ok(proof.at >= proof.enrolledAt);
    assert.equal(
      refusedAs(await proveTotp(deps, { account: account.id, purpose, code: newer })),
      'wrong_proof',
    );
    assert.equal(
      refusedAs(await proveTotp(deps, { account: account.id, purpose: 'another', code: older })),
      'wrong_proof',
    );
  });

  test('twenty requests with one code at once are one proof', async () => {
    const account = await makePerson(db);
    const { secret } = await giveApp(deps, account);
    await letStepsPass(db);
    const code = appCode(secret);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => proveTotp(deps, { account: account.id, purpose, code })),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
  });

  test('guesses run out on all devices together, and then the right code is not looked at either', async () => {
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
    assert.equal(guesses.filter((guess) => refusedAs(guess) === 'wrong_proof').length, 5);
    assert.equal(
      refusedAs(await proveTotp(few, { account: account.id, purpose, code: right })),
      'too_many_attempts',
    );
    const neighbour = await makePerson(db);
    const other = await giveApp(few, neighbour);
    await letStepsPass(db);
    assert.ok(
      (await proveTotp(few, { account: neighbour.id, purpose, code: appCode(other.secret) })).ok,
      'others are not kept out',
    );
  });

  test('right codes do not use up the guesses', async () => {
    const few = makeDeps(db, 5);
    const account = await makePerson(db);
    const { secret } = await giveApp(few, account);
    for (let round = 0; round < 8; round += 1) {
      await letStepsPass(db);
      given(await proveTotp(few, { account: account.id, purpose, code: appCode(secret) }));
    }
  });

  test('another account’s code, and one for an account without an app, prove nothing', async () => {
    const [mine, theirs, none] = [await makePerson(db), await makePerson(db), await makePerson(db)];
    await giveApp(deps, mine);
    const { secret } = await giveApp(deps, theirs);
    await letStepsPass(db);
    const code = appCode(secret);
    assert.equal(
      refusedAs(await proveTotp(deps, { account: mine.id, purpose, code })),
      'wrong_proof',
    );
    assert.equal(
      refusedAs(await proveTotp(deps, { account: none.id, purpose, code })),
      'no_such_factor',
    );
  });

  test('is of the step before, the present or the next one, and of no other, whenever it is', () => {
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
            assert.equal(
              step === undefined ? '' : TOTP.generate({ secret, timestamp: step * 30_000 }),
              code,
            );
          else if (step !== undefined)
            assert.equal(
              TOTP.generate({ secret, timestamp: step * 30_000 }),
              code,
              'by the chance of three in a million',
            );
          if (step !== undefined) assert.ok(Math.abs(step - Math.floor(now / 30_000)) <= 1);
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
    test(`is read as ${digits} where somebody types “${typed}”`, () =>
      assert.equal(parseAppCode(typed), digits));
  }

  test('the demo’s moved clock does not make a telephone’s code wrong', async () => {
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
    assert.deepEqual(proof.enrolledAt, before?.enrolledAt);
    assert.ok(
      proof.at.getTime() - proof.enrolledAt.getTime() >= 4 * 86_400_000,
      'and it was enrolled four days ago',
    );
  });
});

describe('enrolling an authenticator app', () => {
  test('takes the password, and a code before it counts; the account is told, and it is on record', async () => {
    const account = await makePerson(db);
    assert.equal(
      refusedAs(await beginTotp(deps, { account, password: 'wrong', proof: {} })),
      'wrong_password',
    );
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    assert.match(sheet.uri, /^otpauth:\/\/totp\/Bindery:.*secret=[A-Z2-7]{32}/);
    assert.deepEqual(await findFactors(db, account.id), [], 'nothing yet');
    const typed = { account, token: sheet.token, name: '  旧\n手机  ', otherwise: 'App' };
    assert.equal(refusedAs(await confirmTotp(deps, { ...typed, code: '12345' })), 'wrong_app_code');
    assert.deepEqual(
      await viewTotp(deps, { account, token: sheet.token }),
      sheet,
      'the page can be shown once more',
    );
    given(await confirmTotp(deps, { ...typed, code: appCode(sheet.secret) }));
    assert.deepEqual(
      (await findFactors(db, account.id)).map(({ kind, name, lastUsedAt }) => [
        kind,
        name,
        lastUsedAt,
      ]),
      [['totp', '旧 手机', null]],
    );
    assert.deepEqual(
      (await findNotices(db, account.id)).map(({ what, reason }) => [what, reason]),
      [['factor.enrolled', 'factor_totp']],
    );
    const rows = await db.query<{ action: string }>(
      sql`select action from audit_log where subject = ${account.id} and actor = ${account.id} order by seq`,
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['password.not_proved', 'factor.enrolled'],
    );
    assert.equal(
      refusedAs(await confirmTotp(deps, { ...typed, code: appCode(sheet.secret) })),
      'enrolment_over',
    );
  });

  test('the page’s token is good for ten minutes, for its account, and until another page is made', async () => {
    const moved = await freshDatabase();
    const there = makeDeps(moved.db);
    const [account, stranger] = [await makePerson(moved.db), await makePerson(moved.db)];
    const first = given(await beginTotp(there, { account, password: PASSWORD, proof: {} }));
    const second = given(await beginTotp(there, { account, password: PASSWORD, proof: {} }));
    const named = { name: '', otherwise: 'App' };
    assert.equal(
      refusedAs(
        await confirmTotp(there, {
          account,
          token: first.token,
          code: appCode(first.secret),
          ...named,
        }),
      ),
      'enrolment_over',
    );
    assert.equal(
      refusedAs(
        await confirmTotp(there, {
          account: stranger,
          token: second.token,
          code: appCode(second.secret),
          ...named,
        }),
      ),
      'enrolment_over',
    );
    assert.equal(
      await viewTotp(there, { account: stranger, token: second.token }),
      undefined,
      'nor does it show the secret to another',
    );
    assert.equal(await viewTotp(there, { account, token: '' }), undefined);
    await advanceClock(moved.db, 'PT10M1S');
    assert.equal(
      refusedAs(
        await confirmTotp(there, {
          account,
          token: second.token,
          code: appCode(second.secret),
          ...named,
        }),
      ),
      'enrolment_over',
    );
  });

  test('there is one of them, however many are confirmed at once', async () => {
    const account = await makePerson(db);
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    const code = appCode(sheet.secret);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        confirmTotp(deps, { account, token: sheet.token, code, name: '', otherwise: 'App' }),
      ),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
    await letStepsPass(db);
    const again = await beginTotp(deps, {
      account,
      password: PASSWORD,
      proof: { code: appCode(sheet.secret) },
    });
    assert.equal(refusedAs(again), 'already_enrolled');
  });

  test('no secret, code or token lies in the database in clear', async () => {
    const account = await makePerson(db);
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    const bytes = Buffer.from(Secret.fromBase32(sheet.secret).bytes);
    const look = async (): Promise<string> => {
      const rows = await db.query<{ row: string }>(sql`
        select row_to_json(e)::text as row from totp_enrolments e union all select row_to_json(f)::text from second_factors f
        union all select row_to_json(a)::text from audit_log a`);
      return rows.map(({ row }) => row).join();
    };
    const spellings = [
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
    for (const spelling of spellings)
      assert.ok(
        !before.includes(spelling) && !after.includes(`"${spelling}"`),
        'found in the database',
      );
  });
});

test('a name is one line of forty signs at most, and never empty', () => {
  assert.equal(factorName(' \t\n ', 'Key'), 'Key');
  assert.equal([...factorName('📱'.repeat(60), 'Key')].length, 40);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (typed) =>
        /^\S(.*\S)?$/u.test(factorName(typed, 'Key')) && [...factorName(typed, 'Key')].length <= 40,
    ),
  );
});

test('an operator removes every factor of an account; it is told, and what was begun before is over', async () => {
  const account = await makePerson(db);
  await giveApp(deps, account);
  assert.equal(
    await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' }),
    1,
  );
  assert.deepEqual(await findFactors(db, account.id), []);
  assert.equal((await findNotices(db, account.id))[0]?.what, 'factor.reset');
  const [row] = await db.query<{
    actor: string;
    detail: { reason: string; factors: unknown[] };
  }>(sql`
    select actor, detail from audit_log where subject = ${account.id} and action = 'factor.reset'`);
  assert.deepEqual(
    [row?.actor, row?.detail.reason, row?.detail.factors.length],
    ['system', 'stolen', 1],
  );
  assert.equal(
    await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' }),
    0,
    'once',
  );
  const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
  await resetFactors(deps, { account: account.id, by: 'system', reason: 'stolen' });
  const late = await confirmTotp(deps, {
    account,
    token: sheet.token,
    code: appCode(sheet.secret),
    name: '',
    otherwise: 'App',
  });
  assert.equal(refusedAs(late), 'enrolment_over', 'who had begun does not go on');
});
