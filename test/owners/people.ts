import { randomBytes } from 'node:crypto';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import type { OwnerDeps } from '../../src/owners/deps.ts';
import { residentIdCheckDigit, usccCheckDigit } from '../../src/owners/document-number.ts';
import { registerOrganisation, registerPerson } from '../../src/owners/register-owner.ts';
import { storeField } from '../../src/owners/store-field.ts';
import { verifyOwner } from '../../src/owners/verify-owner.ts';
import type { Database, Tx } from '../../src/store/database.ts';
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

export async function makePerson(
  { db, ...deps }: OwnerDeps,
  number = personNumber(1),
  name = '测试人',
): Promise<OwnerId> {
  return await db.transaction(async (tx) => {
    const made = await registerPerson(tx, deps, { number, by: 'acc_test' });
    if (!made.ok) throw new Error(made.refusal.site);
    await know(tx, deps, { owner: made.value, number, name });
    return made.value;
  });
}

export async function makeVerifiedOrganisation(
  { db, ...deps }: OwnerDeps,
  n: number,
): Promise<OwnerId> {
  return await db.transaction(async (tx) => {
    const number = organisationNumber(n);
    const made = await registerOrganisation(tx, deps, { number, by: 'acc_test' });
    if (!made.ok) throw new Error(made.refusal.site);
    await know(tx, deps, { owner: made.value, number, name: `公司${n}` });
    await verifyOwner(tx, { owner: made.value, by: 'acc_test', evidence: 'evi_test' });
    return made.value;
  });
}

/** What accepted evidence leaves of an owner. */
async function know(
  tx: Tx,
  deps: Pick<OwnerDeps, 'custody'>,
  { owner, ...fields }: { owner: OwnerId; number: string; name: string },
): Promise<void> {
  for (const field of ['number', 'name'] as const) {
    const stored = await storeField(tx, deps, {
      owner,
      field,
      value: fields[field],
      by: 'acc_test',
    });
    if (!stored.ok) throw new Error(stored.refusal.site);
  }
}
