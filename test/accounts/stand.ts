import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AccountSummary } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import type { FactorDeps } from '../../src/accounts/deps.ts';
import { beginPasskey, ENROL_PASSKEY, enrolPasskey } from '../../src/accounts/enrol-passkey.ts';
import { beginTotp, confirmTotp } from '../../src/accounts/enrol-totp.ts';
import type { SentProof } from '../../src/accounts/factor.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { beginPasskeyProof } from '../../src/accounts/prove-passkey.ts';
import { tellAccount } from '../../src/evidence/pieces/tell-account.ts';
import type { AccountId, FactorId } from '../../src/kernel/ids.ts';
import type { Result } from '../../src/kernel/refusals.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { appCode } from '../support/app-codes.ts';
import { Authenticator } from '../support/authenticator.ts';
import { makeAccount } from '../support/people.ts';

export const ISSUER = 'https://bindery.example';
export const PASSWORD = 'a password of this test';
const hash = await hashPassword(PASSWORD);

/** The verbs over a database, as compose.ts would make them, with limits that tests do not run into by chance. */
export function makeDeps(db: Database, proofs = 1_000): FactorDeps {
  const limiter = (name: string, attempts: number) => ({ name, attempts, seconds: 900 });
  const limits = {
    proofs: limiter('proofs', proofs),
    proofsByDay: limiter('proofs-day', 4 * proofs),
    passwords: limiter('passwords', 100),
  };
  return {
    db,
    secrets: new InstallationSecret(randomBytes(32)),
    issuer: ISSUER,
    lifetimes: LIFETIMES,
    limits,
    tell: tellAccount,
  };
}

export async function makePerson(db: Database): Promise<AccountSummary> {
  const id = await makeAccount(db, null);
  await db.query(sql`update accounts set password_hash = ${hash} where id = ${id}`);
  const account = await findAccount(db, id);
  assert.ok(account);
  return account;
}

export function given<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.code} ${result.refusal.site}`);
  return result.value;
}

export function refusedAs(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.refusal.code;
}

export async function giveApp(
  deps: FactorDeps,
  account: AccountSummary,
  proof: SentProof = {},
): Promise<{ id: FactorId; secret: string }> {
  const { token, secret } = given(await beginTotp(deps, { account, password: PASSWORD, proof }));
  const id = given(
    await confirmTotp(deps, { account, token, code: appCode(secret), name: '', otherwise: 'App' }),
  );
  return { id, secret };
}

/** As if the last code had been taken long ago, so that tests need not wait for the next. */
export async function letStepsPass(db: Database): Promise<void> {
  await db.query(sql`update second_factors set last_step = 0 where kind = 'totp'`);
}

export async function givePasskey(
  deps: FactorDeps,
  account: AccountSummary,
  {
    proof = {},
    authenticator = new Authenticator(ISSUER),
  }: { readonly proof?: SentProof; readonly authenticator?: Authenticator } = {},
): Promise<{ id: FactorId; authenticator: Authenticator }> {
  const options = given(await beginPasskey(deps, { account, password: PASSWORD, proof }));
  const response = authenticator.create(options);
  const id = given(
    await enrolPasskey(deps, { account: account.id, name: '', otherwise: 'Key', response }),
  );
  return { id, authenticator };
}

/** A proof by a passkey that leads to another passkey. */
export async function answerFor(
  deps: FactorDeps,
  account: AccountId,
  authenticator: Authenticator,
  purpose = ENROL_PASSKEY,
): Promise<string> {
  return authenticator.get(given(await beginPasskeyProof(deps, { account, purpose })));
}
