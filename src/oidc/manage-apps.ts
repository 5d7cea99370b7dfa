import { type ClientMetadata, errors, type Provider } from 'oidc-provider';
import { findAccount } from '../accounts/accounts.store.ts';
import { holdsRole } from '../accounts/role.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import { endRequestsOf } from '../binding/end-requests-of.ts';
import { type AccountId, newSecret } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Lifetimes } from '../lifetimes.ts';
import { LIFETIMES } from '../lifetimes.ts';
import type { Database, Db, Tx } from '../store/database.ts';
import {
  type AppFieldRefusal,
  type AppRules,
  type AskedApp,
  askedOf,
  metadataOf,
  needsSecret,
  parseApp,
} from './app.ts';
import { hashClientSecret } from './client-registry.ts';
import {
  deleteClient,
  findRegistration,
  insertClient,
  listRegistrations,
  lockRegistration,
  type Registration,
  replaceClient,
  saveDisabled,
  saveMetadata,
  saveNextSecret,
  saveVerified,
} from './clients.store.ts';

export interface AppDeps {
  readonly db: Database;
  readonly lifetimes: Lifetimes;
  readonly provider: Provider;
  readonly appRules: AppRules;
}

/** Who manages apps: an operator on a page; or a command or a client with the scope for it. */
export type AppActor = { readonly account: AccountId } | { readonly program: string };

export type AppRefusal =
  | AppFieldRefusal
  | 'not_an_operator'
  | 'unknown_app'
  | 'app_id_taken'
  | 'no_secret'
  | 'rotation_under_way'
  | 'app_unchanged'
  | 'app_switched_on';

/** The secret is told once; only its hash is stored. Null: the app has none, or keeps its own. */
export interface SavedApp {
  readonly registration: Registration;
  readonly secret: string | null;
}

const APP_ID = /^[a-z0-9][a-z0-9._-]{1,63}$/;

export async function createApp(
  deps: AppDeps,
  { id, app, by }: { readonly id: string; readonly app: unknown; readonly by: AppActor },
): Promise<Result<SavedApp, AppRefusal>> {
  if (!APP_ID.test(id))
    return refuse('invalid_app', 'OIDC-4A0', {
      field: 'id',
      problem: 'small letters, digits, dots, underscores and hyphens, 2 to 64',
    });
  return await deps.db.transaction(async (tx) => {
    if (!(await mayManage(tx, by))) return refuse('not_an_operator', 'OIDC-4A1');
    const asked = parseApp(app);
    if (!asked.ok) return asked;
    const metadata = await checked(deps, asked.value, id);
    if (!metadata.ok) return metadata;
    const secret = needsSecret(asked.value) ? newSecret() : null;
    const secretHash = secret === null ? null : hashClientSecret(secret);
    if (!(await insertClient(tx, { metadata: metadata.value, secretHash })))
      return refuse('app_id_taken', 'OIDC-4A2');
    await audit(tx, 'app.created', id, by);
    return ok({ registration: await getRegistration(tx, id), secret });
  });
}

/** Changes the given members; the others stay. */
export async function updateApp(
  deps: AppDeps,
  {
    id,
    changes,
    by,
  }: {
    readonly id: string;
    readonly changes: Readonly<Record<string, unknown>>;
    readonly by: AppActor;
  },
): Promise<Result<SavedApp, AppRefusal>> {
  return await change(deps, { id, by }, async (tx, found) => {
    const before = askedOf(found.metadata);
    const asked = parseApp({ ...before, ...changes });
    if (!asked.ok) return asked;
    const metadata = await checked(deps, asked.value, id, found.metadata);
    if (!metadata.ok) return metadata;
    const fields = Object.keys(asked.value).filter((name) => {
      const field = name as keyof AskedApp;
      return JSON.stringify(asked.value[field]) !== JSON.stringify(before[field]);
    });
    // A secret begins or ends with the way of authentication.
    const begins = needsSecret(asked.value) && !found.hasSecret;
    const ends = !needsSecret(asked.value) && found.hasSecret;
    const secret = begins ? newSecret() : null;
    if (begins || ends) {
      const secretHash = secret === null ? null : hashClientSecret(secret);
      await replaceClient(tx, { metadata: metadata.value, secretHash });
    } else await saveMetadata(tx, metadata.value);
    await audit(tx, 'app.changed', id, by, { fields });
    return ok({ registration: await getRegistration(tx, id), secret });
  });
}

/**
 * Makes a new secret. The one before works for a day more, so that the app can be changed without
 * a gap; `now` ends every older one at once, for a secret that leaked.
 */
export async function rotateSecret(
  deps: AppDeps,
  { id, now, by }: { readonly id: string; readonly now: boolean; readonly by: AppActor },
): Promise<Result<SavedApp, AppRefusal>> {
  return await change(deps, { id, by }, async (tx, found) => {
    if (!found.hasSecret) return refuse('no_secret', 'OIDC-4A7');
    // A second rotation would end the secret that the app still uses.
    if (found.previousSecretUntil && !now) return refuse('rotation_under_way', 'OIDC-4A8');
    const secret = newSecret();
    const overlapSeconds = now ? 0 : LIFETIMES.oidc.rotatedSecret;
    await saveNextSecret(tx, id, { secretHash: hashClientSecret(secret), overlapSeconds });
    await audit(tx, 'app.secret_rotated', id, by, { overlapSeconds });
    return ok({ registration: await getRegistration(tx, id), secret });
  });
}

/** Switches an app off or on. Off: it gets nothing more here, and its open requests end. */
export async function switchApp(
  deps: AppDeps,
  { id, on, by }: { readonly id: string; readonly on: boolean; readonly by: AppActor },
): Promise<Result<SavedApp, AppRefusal>> {
  const done = await change(deps, { id, by }, async (tx, found) => {
    if ((found.disabledAt === null) === on) return refuse('app_unchanged', 'OIDC-4AB');
    await saveDisabled(tx, id, !on);
    await audit(tx, on ? 'app.switched_on' : 'app.switched_off', id, by);
    return ok({ registration: await getRegistration(tx, id), secret: null });
  });
  if (done.ok && !on) await endRequestsOf(deps, { clientId: id, actor: actorOf(by) });
  return done;
}

/** An operator knows who runs an app that registered itself. Pages stop warning of it. */
export async function verifyApp(
  deps: AppDeps,
  { id, by }: { readonly id: string; readonly by: AppActor },
): Promise<Result<SavedApp, AppRefusal>> {
  return await change(deps, { id, by }, async (tx, found) => {
    if (found.registeredBy !== 'self' || found.verifiedAt !== null)
      return refuse('app_unchanged', 'OIDC-4AE');
    await saveVerified(tx, id);
    await audit(tx, 'app.verified', id, by);
    return ok({ registration: await getRegistration(tx, id), secret: null });
  });
}

/** Removes an app that is switched off. Bindings that it made stay. */
export async function removeApp(
  deps: AppDeps,
  { id, by }: { readonly id: string; readonly by: AppActor },
): Promise<Result<null, AppRefusal>> {
  return await change(deps, { id, by }, async (tx, found) => {
    if (found.disabledAt === null) return refuse('app_switched_on', 'OIDC-4AH');
    await deleteClient(tx, id);
    await audit(tx, 'app.removed', id, by);
    return ok(null);
  });
}

/** For operators, and for auditors to read. */
export async function listApps(
  { db }: Pick<AppDeps, 'db'>,
  { after, most, by }: { readonly after: string; readonly most: number; readonly by: AppActor },
): Promise<Result<readonly Registration[], 'not_an_operator'>> {
  if (!(await mayRead(db, by))) return refuse('not_an_operator', 'OIDC-4AI');
  return ok(await listRegistrations(db, { after, most }));
}

export async function viewApp(
  { db }: Pick<AppDeps, 'db'>,
  { id, by }: { readonly id: string; readonly by: AppActor },
): Promise<
  Result<
    { readonly registration: Registration; readonly mayChange: boolean },
    'not_an_operator' | 'unknown_app'
  >
> {
  if (!(await mayRead(db, by))) return refuse('not_an_operator', 'OIDC-4AJ');
  const registration = await findRegistration(db, id);
  if (!registration) return refuse('unknown_app', 'OIDC-4AK');
  return ok({ registration, mayChange: await mayManage(db, by) });
}

interface Changing {
  readonly id: string;
  readonly by: AppActor;
}

/** Every change of an app: who asks is checked in its transaction, and the app is locked. */
async function change<T>(
  { db }: AppDeps,
  { id, by }: Changing,
  work: (tx: Tx, found: Registration) => Promise<Result<T, AppRefusal>>,
): Promise<Result<T, AppRefusal>> {
  return await db.transaction(async (tx) => {
    if (!(await mayManage(tx, by))) return refuse('not_an_operator', 'OIDC-4A3');
    const found = await lockRegistration(tx, id);
    return found ? await work(tx, found) : refuse('unknown_app', 'OIDC-4A4');
  });
}

async function mayManage(db: Db, by: AppActor): Promise<boolean> {
  return 'program' in by || holdsRole(await findAccount(db, by.account), 'operator');
}

async function mayRead(db: Db, by: AppActor): Promise<boolean> {
  return 'program' in by || holdsRole(await findAccount(db, by.account), 'operator', 'auditor');
}

async function checked(
  { provider, appRules }: AppDeps,
  asked: AskedApp,
  id: string,
  before?: ClientMetadata,
): Promise<Result<ClientMetadata, AppFieldRefusal>> {
  const metadata = metadataOf(asked, { clientId: id, rules: appRules, before });
  if (!metadata.ok) return metadata;
  const Client = provider.Client as unknown as { validate(metadata: object): Promise<void> };
  // The real one is not known here, and oidc-provider only asks that there is one.
  const placeholder = needsSecret(asked) ? { client_secret: newSecret() } : {};
  try {
    await Client.validate({ ...metadata.value, ...placeholder });
    return metadata;
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error;
    const problem = error.error_description ?? error.message;
    return refuse('invalid_app', 'OIDC-4AL', { field: problem.split(' ')[0] ?? '', problem });
  }
}

async function getRegistration(tx: Tx, id: string): Promise<Registration> {
  const registration = await findRegistration(tx, id);
  if (!registration) throw new Error(`client ${id} is gone`);
  return registration;
}

function actorOf(by: AppActor): string {
  return 'program' in by ? by.program : by.account;
}

async function audit(
  tx: Tx,
  action: string,
  id: string,
  by: AppActor,
  detail?: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendAudit(tx, { action, subject: id, actor: actorOf(by), detail });
}
