import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { AccountSummary } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import type { FactorDeps } from '../../src/accounts/deps.ts';
import { beginPasskey, enrolPasskey } from '../../src/accounts/enrol-passkey.ts';
import { beginTotp, confirmTotp } from '../../src/accounts/enrol-totp.ts';
import type { SentProof } from '../../src/accounts/factor.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { registerPerson } from '../../src/owners/register-owner.ts';
import { storeField } from '../../src/owners/store-field.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { personNumber } from '../owners/people.ts';
import { appCode } from './app-codes.ts';
import { Authenticator } from './authenticator.ts';
import { PASSWORD } from './journeys.ts';
import { startServer, type TestBindery } from './server.ts';

/** Packs whose own hook asks for proof, by what it says. */
const DOUBTS = {
  either: ['odd'],
  initiator: ['initiator:odd'],
  counterparty: ['other:odd'],
  both: ['initiator:odd', 'other:odd'],
  face: ['other:odd:identity_check'],
} as const;

export type Doubt = keyof typeof DOUBTS;

/** A server with one pack for each doubt, over the pack and the hooks that are shipped. */
export async function startDoubtful(
  options: Parameters<typeof startServer>[0] = {},
): Promise<TestBindery> {
  const folder = await mkdtemp(join(tmpdir(), 'doubts-'));
  after(async () => await rm(folder, { recursive: true }));
  const douyin = JSON.parse(await readFile('src/policy/packs/douyin.json', 'utf8')) as {
    hooks: string[];
  };
  for (const [id, reasons] of Object.entries(DOUBTS)) {
    await writeFile(
      join(folder, `${id}.json`),
      JSON.stringify({ ...douyin, id, hooks: [...douyin.hooks, `doubts-${id}`] }),
    );
    const hook = { id: `doubts-${id}`, version: 1, needs: ['counts'] };
    const said = JSON.stringify({ verdict: 'step_up', reasons: reasons.map((code) => ({ code })) });
    await writeFile(
      join(folder, `doubts-${id}.ts`),
      `export default { ...${JSON.stringify(hook)}, evaluate: () => (${said}) };`,
    );
  }
  return await startServer({
    ...options,
    env: { PACKS_DIR: folder, HOOKS_DIR: folder, HOOKS_TIMEOUT: '5000', ...options.env },
  });
}

export async function accountOf(db: Db, login: string): Promise<AccountSummary> {
  const [row] = await db.query<{ id: AccountId }>(
    sql`select id from accounts where login = ${login}`,
  );
  const account = row && (await findAccount(db, row.id));
  assert.ok(account, login);
  return account;
}

/** As if all factors had been enrolled, and used, so many days ago. */
export async function ageFactors(db: Db, days = 30): Promise<void> {
  await db.query(sql`
    update second_factors set enrolled_at = enrolled_at - make_interval(days => ${days}), last_step = case when kind = 'totp' then 0 end`);
}

export async function giveApp(
  deps: FactorDeps,
  login: string,
  proof: SentProof = {},
): Promise<string> {
  const account = await accountOf(deps.db, login);
  const begun = await beginTotp(deps, { account, password: PASSWORD, proof });
  assert.ok(begun.ok, JSON.stringify(begun));
  const { token, secret } = begun.value;
  const confirmed = await confirmTotp(deps, {
    account,
    token,
    code: appCode(secret),
    name: '',
    otherwise: 'App',
  });
  assert.ok(confirmed.ok, JSON.stringify(confirmed));
  return secret;
}

export async function givePasskey(deps: FactorDeps, login: string): Promise<Authenticator> {
  const account = await accountOf(deps.db, login);
  const authenticator = new Authenticator(deps.issuer);
  const options = await beginPasskey(deps, { account, password: PASSWORD, proof: {} });
  assert.ok(options.ok, JSON.stringify(options));
  const response = authenticator.create(options.value);
  const enrolled = await enrolPasskey(deps, {
    account: account.id,
    name: '',
    otherwise: 'Key',
    response,
  });
  assert.ok(enrolled.ok, JSON.stringify(enrolled));
  return authenticator;
}

let people = 0;

/** The accounts belong to a person whose name and number are known, as verification leaves them. */
export async function giveFace(
  { db, secrets, custody }: TestBindery['bindery'],
  logins: readonly string[],
  name: string,
): Promise<void> {
  people += 1;
  const number = personNumber(9_000 + people);
  await db.transaction(async (tx) => {
    const owner = await registerPerson(tx, { secrets, custody }, { number, by: 'system' });
    assert.ok(owner.ok);
    for (const [field, value] of [
      ['name', name],
      ['number', number],
    ] as const) {
      assert.ok(
        (await storeField(tx, { custody }, { owner: owner.value, field, value, by: 'system' })).ok,
      );
    }
    await tx.query(
      sql`update owners set verified_at = bindery_now(), verified_by = 'identity_document' where id = ${owner.value}`,
    );
    await tx.query(
      sql`update accounts set owner_id = ${owner.value} where login = any(${[...logins]})`,
    );
  });
}
