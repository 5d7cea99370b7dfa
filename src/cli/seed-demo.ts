import { hashPassword } from '../accounts/passwords.ts';
import type { OwnerId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import { hashClientSecret } from '../oidc/client-registry.ts';
import { verifyAffiliation } from '../owners/affiliation.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import { registerOrganisation, registerPerson } from '../owners/register-owner.ts';
import { verifyOwner } from '../owners/verify-owner.ts';
import type { Tx } from '../store/database.ts';
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
 * Peoples an empty database with the demo world; one that has it is left as it is, but for the clients, which follow the
 * issuer. All of it in one transaction: a start that is killed leaves nothing half made.
 */
export async function seedDemo(deps: OwnerDeps, issuer: string): Promise<void> {
  const passwordHash = (await hasDemo(deps.db)) ? undefined : await hashPassword(DEMO_PASSWORD);
  await deps.db.transaction(async (tx) => {
    for (const { secret, metadata } of clientsOf(issuer)) {
      await upsertClient(tx, metadata, secret === undefined ? null : hashClientSecret(secret));
    }
    if (passwordHash === undefined || (await hasDemo(tx))) return;
    const ownerOf = await seedOwners(tx, deps);
    for (const account of ACCOUNTS) {
      await insertAccount(tx, account, { owner: account.owner === null ? null : ownerOf(account.owner), passwordHash });
      if (account.qualification === 'verified') await insertAcceptedEvidence(tx, account);
    }
    for (const { login, administrator } of ACCOUNTS) if (administrator) await setAdministrator(tx, login, administrator);
    for (const binding of BINDINGS) await insertBinding(tx, binding);
    await insertObstacles(tx, 'linxiao-runs');
  });
}

/** Makes the owners as anybody's are made, and tells them by their keys. */
async function seedOwners(tx: Tx, deps: OwnerDeps): Promise<(key: string) => OwnerId> {
  const ids = new Map<string, OwnerId>();
  const ownerOf = (key: string): OwnerId => {
    const id = ids.get(key);
    if (!id) throw new Error(`the demo world has no owner ${key}`);
    return id;
  };
  for (const { key, kind, number, name, verified } of OWNERS) {
    const owner = demanded(await REGISTER[kind](tx, deps, { number, name, by: BY.by }));
    if (verified) demanded(await verifyOwner(tx, { owner, ...BY }));
    ids.set(key, owner);
  }
  for (const [parent, subsidiary] of AFFILIATIONS) {
    demanded(await verifyAffiliation(tx, { parent: ownerOf(parent), subsidiary: ownerOf(subsidiary), ...BY }));
  }
  return ownerOf;
}

/** The demo world is made so that nothing in it is refused. */
function demanded<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`the demo world was refused at ${result.refusal.site}`);
  return result.value;
}
