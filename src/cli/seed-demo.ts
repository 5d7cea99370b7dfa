import { hashPassword } from '../accounts/passwords.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { hashClientSecret } from '../oidc/client-registry.ts';
import type { Database } from '../store/database.ts';
import { ACCOUNTS, AFFILIATIONS, BINDINGS, clientsOf, type DemoOwner, OWNERS } from './demo-world.ts';
import {
  hasDemo,
  insertAccount,
  insertAffiliation,
  insertBinding,
  insertObstacles,
  insertOwner,
  setAdministrator,
  upsertClient,
} from './seed-demo.store.ts';

const DEMO_PASSWORD = 'Bindery-demo-2026';

/**
 * Peoples an empty database with the demo world; one that has it is left as it is, but for the clients, which follow the
 * issuer. All of it in one transaction: a start that is killed leaves nothing half made.
 */
export async function seedDemo(db: Database, secrets: InstallationSecret, issuer: string): Promise<void> {
  const passwordHash = (await hasDemo(db)) ? undefined : await hashPassword(DEMO_PASSWORD);
  await db.transaction(async (tx) => {
    for (const { secret, metadata } of clientsOf(issuer)) {
      await upsertClient(tx, metadata, secret === undefined ? null : hashClientSecret(secret));
    }
    if (passwordHash === undefined || (await hasDemo(tx))) return;
    for (const owner of OWNERS) await insertOwner(tx, owner, indexOf(secrets, owner));
    for (const [parent, subsidiary] of AFFILIATIONS) await insertAffiliation(tx, parent, subsidiary);
    for (const account of ACCOUNTS) await insertAccount(tx, account, passwordHash);
    for (const { login, administrator } of ACCOUNTS) if (administrator) await setAdministrator(tx, login, administrator);
    for (const binding of BINDINGS) await insertBinding(tx, binding);
    await insertObstacles(tx, 'linxiao-runs');
  });
}

/** Demo owners have no document; their index is over a made-up name, under the key that real ones are under. */
function indexOf(secrets: InstallationSecret, owner: DemoOwner): Buffer {
  return secrets.hash('identity-index', `demo:${owner.key}`);
}
