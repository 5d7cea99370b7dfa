import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { deleteOwner } from '../../src/evidence/claims/delete-owner.ts';
import { newId, type OwnerId } from '../../src/kernel/ids.ts';
import { identityIndex } from '../../src/owners/blind-index.ts';
import type { ResidentId } from '../../src/owners/document-number.ts';
import { placeOfField } from '../../src/owners/fields.ts';
import { findField } from '../../src/owners/owner-fields.store.ts';
import { findOwnerKey } from '../../src/owners/owner-keys.store.ts';
import { lockOwners } from '../../src/owners/owners.store.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { rewrapKeys } from '../../src/owners/rewrap-keys.ts';
import { openBytes } from '../../src/owners/seal-bytes.ts';
import { open } from '../../src/owners/sealed.ts';
import { storeField } from '../../src/owners/store-field.ts';
import { verifyOwner } from '../../src/owners/verify-owner.ts';
import { insertDecision } from '../../src/policy/decisions.store.ts';
import type { Facts } from '../../src/policy/facts.ts';
import { sql } from '../../src/store/sql.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { makeDeps, makePerson, personNumber } from '../owners/people.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount } from '../support/people.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const why = { by: 'acc_owner', purpose: 'own_data' } as const;

const forget = async (owner: OwnerId) => {
  const answer = await db.transaction(
    async (tx) => await deleteOwner(tx, { owner, by: 'acc_owner', because: 'asked' }),
  );
  return answer.ok ? 'deleted' : answer.refusal.code;
};

async function makeBinding(owner: OwnerId): Promise<void> {
  const [primary, sub] = [await makeAccount(db, owner), await makeAccount(db, owner)];
  await db.query(sql`
    insert into bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id, pack, pack_version, kind, state, same_owner_method, same_owner_checked_at)
    values (${newId('bnd')}, ${primary}, ${sub}, ${owner}, ${owner}, 'douyin', 1, 'personal', 'suspended', 'identity_document', now())`);
}

describe('deleting an owner', () => {
  test('after deletion nothing can open the ciphertext, even with the keyring', async () => {
    const owner = await makePerson(deps, personNumber(1));
    await makePerson(deps, personNumber(7));
    const left = await findField(db, owner, 'number');
    assert.ok(left);
    expect(await forget(owner)).toBe('deleted');

    const refused = await openBytes(deps, {
      owner,
      place: placeOfField(owner, 'number'),
      sealed: left,
      ...why,
    });
    expect(!refused.ok && refused.refusal.code).toBe('no_key');
    const dump = await dumpOf(db);
    const wrapped = [...dump.matchAll(/\\x([0-9a-f]{122})\b/g)].map(([, hex]) =>
      Buffer.from(hex ?? '', 'hex'),
    );
    // the dump has somebody else’s key
    expect(wrapped.length).toBeGreaterThan(0);
    for (const { id: keyId, key } of deps.custody.keyring.keys) {
      expect(open(key, placeOfField(owner, 'number'), left).ok).toBe(false);
      for (const each of wrapped)
        expect((await deps.custody.unwrap({ keyId, wrapped: each }, owner)).ok).toBe(false);
    }
  });

  test('deletion removes index, name, number and devices, in decisions too', async () => {
    const number = personNumber(2);
    const owner = await makePerson(deps, number, '被忘者');
    const index = identityIndex(deps.secrets, { kind: 'person', number: number as ResidentId });
    await db.query(
      sql`insert into known_devices (owner_id, device_hash, label) values (${owner}, ${Buffer.alloc(32, 0xd7)}, 'Chrome')`,
    );
    await db.transaction(async (tx) => {
      const known = (await lockOwners(tx, [owner])).get(owner) ?? null;
      expect(known?.identityIndex).toBe(index.toString('base64url'));
      const facts = {
        owners: { primary: known, sub: known, affiliationVerifiedAt: null },
      } as unknown as Facts;
      const decision = { pack: 'douyin', packVersion: 1, verdict: 'allow', hooks: [] } as const;
      await insertDecision(tx, {
        id: newId('dec'),
        request: newId('brq'),
        decision,
        facts,
        timings: {},
      });
    });
    // the index is in the database while the owner is
    expect(isIn(await dumpOf(db), index)).toBe(true);
    expect(await forget(owner)).toBe('deleted');
    const dump = await dumpOf(db);
    // the id stays
    expect(isIn(dump, owner)).toBe(true);
    for (const secret of [index, number, '被忘者', Buffer.alloc(32, 0xd7)])
      expect(isIn(dump, secret)).toBe(false);
  });

  test('a deleted owner is not found, and its number makes a new owner [R1]', async () => {
    const owner = await makePerson(deps, personNumber(3));
    await db.transaction(
      async (tx) => await verifyOwner(tx, { owner, by: 'acc_r', evidence: 'evi_1' }),
    );
    expect(await forget(owner)).toBe('deleted');
    expect((await db.transaction(async (tx) => await lockOwners(tx, [owner]))).size).toBe(0);
    expect(await makePerson(deps, personNumber(3))).not.toBe(owner);
    expect(await forget(owner)).toBe('unknown_owner');
    for (const answer of [
      await db.transaction(
        async (tx) => await verifyOwner(tx, { owner, by: 'acc_r', evidence: 'evi_2' }),
      ),
      await db.transaction(
        async (tx) =>
          await storeField(tx, deps, { owner, field: 'name', value: '又来', by: 'acc_r' }),
      ),
      await revealField(deps, { owner, field: 'name', ...why }),
    ]) {
      expect(answer.ok).toBe(false);
    }
  });

  test('deletion is refused while the owner has bindings', async () => {
    const owner = await makePerson(deps, personNumber(4));
    await makeBinding(owner);
    expect(await forget(owner)).toBe('still_bound');
    await db.query(sql`update bindings set state = 'history' where primary_owner_id = ${owner}`);
    expect(await forget(owner)).toBe('deleted');
  });

  test('of two deletions at once one succeeds', async () => {
    const owner = await makePerson(deps, personNumber(5));
    expect((await Promise.all([forget(owner), forget(owner)])).toSorted()).toStrictEqual([
      'deleted',
      'unknown_owner',
    ]);
  });

  test('a backup opens until the key of its time is retired, and never after', async () => {
    const owner = await makePerson(deps, personNumber(6));
    const backup = await findOwnerKey(db, owner);
    assert.ok(backup);
    await forget(owner);
    expect((await deps.custody.unwrap(backup, owner)).ok).toBe(true);
    deps.custody.addKey();
    await rewrapKeys(deps, { by: 'system' });
    deps.custody.keyring = {
      keys: deps.custody.keyring.keys.filter(({ id }) => id !== backup.keyId),
    };
    const opened = await deps.custody.unwrap(backup, owner);
    expect(!opened.ok && opened.refusal.code).toBe('unknown_key');
  });
});
