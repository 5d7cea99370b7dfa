import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { deleteOwner } from '../../src/evidence/claims/delete-owner.ts';
import type { OwnerId } from '../../src/kernel/ids.ts';
import type { KeyCustody } from '../../src/owners/custody.ts';
import { countKeys, findOwnerKey } from '../../src/owners/owner-keys.store.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { rewrapKeys } from '../../src/owners/rewrap-keys.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { addKeyedOwners } from '../support/keyed-owners.ts';
import { makeDeps, makePerson, personNumber, type TestDeps } from './people.ts';

const why = { by: 'acc_reviewer', purpose: 'review' } as const;
const MANY = 10_000;

async function makeWorld(count: number): Promise<TestDeps> {
  const deps = makeDeps((await freshDatabase()).db);
  await addKeyedOwners(deps, count);
  return deps;
}

async function allUnder(deps: TestDeps, keyId: string, count: number): Promise<void> {
  expect([...(await countKeys(deps.db))]).toStrictEqual([[keyId, count]]);
}

describe('re-wrapping keys', () => {
  test(`${MANY} owners can be read while their keys are re-wrapped`, async () => {
    const deps = await makeWorld(MANY);
    const people: OwnerId[] = [];
    for (let n = 0; n < 20; n += 1)
      people.push(await makePerson(deps, personNumber(n), `读者${n}`));
    deps.custody.addKey();
    let done = false;
    let reads = 0;
    const readers = Array.from({ length: 4 }, async (_, lane) => {
      for (let turn = lane; !done; turn += 1) {
        const n = turn % people.length;
        expect(
          await revealField(deps, { owner: people[n] as OwnerId, field: 'name', ...why }),
        ).toStrictEqual({ ok: true, value: `读者${n}` });
        reads += 1;
        await setTimeout(5); // a person at a page; a loop without rest would measure itself
      }
    });
    const outcome = await rewrapKeys(deps, { by: 'system' });
    done = true;
    await Promise.all(readers);
    expect(outcome).toStrictEqual({
      keyId: await deps.custody.currentKeyId(),
      rewrapped: MANY + people.length,
      unopened: [],
    });
    expect(reads).toBeGreaterThan(20);
    await allUnder(deps, outcome.keyId, MANY + people.length);
    deps.custody.keyring = { keys: deps.custody.keyring.keys.slice(1) };
    expect(
      await revealField(deps, { owner: people[0] as OwnerId, field: 'name', ...why }),
    ).toStrictEqual({ ok: true, value: '读者0' });
  });

  test('an interrupted re-wrap continues, and then has nothing to do', async () => {
    const deps = await makeWorld(2_400);
    deps.custody.addKey();
    const cut = await rewrapKeys(deps, { by: 'system', goOn: () => false });
    expect(cut.rewrapped).toBeGreaterThan(0);
    expect(cut.rewrapped).toBeLessThan(2_400);
    const rest = await rewrapKeys(deps, { by: 'system' });
    expect(cut.rewrapped + rest.rewrapped).toBe(2_400);
    await allUnder(deps, rest.keyId, 2_400);
    expect((await rewrapKeys(deps, { by: 'system' })).rewrapped).toBe(0);
  });

  test('two re-wraps at once replace each key once', async () => {
    const deps = await makeWorld(2_400);
    deps.custody.addKey();
    const both = await Promise.all([
      rewrapKeys(deps, { by: 'system' }),
      rewrapKeys(deps, { by: 'system' }),
    ]);
    expect(both[0].rewrapped + both[1].rewrapped).toBe(2_400);
    const versions = await deps.db.query<{ version: number }>(
      sql`select distinct version from owner_keys`,
    );
    expect(versions).toStrictEqual([{ version: 2 }]);
  });

  test('a re-wrap does not restore a key that was destroyed meanwhile', async () => {
    const deps = makeDeps((await freshDatabase()).db);
    const owner = await makePerson(deps, personNumber(1));
    const { custody } = deps;
    custody.addKey();
    const slow: KeyCustody = {
      currentKeyId: async () => await custody.currentKeyId(),
      wrap: async (key, context) => await custody.wrap(key, context),
      unwrap: async (key, context) => await custody.unwrap(key, context),
      rewrap: async (key, context) => {
        await deps.db.transaction(
          async (tx) => await deleteOwner(tx, { owner, by: 'acc_owner', because: 'asked' }),
        );
        return await custody.rewrap(key, context);
      },
    };
    expect((await rewrapKeys({ db: deps.db, custody: slow }, { by: 'system' })).rewrapped).toBe(0);
    expect(await findOwnerKey(deps.db, owner)).toBe(undefined);
  });

  test('a re-wrap skips and reports keys that it cannot open', async () => {
    const deps = await makeWorld(700);
    const owner = await makePerson(deps, personNumber(2));
    await deps.db.query(
      sql`update owner_keys set wrapped_key = ${Buffer.alloc(61, 1)} where owner_id = ${owner}`,
    );
    deps.custody.addKey();
    const { rewrapped, unopened } = await rewrapKeys(deps, { by: 'system' });
    expect({ rewrapped, unopened }).toStrictEqual({ rewrapped: 700, unopened: [owner] });
  });
});
