import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { FactorDeps } from '../../src/accounts/deps.ts';
import { beginPasskeyProof, provePasskey } from '../../src/accounts/prove-passkey.ts';
import { removal, removeFactor, resetFactors } from '../../src/accounts/remove-factor.ts';
import { beginPasskeySignIn, signInByPasskey } from '../../src/accounts/sign-in-by-passkey.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import {
  answerFor,
  given,
  givePasskey,
  ISSUER,
  makeDeps,
  makePerson,
  PASSWORD,
  refusedAs,
} from '../fixtures/accounts.ts';
import { Authenticator, type Slant } from '../support/authenticator.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const { deps, factors } = standOver(db);
const ADDRESS = '198.51.100.7';

/** The verbs that sign in, with limits of a test's own. */
function standOver(database: Database, { failures = 1_000, challenges = 10_000 } = {}) {
  const limiter = (name: string, attempts: number) => ({ name, attempts, seconds: 900 });
  const signIn = {
    pair: limiter('sign-in-pair', failures),
    address: limiter('sign-in-address', 3 * failures),
    challenges: limiter('sign-in-challenges', challenges),
  };
  const made: FactorDeps = makeDeps(database);
  return { factors: made, deps: { factors: made, limits: { signIn } } };
}

function makeBrowser(address = ADDRESS) {
  return { browser: randomBytes(32), address };
}

async function signIn(
  authenticator: Authenticator,
  slant: Slant = {},
  { using = deps, at = makeBrowser() } = {},
) {
  const options = given(await beginPasskeySignIn(using, at));
  return await signInByPasskey(using, { response: authenticator.get(options, slant), ...at });
}

async function auditOf(
  passkey: string,
): Promise<{ action: string; actor: string; purpose: string }[]> {
  return await db.query(
    sql`select action, actor, detail ->> 'purpose' as purpose from audit_log where subject = ${passkey} order by seq`,
  );
}

describe('signing in with a passkey', () => {
  test('sign-in options name no account, and the challenge is stored as a hash', async () => {
    const at = makeBrowser();
    const options = given(await beginPasskeySignIn(deps, at));
    expect([options.rpId, options.userVerification, options.allowCredentials ?? []]).toStrictEqual([
      new URL(ISSUER).hostname,
      'required',
      [],
    ]);
    const [row] = await db.query<{ challenge: Buffer }>(
      sql`select challenge from sign_in_challenges where browser = ${at.browser}`,
    );
    assert.ok(row);
    expect(row.challenge).not.toStrictEqual(Buffer.from(options.challenge, 'base64url'));
  });

  test('a passkey signs its account in once, with an audit row', async () => {
    const account = await makePerson(db);
    const { id, authenticator } = await givePasskey(factors, account);
    const at = makeBrowser();
    const response = authenticator.get(given(await beginPasskeySignIn(deps, at)));
    const signedIn = given(await signInByPasskey(deps, { response, ...at }));
    expect([signedIn.account.id, signedIn.passkey]).toStrictEqual([account.id, id]);
    // replayed
    expect(refusedAs(await signInByPasskey(deps, { response, ...at }))).toBe('passkey_refused');
    expect(
      (await auditOf(id)).map(({ action, actor, purpose }) => [action, actor, purpose]),
    ).toStrictEqual([
      ['factor.proved', account.id, 'sign_in'],
      ['factor.not_proved', account.id, 'sign_in'],
    ]);
  });

  test('twenty requests with one passkey answer make one sign-in', async () => {
    const { authenticator } = await givePasskey(factors, await makePerson(db));
    const at = makeBrowser();
    const response = authenticator.get(given(await beginPasskeySignIn(deps, at)));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => signInByPasskey(deps, { response, ...at })),
    );
    expect(answers.filter(({ ok }) => ok).length).toBe(1);
  });

  test('two tabs of a browser have a challenge each, and both work', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(factors, account);
    const at = makeBrowser();
    const [one, two] = [
      given(await beginPasskeySignIn(deps, at)),
      given(await beginPasskeySignIn(deps, at)),
    ];
    for (const options of [one, two])
      expect(
        given(await signInByPasskey(deps, { response: authenticator.get(options), ...at })).account
          .id,
      ).toBe(account.id);
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
    ['that does not say whose it is',           { userHandle: null }],
    ['that says it is somebody else’s',         { userHandle: randomBytes(32).toString('base64url') }],
  ];

  for (const [what, slant] of LIES) {
    test(`sign-in refuses an answer ${what}, and uses up the challenge`, async () => {
      const { authenticator } = await givePasskey(factors, await makePerson(db));
      const at = makeBrowser();
      const options = given(await beginPasskeySignIn(deps, at));
      const lie = authenticator.get(options, slant);
      expect(refusedAs(await signInByPasskey(deps, { response: lie, ...at }))).toBe(
        'passkey_refused',
      );
      if (slant.challenge) return;
      expect(
        refusedAs(await signInByPasskey(deps, { response: authenticator.get(options), ...at })),
      ).toBe('passkey_refused');
    });
  }

  test('sign-in refuses the challenge of another browser, as after phishing', async () => {
    const { authenticator } = await givePasskey(factors, await makePerson(db));
    const [victim, thief] = [makeBrowser(), makeBrowser()];
    const response = authenticator.get(given(await beginPasskeySignIn(deps, thief)));
    expect(refusedAs(await signInByPasskey(deps, { response, ...victim }))).toBe('passkey_refused');
  });

  test('a challenge for signing in and one for a proof do not replace each other', async () => {
    const { id: account, ...rest } = await makePerson(db);
    const { id, authenticator } = await givePasskey(factors, { id: account, ...rest });
    const at = makeBrowser();
    for (const purpose of ['sign_in', 'step_up:brq_1', removal(id)]) {
      const response = authenticator.get(
        given(await beginPasskeyProof(factors, { account, purpose })),
      );
      expect([purpose, refusedAs(await signInByPasskey(deps, { response, ...at }))]).toStrictEqual([
        purpose,
        'passkey_refused',
      ]);
      const other = authenticator.get(given(await beginPasskeySignIn(deps, at)));
      expect([
        purpose,
        refusedAs(await provePasskey(factors, { account, purpose, response: other })),
      ]).toStrictEqual([purpose, 'wrong_proof']);
    }
  });

  test('unknown passkey, removed passkey and closed account get the same refusal', async () => {
    const [gone, closed] = [await makePerson(db), await makePerson(db)];
    const removed = await givePasskey(factors, gone);
    const passkey = await answerFor(factors, gone.id, removed.authenticator, removal(removed.id));
    given(
      await removeFactor(factors, {
        account: gone.id,
        factor: removed.id,
        password: PASSWORD,
        proof: { passkey },
      }),
    );
    const shut = await givePasskey(factors, closed);
    await db.query(sql`update accounts set status = 'closed' where id = ${closed.id}`);
    const nobody = new Authenticator(ISSUER);
    nobody.userHandle = removed.authenticator.userHandle;
    for (const authenticator of [nobody, removed.authenticator, shut.authenticator])
      expect(refusedAs(await signIn(authenticator))).toBe('passkey_refused');
    await db.query(sql`update accounts set status = 'restricted' where id = ${closed.id}`);
    // restricted, as with the password
    expect(given(await signIn(shut.authenticator)).account.id).toBe(closed.id);
  });

  test('removing a passkey while it signs in leaves no way in (20 rounds)', async () => {
    for (let round = 0; round < 20; round += 1) {
      const account = await makePerson(db);
      const { authenticator } = await givePasskey(factors, account);
      const at = makeBrowser();
      const response = authenticator.get(given(await beginPasskeySignIn(deps, at)));
      const [signedIn, removed] = await Promise.all([
        signInByPasskey(deps, { response, ...at }),
        resetFactors(factors, { account: account.id, by: 'operator', reason: 'stolen' }),
      ]);
      expect(['ok', 'passkey_refused']).toContain(refusedAs(signedIn));
      expect(removed).toBe(1);
      expect(refusedAs(await signIn(authenticator))).toBe('passkey_refused');
    }
  });

  test('sign-in refuses a counter that did not grow, but allows one that stays zero', async () => {
    const account = await makePerson(db);
    const { authenticator } = await givePasskey(factors, account);
    for (let round = 0; round < 2; round += 1) given(await signIn(authenticator, { counter: 0 }));
    given(await signIn(authenticator, { counter: 9 }));
    for (const counter of [9, 3, 0])
      expect([String(counter), refusedAs(await signIn(authenticator, { counter }))]).toStrictEqual([
        String(counter),
        'passkey_refused',
      ]);
  });

  test('a sign-in challenge lives five minutes, and is then deleted', async () => {
    const moved = await freshDatabase();
    const there = standOver(moved.db);
    const { authenticator } = await givePasskey(there.factors, await makePerson(moved.db));
    const at = makeBrowser();
    const [soon, late] = [
      given(await beginPasskeySignIn(there.deps, at)),
      given(await beginPasskeySignIn(there.deps, at)),
    ];
    await advanceClock(moved.db, 'PT4M59S');
    given(await signInByPasskey(there.deps, { response: authenticator.get(soon), ...at }));
    await advanceClock(moved.db, 'PT2S');
    expect(
      refusedAs(await signInByPasskey(there.deps, { response: authenticator.get(late), ...at })),
    ).toBe('passkey_refused');
    expect((await cleanUp(there.factors)).deleted >= 1).toBe(true);
    expect(await moved.db.query(sql`select 1 from sign_in_challenges`)).toStrictEqual([]);
  });

  test('sign-in refuses malformed answers without an error', async () => {
    const { authenticator } = await givePasskey(factors, await makePerson(db));
    const at = makeBrowser();
    const right = JSON.parse(authenticator.get(given(await beginPasskeySignIn(deps, at))));
    const cut = (change: object): string => JSON.stringify({ ...right, ...change });
    const deep = (change: object): string => cut({ response: { ...right.response, ...change } });
    for (const response of [
      'null',
      '[]',
      '{',
      'x'.repeat(100_000),
      cut({ id: '' }),
      cut({ id: 'AAAA' }),
      cut({ rawId: 'AAAA' }),
      cut({ type: 'password' }),
      deep({ clientDataJSON: 'AAAA' }),
      deep({ authenticatorData: 'AAAA' }),
      deep({ signature: 'AAAA' }),
      deep({ userHandle: '' }),
      deep({ userHandle: 7 }),
      deep({ userHandle: 'é' }),
    ])
      expect([
        response.slice(0, 60),
        refusedAs(await signInByPasskey(deps, { response, ...at })),
      ]).toStrictEqual([response.slice(0, 60), 'passkey_refused']);
  });
});

describe('limits of sign-in by passkey', () => {
  test('failed passkey sign-ins count by credential and address; good ones do not', async () => {
    const few = standOver(db, { failures: 3 });
    const { authenticator } = await givePasskey(factors, await makePerson(db));
    const at = makeBrowser('203.0.113.1');
    for (const guesser of [authenticator, new Authenticator(ISSUER)]) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, async () =>
          refusedAs(await signIn(guesser, { forged: true }, { using: few.deps, at })),
        ),
      );
      expect(answers.filter((answer) => answer === 'passkey_refused').length).toBe(3);
      expect(answers.filter((answer) => answer === 'too_many_attempts').length).toBe(5);
    }
    const here = makeBrowser('203.0.113.2');
    const owner = { using: { ...few.deps, factors }, at: here };
    for (let times = 0; times < 6; times += 1) given(await signIn(authenticator, {}, owner));
  });

  test('the number of challenges for one address is limited', async () => {
    const few = standOver(db, { challenges: 4 });
    const at = makeBrowser('203.0.113.3');
    const asked = await Promise.all(
      Array.from({ length: 9 }, () =>
        beginPasskeySignIn(few.deps, { ...at, browser: randomBytes(32) }),
      ),
    );
    expect(asked.filter(({ ok }) => ok).length).toBe(4);
    expect((await beginPasskeySignIn(few.deps, makeBrowser('203.0.113.4'))).ok).toBe(true);
  });
});
