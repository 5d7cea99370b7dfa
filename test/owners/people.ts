import { randomBytes } from 'node:crypto';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import type { OwnerDeps } from '../../src/owners/deps.ts';
import { registerOrganisation, registerPerson } from '../../src/owners/register-owner.ts';
import { residentIdCheckDigit } from '../../src/owners/resident-id.ts';
import { usccCheckDigit } from '../../src/owners/uscc.ts';
import { verifyOwner } from '../../src/owners/verify-owner.ts';
import type { Database } from '../../src/store/database.ts';
import { makeCustody } from '../support/custody.ts';

/** The deps of this room over `db`, with secrets and a keyring of the test's own. */
export function makeDeps(db: Database) {
  return { db, secrets: new InstallationSecret(randomBytes(32)), custody: makeCustody() };
}

export type TestDeps = ReturnType<typeof makeDeps>;

/** The `n`th made-up person; no region 999999 exists, so the number is nobody's. */
export function personNumber(n: number): string {
  const first17 = `99999919${String(60 + (n % 40))}0${(n % 9) + 1}${String(10 + (n % 18))}${String(Math.floor(n / 7) % 1000).padStart(3, '0')}`;
  return first17 + residentIdCheckDigit(first17);
}

export function organisationNumber(n: number): string {
  const first17 = `91999999${String(n).padStart(9, '0')}`;
  return first17 + usccCheckDigit(first17);
}

export async function makePerson({ db, ...deps }: OwnerDeps, number = personNumber(1), name = '测试人'): Promise<OwnerId> {
  const made = await db.transaction(async (tx) => await registerPerson(tx, deps, { number, name, by: 'acc_test' }));
  if (!made.ok) throw new Error(made.refusal.site);
  return made.value;
}

export async function makeVerifiedOrganisation({ db, ...deps }: OwnerDeps, n: number): Promise<OwnerId> {
  return await db.transaction(async (tx) => {
    const made = await registerOrganisation(tx, deps, { number: organisationNumber(n), name: `公司${n}`, by: 'acc_test' });
    if (!made.ok) throw new Error(made.refusal.site);
    await verifyOwner(tx, { owner: made.value, by: 'acc_test', evidence: 'evi_test' });
    return made.value;
  });
}
