import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { newId, type OwnerId } from '../../src/kernel/ids.ts';
import type { KeyCustody } from '../../src/owners/custody.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { openBytes, sealBytes } from '../../src/owners/seal-bytes.ts';
import { storeField } from '../../src/owners/store-field.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeDeps, makePerson, personNumber } from './people.ts';

const { db } = await freshDatabase();
const deps = makeDeps(db);
const why = { by: 'acc_reviewer', purpose: 'review' } as const;
const place = { table: 'documents', row: 'doc_1', column: 'content' };

const trail = async (owner: OwnerId) =>
  await db.query<{ action: string; actor: string; detail: Record<string, unknown> }>(sql`
    select action, actor, detail from audit_log where subject = ${owner} and action in ('owner.opened', 'owner.not_opened') order by seq`);

describe('opening a sealed field', () => {
  test('an opened field is audited with who, what and why, without its value', async () => {
    const owner = await makePerson(deps, personNumber(1), '林晓');
    expect(await revealField(deps, { owner, field: 'name', ...why })).toStrictEqual({
      ok: true,
      value: '林晓',
    });
    expect(await trail(owner)).toStrictEqual([
      {
        action: 'owner.opened',
        actor: 'acc_reviewer',
        detail: { table: 'owner_fields', row: owner, column: 'name', purpose: 'review' },
      },
    ]);
  });

  test('a field is not opened when the audit row cannot be written', async () => {
    const owner = await makePerson(deps, personNumber(2));
    await db.query(
      sql`alter table audit_log add constraint no_more check (action <> 'owner.opened') not valid`,
    );
    try {
      await expect(revealField(deps, { owner, field: 'name', ...why })).rejects.toThrow(/no_more/);
    } finally {
      await db.query(sql`alter table audit_log drop constraint no_more`);
    }
  });

  test('a field is not opened while the custody is down', async () => {
    const owner = await makePerson(deps, personNumber(3), '陈伟');
    const { custody } = deps;
    const down: KeyCustody = {
      currentKeyId: async () => await custody.currentKeyId(),
      wrap: async (key, context) => await custody.wrap(key, context),
      rewrap: async (key, context) => await custody.rewrap(key, context),
      unwrap: async () => {
        throw new Error('custody is down');
      },
    };
    await expect(
      revealField({ db, custody: down }, { owner, field: 'name', ...why }),
    ).rejects.toThrow(/custody is down/);
    expect(await trail(owner)).toStrictEqual([]);
    expect(await revealField(deps, { owner, field: 'name', ...why })).toStrictEqual({
      ok: true,
      value: '陈伟',
    });
  });

  test('a value moved to another owner or column does not open, and is audited', async () => {
    const [a, b] = [
      await makePerson(deps, personNumber(4), '甲'),
      await makePerson(deps, personNumber(5), '乙'),
    ];
    await db.query(sql`
      update owner_fields set ciphertext = (select ciphertext from owner_fields where owner_id = ${a} and name = 'name')
       where owner_id = ${b} and name = 'name'`);
    await db.query(sql`
      update owner_fields set ciphertext = (select ciphertext from owner_fields where owner_id = ${a} and name = 'number')
       where owner_id = ${a} and name = 'name'`);
    for (const owner of [a, b]) {
      const opened = await revealField(deps, { owner, field: 'name', ...why });
      expect(!opened.ok && opened.refusal.code).toBe('not_authentic');
      expect((await trail(owner)).map(({ action }) => action)).toStrictEqual(['owner.not_opened']);
    }
  });

  test('a wrapped key moved from another owner does not open', async () => {
    const [a, b] = [
      await makePerson(deps, personNumber(6)),
      await makePerson(deps, personNumber(7)),
    ];
    await db.query(sql`
      update owner_keys set wrapped_key = (select wrapped_key from owner_keys where owner_id = ${a}) where owner_id = ${b}`);
    const opened = await revealField(deps, { owner: b, field: 'name', ...why });
    expect(!opened.ok && opened.refusal.code).toBe('key_unavailable');
  });

  test('an unknown field or owner is refused', async () => {
    const owner = await makePerson(deps, personNumber(8));
    const nobody = newId('own');
    const opened = await revealField(deps, { owner, field: 'phone', ...why });
    expect(!opened.ok && opened.refusal.code).toBe('no_field');
    const sealed = await sealBytes(db, deps, { owner: nobody, place, bytes: Buffer.from('x') });
    expect(!sealed.ok && sealed.refusal.code).toBe('no_key');
  });
});

describe('storing what evidence proves', () => {
  test('a stored field replaces the old value', async () => {
    const owner = await makePerson(deps, personNumber(9), '旧名');
    for (const value of ['新名', '更新的名']) {
      const kept = await db.transaction(
        async (tx) => await storeField(tx, deps, { owner, field: 'name', value, by: 'acc_1' }),
      );
      expect(kept.ok).toBe(true);
      expect(await revealField(deps, { owner, field: 'name', ...why })).toStrictEqual({
        ok: true,
        value,
      });
    }
  });

  test('a document opens only in its place', async () => {
    const owner = await makePerson(deps, personNumber(10));
    const bytes = Buffer.alloc(2_000_000, 'scan');
    const sealed = await sealBytes(db, deps, { owner, place, bytes });
    assert.ok(sealed.ok);
    expect(await openBytes(deps, { owner, place, sealed: sealed.value, ...why })).toStrictEqual({
      ok: true,
      value: bytes,
    });
    const elsewhere = await openBytes(deps, {
      owner,
      place: { ...place, row: 'doc_2' },
      sealed: sealed.value,
      ...why,
    });
    expect(!elsewhere.ok && elsewhere.refusal.code).toBe('not_authentic');
  });
});
