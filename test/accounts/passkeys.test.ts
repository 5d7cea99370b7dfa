import { describe, expect, test } from '@jest/globals';
import { beginPasskey, ENROL_PASSKEY, enrolPasskey } from '../../src/accounts/enrol-passkey.ts';
import { beginTotp, confirmTotp, ENROL_TOTP } from '../../src/accounts/enrol-totp.ts';
import { MOST_FACTORS } from '../../src/accounts/factor.ts';
import { findFactors } from '../../src/accounts/factors.store.ts';
import { beginPasskeyProof, provePasskey } from '../../src/accounts/prove-passkey.ts';
import { removal, removeFactor } from '../../src/accounts/remove-factor.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import { newId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  answerFor,
  giveApp,
  given,
  givePasskey,
  ISSUER,
  letStepsPass,
  makeDeps,
  makePerson,
  PASSWORD,
  refusedAs,
} from '../fixtures/accounts.ts';
import { appCode } from '../support/app-codes.ts';
import { Authenticator, type Slant } from '../support/authenticator.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const purpose = 'step_up:brq_1';

describe('a proof by a passkey', () => {
  test('a passkey proof counts once, for its purpose only', async () => {
    const { id: account, ...rest } = await makePerson(db);
    const { id, authenticator } = await givePasskey(deps, { id: account, ...rest });
    const options = given(await beginPasskeyProof(deps, { account, purpose }));
    expect([
      options.rpId,
      options.userVerification,
      options.allowCredentials?.map((each) => each.id),
    ]).toStrictEqual(['bindery.example', 'required', [authenticator.id.toString('base64url')]]);
    const response = authenticator.get(options);
    // of another purpose
    expect(
      refusedAs(await provePasskey(deps, { account, purpose: 'step_up:brq_2', response })),
    ).toBe('wrong_proof');
    const proof = given(await provePasskey(deps, { account, purpose, response }));
    expect([proof.factor, proof.kind]).toStrictEqual([id, 'passkey']);
    // replayed
    expect(refusedAs(await provePasskey(deps, { account, purpose, response }))).toBe('wrong_proof');
    const [factor] = await findFactors(db, account);
    expect(factor?.lastUsedAt).toStrictEqual(proof.at);
  });

  test('twenty requests with one passkey answer make one proof', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    const response = authenticator.get(
      given(await beginPasskeyProof(deps, { account: account.id, purpose })),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        provePasskey(deps, { account: account.id, purpose, response }),
      ),
    );
    expect(answers.filter(({ ok }) => ok).length).toBe(1);
  });

  // biome-ignore format: a table is read by its columns
  const LIES: readonly (readonly [string, Slant])[] = [
    ['from a page of another origin',           { origin: 'https://bindery.example.evil.test' }],
    ['from a sibling host',                     { origin: 'https://login.bindery.example' }],
    ['over plain http',                         { origin: 'http://bindery.example' }],
    ['for another relying party',               { rpId: 'evil.test' }],
    ['to a challenge of its own',               { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['that is a registration’s',                { type: 'webauthn.create' }],
    ['without the person being verified',       { unverified: true }],
    ['signed by another key',                   { forged: true }],
  ];

  for (const [what, slant] of LIES) {
    test(`a proof refuses an answer ${what}`, async () => {
      const account = await makePerson(db);
      const { authenticator } = await givePasskey(deps, account);
      const options = given(await beginPasskeyProof(deps, { account: account.id, purpose }));
      const response = authenticator.get(options, slant);
      expect(refusedAs(await provePasskey(deps, { account: account.id, purpose, response }))).toBe(
        'wrong_proof',
      );
      if (slant.challenge) return;
      const honest = authenticator.get(options);
      // the challenge is spent
      expect(
        refusedAs(await provePasskey(deps, { account: account.id, purpose, response: honest })),
      ).toBe('wrong_proof');
    });
  }

  test('a proof refuses a counter that did not grow, because the passkey was copied', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    given(
      await provePasskey(deps, {
        account: account.id,
        purpose,
        response: await answerFor(deps, account.id, authenticator, purpose),
      }),
    );
    for (const counter of [authenticator.counter, 0]) {
      const options = given(await beginPasskeyProof(deps, { account: account.id, purpose }));
      const response = authenticator.get(options, { counter });
      expect([
        String(counter),
        refusedAs(await provePasskey(deps, { account: account.id, purpose, response })),
      ]).toStrictEqual([String(counter), 'wrong_proof']);
    }
  });

  test('a proof allows a counter that stays zero, as synchronised passkeys have', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    for (let round = 0; round < 2; round += 1) {
      const options = given(await beginPasskeyProof(deps, { account: account.id, purpose }));
      given(
        await provePasskey(deps, {
          account: account.id,
          purpose,
          response: authenticator.get(options, { counter: 0 }),
        }),
      );
    }
  });

  test('a proof refuses another account’s passkey, also for an account without one', async () => {
    const [mine, theirs, none] = [await makePerson(db), await makePerson(db), await makePerson(db)];
    await givePasskey(deps, mine);
    const { authenticator } = await givePasskey(deps, theirs);
    const options = given(await beginPasskeyProof(deps, { account: mine.id, purpose }));
    const response = authenticator.get(options);
    expect(refusedAs(await provePasskey(deps, { account: mine.id, purpose, response }))).toBe(
      'no_such_factor',
    );
    // the challenge is not theirs
    expect(refusedAs(await provePasskey(deps, { account: theirs.id, purpose, response }))).toBe(
      'wrong_proof',
    );
    expect(refusedAs(await beginPasskeyProof(deps, { account: none.id, purpose }))).toBe(
      'no_such_factor',
    );
    expect(refusedAs(await provePasskey(deps, { account: none.id, purpose, response }))).toBe(
      'no_such_factor',
    );
  });

  test('a proof challenge lives five minutes, or until the next one for its purpose', async () => {
    const moved = await freshDatabase();
    const there = makeDeps(moved.db);
    const account = await makePerson(moved.db);
    const { authenticator } = await givePasskey(there, account);
    const first = given(await beginPasskeyProof(there, { account: account.id, purpose }));
    const second = given(await beginPasskeyProof(there, { account: account.id, purpose }));
    const prove = async (options: typeof first) =>
      refusedAs(
        await provePasskey(there, {
          account: account.id,
          purpose,
          response: authenticator.get(options),
        }),
      );
    expect(await prove(first)).toBe('wrong_proof');
    await advanceClock(moved.db, 'PT5M1S');
    expect(await prove(second)).toBe('wrong_proof');
    expect((await cleanUp(there)).deleted >= 1).toBe(true);
    expect(await moved.db.query(sql`select 1 from passkey_challenges`)).toStrictEqual([]);
  });

  test('a malformed passkey answer is a wrong proof, not an error', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    const right = JSON.parse(await answerFor(deps, account.id, authenticator, purpose));
    const cut = (change: object): string => JSON.stringify({ ...right, ...change });
    const deep = (change: object): string => cut({ response: { ...right.response, ...change } });
    for (const response of [
      '',
      'null',
      '[]',
      '{',
      'x'.repeat(100_000),
      cut({ id: '' }),
      cut({ id: '../..' }),
      cut({ type: 'password' }),
      cut({ response: null }),
      deep({ clientDataJSON: 'AAAA' }),
      deep({ clientDataJSON: Buffer.from('{"challenge":7}').toString('base64url') }),
      deep({ authenticatorData: 'AAAA' }),
      deep({ signature: 'AAAA' }),
    ])
      expect([
        response.slice(0, 60),
        refusedAs(await provePasskey(deps, { account: account.id, purpose, response })),
      ]).toStrictEqual([response.slice(0, 60), 'wrong_proof']);
  });

  test('wrong passkey answers and wrong codes share one limit', async () => {
    const few = makeDeps(db, 3);
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(few, account);
    for (let guess = 0; guess < 3; guess += 1)
      expect(
        refusedAs(await provePasskey(few, { account: account.id, purpose, response: '{}' })),
      ).toBe('wrong_proof');
    const response = await answerFor(few, account.id, authenticator, purpose);
    expect(refusedAs(await provePasskey(few, { account: account.id, purpose, response }))).toBe(
      'too_many_attempts',
    );
  });
});

describe('enrolling a passkey', () => {
  test('enrolling a passkey needs the password, and writes a notice and an audit row', async () => {
    const account = await makePerson(db);
    expect(refusedAs(await beginPasskey(deps, { account, password: 'wrong', proof: {} }))).toBe(
      'wrong_password',
    );
    const { id, authenticator } = await givePasskey(deps, account);
    expect(
      (await findFactors(db, account.id)).map((factor) => [factor.id, factor.kind, factor.name]),
    ).toStrictEqual([[id, 'passkey', 'Key']]);
    expect((await findNotices(db, account.id))[0]?.reason).toBe('factor_passkey');
    const second = await beginPasskey(deps, {
      account,
      password: PASSWORD,
      proof: { passkey: await answerFor(deps, account.id, authenticator) },
    });
    const options = given(second);
    // not twice on one device
    expect(options.excludeCredentials?.map((each) => each.id)).toStrictEqual([
      authenticator.id.toString('base64url'),
    ]);
    // its user handle says nothing of the account
    expect(JSON.stringify(options)).not.toContain(account.id);
    const [row] = await db.query<{ challenge: Buffer }>(
      sql`select challenge from passkey_challenges where account_id = ${account.id}`,
    );
    expect(row?.challenge).not.toStrictEqual(Buffer.from(options.challenge, 'base64url'));
  });

  // biome-ignore format: a table is read by its columns
  const LIES: readonly (readonly [string, Slant])[] = [
    ['from another origin',               { origin: 'https://evil.test' }],
    ['for another relying party',         { rpId: 'evil.test' }],
    ['that is a proof’s',                 { type: 'webauthn.get' }],
    ['without the person being verified', { unverified: true }],
    ['to a challenge of its own',         { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ];

  for (const [what, slant] of LIES) {
    test(`enrolling refuses a registration ${what}`, async () => {
      const account = await makePerson(db);
      const options = given(await beginPasskey(deps, { account, password: PASSWORD, proof: {} }));
      const response = new Authenticator(ISSUER).create(options, slant);
      expect(
        refusedAs(
          await enrolPasskey(deps, { account: account.id, name: '', otherwise: 'Key', response }),
        ),
      ).toBe('wrong_proof');
      expect(await findFactors(db, account.id)).toStrictEqual([]);
    });
  }

  test('a registration counts once, and only for the account that began it', async () => {
    const [account, stranger] = [await makePerson(db), await makePerson(db)];
    const response = new Authenticator(ISSUER).create(
      given(await beginPasskey(deps, { account, password: PASSWORD, proof: {} })),
    );
    const named = { name: '', otherwise: 'Key', response };
    expect(refusedAs(await enrolPasskey(deps, { account: stranger.id, ...named }))).toBe(
      'wrong_proof',
    );
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => enrolPasskey(deps, { account: account.id, ...named })),
    );
    expect(answers.filter(({ ok }) => ok).length).toBe(1);
  });

  test('a credential belongs to one account only', async () => {
    const [account, stranger] = [await makePerson(db), await makePerson(db)];
    const { authenticator } = await givePasskey(deps, account);
    const options = given(
      await beginPasskey(deps, { account: stranger, password: PASSWORD, proof: {} }),
    );
    const response = authenticator.create(options);
    expect(
      refusedAs(
        await enrolPasskey(deps, { account: stranger.id, name: '', otherwise: 'Key', response }),
      ),
    ).toBe('already_enrolled');
  });

  test('challenges for a proof and for enrolling do not replace each other', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    const proving = given(await beginPasskeyProof(deps, { account: account.id, purpose }));
    const response = new Authenticator(ISSUER).create(proving);
    expect(
      refusedAs(
        await enrolPasskey(deps, { account: account.id, name: '', otherwise: 'Key', response }),
      ),
    ).toBe('wrong_proof');
    const passkey = await answerFor(deps, account.id, authenticator);
    const enrolling = given(
      await beginPasskey(deps, { account, password: PASSWORD, proof: { passkey } }),
    );
    const proof = authenticator.get(enrolling);
    for (const each of [purpose, ENROL_PASSKEY])
      expect(
        refusedAs(
          await provePasskey(deps, { account: account.id, purpose: each, response: proof }),
        ),
      ).toBe('wrong_proof');
  });

  test('an account has at most ten factors, also when two are added at once', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(deps, account);
    for (let more = 1; more < MOST_FACTORS - 1; more += 1) {
      await givePasskey(deps, account, {
        proof: { passkey: await answerFor(deps, account.id, authenticator) },
      });
    }
    const prove = async (change?: string) => ({
      passkey: await answerFor(deps, account.id, authenticator, change),
    });
    const options = given(
      await beginPasskey(deps, { account, password: PASSWORD, proof: await prove() }),
    );
    const sheet = given(
      await beginTotp(deps, { account, password: PASSWORD, proof: await prove(ENROL_TOTP) }),
    );
    const named = { name: '', otherwise: 'Tenth' };
    const tenth = await Promise.all([
      enrolPasskey(deps, {
        account: account.id,
        response: new Authenticator(ISSUER).create(options),
        ...named,
      }),
      confirmTotp(deps, { account, token: sheet.token, code: appCode(sheet.secret), ...named }),
    ]);
    expect(tenth.filter(({ ok }) => ok).length).toBe(1);
    expect(
      refusedAs(await beginPasskey(deps, { account, password: PASSWORD, proof: await prove() })),
    ).toBe('too_many_factors');
    expect((await findFactors(db, account.id)).length).toBe(MOST_FACTORS);
  });
});

describe('an account that has a factor', () => {
  test('a change of factors needs the password and a proof for this change', async () => {
    const account = await makePerson(db);
    const { id, authenticator } = await givePasskey(deps, account);
    const asked = { account: account.id, factor: id, password: PASSWORD };
    expect(refusedAs(await beginPasskey(deps, { account, password: PASSWORD, proof: {} }))).toBe(
      'proof_missing',
    );
    expect(
      refusedAs(await beginTotp(deps, { account, password: PASSWORD, proof: { code: '' } })),
    ).toBe('proof_missing');
    expect(refusedAs(await removeFactor(deps, { ...asked, proof: {} }))).toBe('proof_missing');
    const passkey = await answerFor(deps, account.id, authenticator, ENROL_PASSKEY);
    expect(refusedAs(await removeFactor(deps, { ...asked, proof: { passkey } }))).toBe(
      'wrong_proof',
    );
    expect(refusedAs(await removeFactor(deps, { ...asked, proof: { code: '123456' } }))).toBe(
      'no_such_factor',
    );
    expect((await findFactors(db, account.id)).length).toBe(1);
  });

  test('a wrong password uses up no proof', async () => {
    const account = await makePerson(db);
    const { id, authenticator } = await givePasskey(deps, account);
    const passkey = await answerFor(deps, account.id, authenticator, removal(id));
    const asked = { account: account.id, factor: id, proof: { passkey } };
    expect(refusedAs(await removeFactor(deps, { ...asked, password: 'wrong' }))).toBe(
      'wrong_password',
    );
    given(await removeFactor(deps, { ...asked, password: PASSWORD }));
  });

  test('a code of the app proves the removal of a lost passkey', async () => {
    const account = await makePerson(db);
    const { id, authenticator } = await givePasskey(deps, account);
    const app = await giveApp(deps, account, {
      passkey: await answerFor(deps, account.id, authenticator, ENROL_TOTP),
    });
    await letStepsPass(db);
    given(
      await removeFactor(deps, {
        account: account.id,
        factor: id,
        password: PASSWORD,
        proof: { code: appCode(app.secret) },
      }),
    );
    expect((await findFactors(db, account.id)).map(({ kind }) => kind)).toStrictEqual(['totp']);
    expect((await findNotices(db, account.id))[0]?.what).toBe('factor.removed');
    expect(
      refusedAs(
        await provePasskey(deps, {
          account: account.id,
          purpose,
          response: authenticator.get({ challenge: 'AA' }),
        }),
      ),
    ).toBe('no_such_factor');
  });

  test('an account cannot remove another account’s factor or an unknown one', async () => {
    const [account, stranger] = [await makePerson(db), await makePerson(db)];
    const theirs = await givePasskey(deps, stranger);
    for (const factor of [theirs.id, newId('fac')])
      expect(
        refusedAs(
          await removeFactor(deps, { account: account.id, factor, password: PASSWORD, proof: {} }),
        ),
      ).toBe('unknown_factor');
    expect((await findFactors(db, stranger.id)).length).toBe(1);
  });

  test('a change of factors ends enrolments that were begun before it', async () => {
    const account = await makePerson(db);
    const thief = new Authenticator(ISSUER);
    const begun = given(await beginPasskey(deps, { account, password: PASSWORD, proof: {} }));
    const sheet = given(await beginTotp(deps, { account, password: PASSWORD, proof: {} }));
    await givePasskey(deps, account);
    const named = { name: '', otherwise: 'Thief' };
    expect(
      refusedAs(
        await enrolPasskey(deps, { account: account.id, response: thief.create(begun), ...named }),
      ),
    ).toBe('wrong_proof');
    expect(
      refusedAs(
        await confirmTotp(deps, {
          account,
          token: sheet.token,
          code: appCode(sheet.secret),
          ...named,
        }),
      ),
    ).toBe('enrolment_over');
    expect((await findFactors(db, account.id)).length).toBe(1);
  });

  test('two removals at once remove both factors, one for each proof', async () => {
    const account = await makePerson(db);
    const one = await givePasskey(deps, account);
    const two = await givePasskey(deps, account, {
      proof: { passkey: await answerFor(deps, account.id, one.authenticator) },
    });
    const removals = await Promise.all(
      [one, two].map(async ({ id, authenticator }) => {
        const passkey = await answerFor(deps, account.id, authenticator, removal(id));
        return await removeFactor(deps, {
          account: account.id,
          factor: id,
          password: PASSWORD,
          proof: { passkey },
        });
      }),
    );
    expect(removals.some(({ ok }) => ok)).toBe(true);
    const left = await findFactors(db, account.id);
    expect(left.length).toBe(removals.filter(({ ok }) => !ok).length);
  });
});
