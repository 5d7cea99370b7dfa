import { type Kind, LOCAL_PLATFORM } from '../accounts/account.ts';
import {
  findAccountByLogin,
  findCredentials,
  insertAccount,
  saveAdministrator,
} from '../accounts/accounts.store.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { insertBinding } from '../binding/bindings.store.ts';
import { insertBroadcast, insertOrder } from '../binding/unbinding-facts.store.ts';
import { findClaim } from '../evidence/claims/claims.store.ts';
import {
  CONSENT_TEXTS,
  CONSENT_TO_DECLARE,
  CONSENT_VERSIONS,
} from '../evidence/consents/consent.ts';
import { insertConsent } from '../evidence/consents/consents.store.ts';
import { giveConsent } from '../evidence/consents/give-consent.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { findEvidenceOf, insertAcceptedEvidence } from '../evidence/pieces/evidence.store.ts';
import { EVIDENCE, REQUIRED } from '../evidence/pieces/evidence-type.ts';
import { declareOwner } from '../evidence/submissions/declare-owner.ts';
import { submitForAccount } from '../evidence/submissions/submit-evidence.ts';
import { type AccountId, newId, type OwnerId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import { hashClientSecret } from '../oidc/client-registry.ts';
import { saveClient } from '../oidc/clients.store.ts';
import { verifyAffiliation } from '../owners/affiliation.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import { registerOrganisation, registerPerson } from '../owners/register-owner.ts';
import { storeField } from '../owners/store-field.ts';
import { verifyOwner } from '../owners/verify-owner.ts';
import type { Packs } from '../policy/registry.ts';
import { readClock } from '../store/clock.store.ts';
import type { Db, Tx } from '../store/database.ts';
import { drawPapers } from './demo-papers.ts';
import { ACCOUNTS, AFFILIATIONS, BINDINGS, clientsOf, OWNERS } from './demo-world.ts';

const DEMO_PASSWORD = 'Bindery-demo-2026';
const BY = { by: 'system', evidence: 'demo' } as const;
const REGISTER = { person: registerPerson, organisation: registerOrganisation } as const;

/**
 * Fills an empty database with the demo's data. In a filled one, it only updates the clients, which
 * depend on the issuer, and submits missing material. One transaction creates the people, so that a
 * killed start leaves no partial data. Material is submitted piece by piece, as applicants do, and
 * the next start submits what is missing.
 */
export async function seedDemo(
  deps: Omit<EvidenceDeps, 'provider' | 'policy'>,
  issuer: string,
  packs: Packs,
): Promise<void> {
  const passwordHash = (await hasDemo(deps.db)) ? undefined : await hashPassword(DEMO_PASSWORD);
  await deps.db.transaction(async (tx) => {
    for (const { secret, metadata } of clientsOf(issuer)) {
      await saveClient(tx, {
        metadata,
        secretHash: secret === undefined ? null : hashClientSecret(secret),
      });
    }
    if (passwordHash === undefined || (await hasDemo(tx))) return;
    const ownerOf = await seedOwners(tx, deps);
    const accountOf = await seedAccounts(tx, ownerOf, passwordHash);
    const packVersion = packs.get('douyin')?.version ?? 1;
    for (const [primary, sub] of BINDINGS)
      await seedBinding(tx, packVersion, [accountOf(primary), accountOf(sub)]);
    await seedObstacles(tx, accountOf('linxiao-runs').id);
  });
  for (const { login, claims } of ACCOUNTS)
    if (claims !== undefined) await bringMaterial(deps, login, claims);
}

async function hasDemo(db: Db): Promise<boolean> {
  return (await findAccountByLogin(db, 'linxiao')) !== undefined;
}

/** Registers the owners in the normal way. Returns a function from demo key to owner id. */
async function seedOwners(tx: Tx, deps: OwnerDeps): Promise<(key: string) => OwnerId> {
  const ids = new Map<string, OwnerId>();
  const ownerOf = (key: string): OwnerId => {
    const id = ids.get(key);
    if (!id) throw new Error(`the demo world has no owner ${key}`);
    return id;
  };
  for (const { key, kind, number, name, legalRepresentative, verified } of OWNERS) {
    if (!verified) continue;
    const owner = demanded(await REGISTER[kind](tx, deps, { number, by: BY.by }));
    for (const [field, value] of Object.entries({
      number,
      name,
      legal_representative: legalRepresentative,
    })) {
      if (value !== undefined)
        demanded(await storeField(tx, deps, { owner, field: field as 'name', value, by: BY.by }));
    }
    demanded(await verifyOwner(tx, { owner, ...BY }));
    ids.set(key, owner);
  }
  for (const [parent, subsidiary] of AFFILIATIONS) {
    demanded(
      await verifyAffiliation(tx, {
        parent: ownerOf(parent),
        subsidiary: ownerOf(subsidiary),
        ...BY,
      }),
    );
  }
  return ownerOf;
}

interface SeededAccount {
  readonly id: AccountId;
  readonly owner: OwnerId | null;
  readonly kind: Kind;
}

/** Inserts the accounts and what they were verified on; finds them by their logins. */
async function seedAccounts(
  tx: Tx,
  ownerOf: (key: string) => OwnerId,
  passwordHash: string,
): Promise<(login: string) => SeededAccount> {
  const seeded = new Map<string, SeededAccount>();
  const accountOf = (login: string): SeededAccount => {
    const account = seeded.get(login);
    if (!account) throw new Error(`the demo world has no account ${login}`);
    return account;
  };
  for (const { login, name, kind, owner: key, qualification, roles = [] } of ACCOUNTS) {
    const account = { id: newId('acc'), kind, owner: key === null ? null : ownerOf(key) };
    await insertAccount(tx, {
      id: account.id,
      login,
      displayName: name,
      kind,
      ownerId: account.owner,
      qualification,
      roles,
      passwordHash,
    });
    if (qualification === 'verified') await seedEvidence(tx, account);
    seeded.set(login, account);
  }
  for (const { login, administrator } of ACCOUNTS)
    if (administrator)
      await saveAdministrator(tx, accountOf(login).id, accountOf(administrator).id);
  return accountOf;
}

/**
 * Adds the accepted evidence of a verified demo account: all that R3 requires for its kind, and the
 * consent for it.
 */
async function seedEvidence(tx: Tx, { id, owner, kind }: SeededAccount): Promise<void> {
  if (owner === null) throw new Error('a verified account of the demo world has no owner');
  for (const consent of new Set(REQUIRED[kind].map(([type]) => EVIDENCE[type].consent)))
    await insertConsent(tx, {
      account: id,
      consent,
      version: CONSENT_VERSIONS[consent],
      language: 'zh-CN',
      textHash: Buffer.from(CONSENT_TEXTS[consent]['zh-CN'], 'base64url'),
    });
  for (const [type] of REQUIRED[kind])
    await insertAcceptedEvidence(tx, { id: newId('evi'), accountId: id, ownerId: owner, type });
}

/** Adds a binding that exists when the demo starts. */
async function seedBinding(
  tx: Tx,
  packVersion: number,
  [primary, sub]: readonly [SeededAccount, SeededAccount],
): Promise<void> {
  if (primary.owner === null || sub.owner === null)
    throw new Error('a bound account of the demo world has no owner');
  const binding = {
    id: newId('bnd'),
    primaryId: primary.id,
    subId: sub.id,
    primaryOwnerId: primary.owner,
    subOwnerId: sub.owner,
    pack: 'douyin',
    packVersion,
    platform: LOCAL_PLATFORM,
    kind: primary.kind,
    sameOwnerMethod: primary.kind === 'personal' ? 'identity_document' : 'legal_entity',
  } as const;
  await insertBinding(tx, binding, { since: await readClock(tx), reached: null });
}

/** Adds a live broadcast and an unsettled order, which prevent unbinding (R25). */
async function seedObstacles(tx: Tx, account: AccountId): Promise<void> {
  const now = (await readClock(tx)).getTime();
  const startedAt = new Date(now - 3_600_000);
  await insertBroadcast(tx, { id: 'live-demo-1', account, startedAt });
  const openedAt = new Date(now - 3 * 86_400_000);
  await insertOrder(tx, { id: 'order-demo-1', account, openedAt });
}

/** Declares the account's owner and submits its papers, once. Later changes to them are kept. */
async function bringMaterial(
  deps: Omit<EvidenceDeps, 'provider' | 'policy'>,
  login: string,
  key: string,
): Promise<void> {
  const account = (await findCredentials(deps.db, login))?.account;
  const owner = OWNERS.find((each) => each.key === key);
  if (!account || !owner) throw new Error(`the demo world has no ${login} of ${key}`);
  const brought = (await findEvidenceOf(deps.db, account.id)).map(({ type }) => type);
  const papers = (await drawPapers()).filter(({ type }) => !brought.includes(type));
  if (papers.length === 0) return;
  if (!(await findClaim(deps.db, account.id))) {
    const consent = CONSENT_TO_DECLARE[account.kind];
    const given = {
      account: account.id,
      consent,
      version: CONSENT_VERSIONS[consent],
      language: 'zh-CN',
    } as const;
    demanded(await giveConsent(deps, given));
    demanded(await declareOwner(deps, { ...owner, account: account.id }));
  }
  for (const paper of papers)
    demanded(await submitForAccount(deps, { account: account.id, validUntil: null, ...paper }));
}

/** Unwraps a result: nothing in the demo's data may be refused. */
function demanded<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`the demo world was refused at ${result.refusal.site}`);
  return result.value;
}
