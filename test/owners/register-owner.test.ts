import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { findFieldNames } from '../../src/owners/owner-fields.store.ts';
import { lockOwners } from '../../src/owners/owners.store.ts';
import { registerOrganisation, registerPerson } from '../../src/owners/register-owner.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { verifyOwner, withdrawVerification } from '../../src/owners/verify-owner.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { dumpOf, isIn } from './dump.ts';
import { makeDeps, makePerson, organisationNumber, personNumber } from './people.ts';

const { db } = await freshDatabase({ max: 20 });
const deps = makeDeps(db);
const why = { by: 'acc_reviewer', purpose: 'review' } as const;

const countOwners = async () =>
  (await db.query<{ n: number }>(sql`select count(*)::int as n from owners`))[0]?.n ?? -1;

describe('registering an owner', () => {
  test('one number in any spelling finds one owner [R1]', async () => {
    const owner = await makePerson(deps, personNumber(1));
    expect(
      await makePerson(
        deps,
        ` ${personNumber(1).slice(0, 6)} ${personNumber(1).slice(6).toLowerCase()}`,
      ),
    ).toBe(owner);
    expect(await makePerson(deps, personNumber(2))).not.toBe(owner);
  });

  test('twenty registrations at once make one owner with one data key [R1]', async () => {
    const before = await countOwners();
    const found = await Promise.all(
      Array.from({ length: 20 }, () => makePerson(deps, personNumber(3), '同一人')),
    );
    expect(new Set(found).size).toBe(1);
    expect((await countOwners()) - before).toBe(1);
    const [owner] = found;
    assert.ok(owner);
    expect(await revealField(deps, { owner, field: 'name', ...why })).toStrictEqual({
      ok: true,
      value: '同一人',
    });
    expect(await revealField(deps, { owner, field: 'number', ...why })).toStrictEqual({
      ok: true,
      value: personNumber(3),
    });
  });

  test('only accepted evidence verifies a registered owner [R1, R5]', async () => {
    const owner = await makePerson(deps, personNumber(4));
    const verifiedBy = async () =>
      await db.transaction(async (tx) => (await lockOwners(tx, [owner])).get(owner)?.verifiedBy);
    expect(await verifiedBy()).toBe(null);
    await db.transaction(
      async (tx) => await verifyOwner(tx, { owner, by: 'acc_r', evidence: 'evi_1' }),
    );
    expect(await verifiedBy()).toBe('identity_document');
    await db.transaction(
      async (tx) => await withdrawVerification(tx, { owner, by: 'acc_r', because: 'found_false' }),
    );
    expect(await verifiedBy()).toBe(null);
  });

  test('a known number gets the answer and statements of a new one', async () => {
    const owner = await makePerson(deps, personNumber(5), '真名');
    await db.transaction(
      async (tx) => await verifyOwner(tx, { owner, by: 'acc_r', evidence: 'evi_1' }),
    );
    const attempt = async (number: string) => {
      const count = { statements: 0 };
      const answer = await db.counting(count, async () =>
        db.transaction(async (tx) => await registerPerson(tx, deps, { number, by: 'acc_thief' })),
      );
      assert.ok(answer.ok);
      return {
        statements: count.statements,
        shape: Object.keys(answer),
        value: answer.value.replace(/_.*/, '_'),
      };
    };
    expect(await attempt(personNumber(5))).toStrictEqual(await attempt(personNumber(6)));
    expect(await revealField(deps, { owner, field: 'name', ...why })).toStrictEqual({
      ok: true,
      value: '真名',
    });
    const [row] = await db.query<{ verified: boolean }>(
      sql`select verified_at is not null as verified from owners where id = ${owner}`,
    );
    expect(row?.verified).toBe(true);
  });

  test('a wrong number is refused before anything is written [R1]', async () => {
    const before = await countOwners();
    // biome-ignore format: a table is read by its columns
    const table = [
      [registerPerson,       '999999199603120027',                     'wrong_check_digit'],
      [registerPerson,       organisationNumber(1),                    'malformed_number'],
      [registerOrganisation, personNumber(7),                          'wrong_check_digit'],
      [registerOrganisation, `${organisationNumber(1).slice(0, 17)}I`, 'malformed_number'],
    ] as const;
    for (const [register, number, code] of table) {
      const answer = await db.transaction(
        async (tx) => await register(tx, deps, { number, by: 'acc_1' }),
      );
      expect(!answer.ok && answer.refusal.code).toBe(code);
    }
    expect(await countOwners()).toBe(before);
  });

  test('a stolen database holds neither number nor name, in any encoding tried', async () => {
    const owner = await makePerson(deps, personNumber(8), '金丝雀·本名');
    const dump = await dumpOf(db);
    // the dump has the owner
    expect(isIn(dump, owner)).toBe(true);
    for (const secret of [personNumber(8), '金丝雀·本名']) expect(isIn(dump, secret)).toBe(false);
    expect((await findFieldNames(db, owner)).map(({ name }) => name)).toStrictEqual([
      'name',
      'number',
    ]);
  });
});
