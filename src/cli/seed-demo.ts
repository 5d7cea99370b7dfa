import { findCredentials } from '../accounts/accounts.store.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { findClaim } from '../evidence/claims/claims.store.ts';
import { CONSENT_TO_DECLARE, CONSENT_VERSIONS } from '../evidence/consents/consent.ts';
import { giveConsent } from '../evidence/consents/give-consent.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { findEvidenceOf } from '../evidence/pieces/evidence.store.ts';
import { declareOwner } from '../evidence/submissions/declare-owner.ts';
import { submitForAccount } from '../evidence/submissions/submit-evidence.ts';
import type { OwnerId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import { hashClientSecret } from '../oidc/client-registry.ts';
import { verifyAffiliation } from '../owners/affiliation.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import { registerOrganisation, registerPerson } from '../owners/register-owner.ts';
import { storeField } from '../owners/store-field.ts';
import { verifyOwner } from '../owners/verify-owner.ts';
import type { Packs } from '../policy/registry.ts';
import type { Tx } from '../store/database.ts';
import { drawPapers } from './demo-papers.ts';
import { ACCOUNTS, AFFILIATIONS, BINDINGS, clientsOf, OWNERS } from './demo-world.ts';
import {
  hasDemo,
  insertAcceptedEvidence,
  insertAccount,
  insertBinding,
  insertObstacles,
  setAdministrator,
  upsertClient,
} from './seed-demo.store.ts';

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
      await upsertClient(tx, metadata, secret === undefined ? null : hashClientSecret(secret));
    }
    if (passwordHash === undefined || (await hasDemo(tx))) return;
    const ownerOf = await seedOwners(tx, deps);
    for (const account of ACCOUNTS) {
      await insertAccount(tx, account, {
        owner: account.owner === null ? null : ownerOf(account.owner),
        passwordHash,
      });
      if (account.qualification === 'verified') await insertAcceptedEvidence(tx, account);
    }
    for (const { login, administrator } of ACCOUNTS)
      if (administrator) await setAdministrator(tx, login, administrator);
    for (const binding of BINDINGS)
      await insertBinding(tx, packs.get('douyin')?.version ?? 1, binding);
    await insertObstacles(tx, 'linxiao-runs');
  });
  for (const { login, claims } of ACCOUNTS)
    if (claims !== undefined) await bringMaterial(deps, login, claims);
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
