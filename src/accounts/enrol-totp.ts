import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { type FactorId, newId, newSecret } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { open, seal } from '../owners/sealed.ts';
import type { Tx } from '../store/database.ts';
import type { AccountSummary } from './account.ts';
import { lockAccounts } from './accounts.store.ts';
import { type AppEnrolment, findAppEnrolment, putAppEnrolment } from './ceremonies.store.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import { factorName, MOST_FACTORS, parseAppCode, type SentProof } from './factor.ts';
import { findFactors, insertApp } from './factors.store.ts';
import { SECRET_KEY, secretPlace, stepOf } from './prove-totp.ts';
import { recordFactorChange } from './record-factor-change.ts';

/** The purpose of the proof that is needed to enrol an authenticator app. */
export const ENROL_TOTP = 'security:enrol-totp';
const SECRET_BYTES = 20; // RFC 4226 §4, R6

type Owner = Pick<AccountSummary, 'id' | 'login'>;

/** What the page shows for the app to read. `token` shows that a later form came from this page. */
export interface AppSheet {
  readonly token: string;
  /** base32, for typing. */
  readonly secret: string;
  /** otpauth://, for the QR code and for an app on the same phone. */
  readonly uri: string;
}

export interface BeginTotp {
  readonly account: Owner;
  readonly password: string;
  readonly proof: SentProof;
}

/**
 * Makes a secret for an authenticator app. It becomes a factor once a code from it is confirmed.
 */
export async function beginTotp(
  deps: FactorDeps,
  { account, password, proof }: BeginTotp,
): Promise<Result<AppSheet, ChangeRefusal | 'too_many_factors' | 'already_enrolled'>> {
  const confirmed = await confirmChange(deps, {
    account: account.id,
    password,
    proof,
    purpose: ENROL_TOTP,
  });
  if (!confirmed.ok) return confirmed;
  const room = await checkRoom(deps.db, account.id);
  if (!room.ok) return room;
  const [factor, token, secret] = [newId('fac'), newSecret(), randomBytes(SECRET_BYTES)];
  const sealed = seal(deps.secrets.derive(SECRET_KEY), secretPlace(factor), secret);
  await putAppEnrolment(deps.db, {
    account: account.id,
    factor,
    token: tokenHash(deps.secrets, token),
    secret: sealed,
    lifetimeSeconds: deps.lifetimes.accounts.totpEnrolment,
  });
  return ok(sheetOf(deps, { account, token, secret }));
}

export type ConfirmRefusal =
  | 'wrong_app_code'
  | 'enrolment_over'
  | 'too_many_factors'
  | 'already_enrolled';

export interface ConfirmTotp {
  readonly account: Owner;
  readonly token: string;
  readonly code: string;
  readonly name: string;
  readonly otherwise: string;
}

/** The first code shows that the app has the secret. It cannot be used again. */
export async function confirmTotp(
  deps: FactorDeps,
  confirmation: ConfirmTotp,
): Promise<Result<FactorId, ConfirmRefusal>> {
  return await deps.db.transaction((tx) => confirm(tx, deps, confirmation));
}

async function confirm(
  tx: Tx,
  deps: FactorDeps,
  { account, token, code, name, otherwise }: ConfirmTotp,
): Promise<Result<FactorId, ConfirmRefusal>> {
  await lockAccounts(tx, [account.id]);
  const begun = await findAppEnrolment(tx, {
    account: account.id,
    token: tokenHash(deps.secrets, token),
  });
  if (!begun) return refuse('enrolment_over', 'ACC-4T0');
  const digits = parseAppCode(code);
  const step =
    digits === undefined ? undefined : stepOf(unsealed(deps, begun), digits, begun.nowMs);
  if (step === undefined) return refuse('wrong_app_code', 'ACC-4T1');
  const room = await checkRoom(tx, account.id);
  if (!room.ok) return room;
  const factor = { id: begun.factor, kind: 'totp' as const };
  await insertApp(tx, {
    id: factor.id,
    account: account.id,
    name: factorName(name, otherwise),
    secret: begun.secret,
    step,
  });
  await recordFactorChange(tx, deps, {
    account: account.id,
    what: 'factor.enrolled',
    factor,
    by: account.id,
  });
  return ok(factor.id);
}

/** The same sheet again after a mistyped code, for the page that has its token. */
export async function viewTotp(
  deps: FactorDeps,
  { account, token }: { readonly account: Owner; readonly token: string },
): Promise<AppSheet | undefined> {
  const begun = await findAppEnrolment(deps.db, {
    account: account.id,
    token: tokenHash(deps.secrets, token),
  });
  return begun && sheetOf(deps, { account, token, secret: unsealed(deps, begun) });
}

async function checkRoom(
  db: FactorDeps['db'] | Tx,
  account: Owner['id'],
): Promise<Result<void, 'too_many_factors' | 'already_enrolled'>> {
  const factors = await findFactors(db, account);
  if (factors.some(({ kind }) => kind === 'totp')) return refuse('already_enrolled', 'ACC-4T2');
  return factors.length >= MOST_FACTORS ? refuse('too_many_factors', 'ACC-4T3') : ok(undefined);
}

function unsealed(
  { secrets }: FactorDeps,
  { factor, secret }: Pick<AppEnrolment, 'factor' | 'secret'>,
): Buffer {
  const opened = open(secrets.derive(SECRET_KEY), secretPlace(factor), secret);
  if (!opened.ok) throw new Error(`the secret of ${factor} does not open: ${opened.refusal.site}`);
  return opened.value;
}

function sheetOf(
  { issuer, serviceName }: FactorDeps,
  {
    account,
    token,
    secret,
  }: { readonly account: Owner; readonly token: string; readonly secret: Buffer },
): AppSheet {
  const totp = new TOTP({
    issuer: serviceName,
    label: `${account.login}@${new URL(issuer).hostname}`,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });
  return { token, secret: totp.secret.base32, uri: totp.toString() };
}

function tokenHash(secrets: InstallationSecret, token: string): Buffer {
  return secrets.hash('second-factors/enrolment', token);
}
