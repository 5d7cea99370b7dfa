import { randomBytes } from 'node:crypto';
import { record } from '../journal/record.store.ts';
import { newId, type OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { type Identity, identityIndex } from './blind-index.ts';
import type { OwnerDeps } from './deps.ts';
import { type FieldName, placeOfField } from './fields.ts';
import { findOrInsertOwner } from './owners.store.ts';
import { parseResidentId } from './resident-id.ts';
import { seal } from './sealed.ts';
import { parseUscc } from './uscc.ts';
import type { NumberRefusal } from './written-number.ts';

export interface Claim {
  /** The document number as typed. */
  readonly number: unknown;
  readonly name: unknown;
  /** Account id, or 'system'. */
  readonly by: string;
}

export type ClaimRefusal = NumberRefusal | 'malformed_name';

type Keys = Pick<OwnerDeps, 'secrets' | 'custody'>;

const LONGEST_NAME = 120;

/** The owner with this resident ID number, found or made (R1). See {@link register} for what it does not say. */
export async function registerPerson(tx: Tx, deps: Keys, claim: Claim): Promise<Result<OwnerId, ClaimRefusal>> {
  const number = parseResidentId(claim.number);
  return number.ok ? await register(tx, deps, { kind: 'person', number: number.value }, claim) : number;
}

/** The owner with this unified social credit code, found or made (R1). */
export async function registerOrganisation(tx: Tx, deps: Keys, claim: Claim): Promise<Result<OwnerId, ClaimRefusal>> {
  const number = parseUscc(claim.number);
  return number.ok ? await register(tx, deps, { kind: 'organisation', number: number.value }, claim) : number;
}

/**
 * A claim proves nothing: the owner is not verified by it, nothing known of an owner is changed by it, and no account
 * may be given to the owner before evidence is accepted. So whoever types somebody else's number gets the answer, the
 * statements and the cryptography that a new number gets.
 */
async function register(
  tx: Tx,
  { secrets, custody }: Keys,
  identity: Identity,
  { name: typed, by }: Claim,
): Promise<Result<OwnerId, ClaimRefusal>> {
  const name = typeof typed === 'string' ? typed.normalize('NFC').trim() : '';
  if (name === '' || name.length > LONGEST_NAME) return refuse('malformed_name', 'OWN-5A0');
  const id = newId('own');
  const dataKey = randomBytes(32);
  const sealed = (field: FieldName, value: string) => ({
    name: field,
    ciphertext: seal(dataKey, placeOfField(id, field), Buffer.from(value)),
  });
  try {
    const owner = await findOrInsertOwner(tx, {
      id,
      kind: identity.kind,
      index: identityIndex(secrets, identity),
      key: await custody.wrap(dataKey, id),
      fields: [sealed('number', identity.number), sealed('name', name)],
    });
    await record(tx, { action: 'owner.claimed', subject: owner, actor: by });
    return ok(owner);
  } finally {
    dataKey.fill(0);
  }
}
