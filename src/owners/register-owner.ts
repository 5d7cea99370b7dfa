import { randomBytes } from 'node:crypto';
import { appendAudit } from '../audit/audit-log.store.ts';
import { newId, type OwnerId } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { type Identity, identityIndex, parseIdentity } from './blind-index.ts';
import type { OwnerDeps } from './deps.ts';
import type { NumberRefusal } from './document-number.ts';
import { findOrInsertOwner } from './owners.store.ts';

export interface Registration {
  /** The document number as typed. */
  readonly number: unknown;
  /** Account id, or 'system'. */
  readonly by: string;
}

type Keys = Pick<OwnerDeps, 'secrets' | 'custody'>;

/**
 * Finds or makes the owner with this resident ID number (R1). See {@link registerOwner} for what it
 * proves.
 */
export async function registerPerson(
  tx: Tx,
  deps: Keys,
  { number, by }: Registration,
): Promise<Result<OwnerId, NumberRefusal>> {
  const identity = parseIdentity('person', number);
  return identity.ok
    ? ok(await registerOwner(tx, deps, { identity: identity.value, by }))
    : identity;
}

/** Finds or makes the owner with this unified social credit code (R1). */
export async function registerOrganisation(
  tx: Tx,
  deps: Keys,
  { number, by }: Registration,
): Promise<Result<OwnerId, NumberRefusal>> {
  const identity = parseIdentity('organisation', number);
  return identity.ok
    ? ok(await registerOwner(tx, deps, { identity: identity.value, by }))
    : identity;
}

/**
 * A claim proves nothing. The owner is not verified by it, and no account gets the owner before
 * evidence is accepted. Of a new owner only the index is stored; a known one is not changed. So
 * somebody else's number costs the same answer, statements and cryptography as a new number.
 */
export async function registerOwner(
  tx: Tx,
  { secrets, custody }: Keys,
  { identity, by }: { readonly identity: Identity; readonly by: string },
): Promise<OwnerId> {
  const id = newId('own');
  const dataKey = randomBytes(32);
  try {
    const key = await custody.wrap(dataKey, id);
    const owner = await findOrInsertOwner(tx, {
      id,
      kind: identity.kind,
      index: identityIndex(secrets, identity),
      key,
    });
    await appendAudit(tx, { action: 'owner.claimed', subject: owner, actor: by });
    return owner;
  } finally {
    dataKey.fill(0);
  }
}
