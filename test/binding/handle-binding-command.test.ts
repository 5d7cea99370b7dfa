import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { BindingCommand, BindingEvent } from '../../src/binding/binding.ts';
import { findBinding, lockBinding } from '../../src/binding/bindings.store.ts';
import {
  bindAccounts,
  handleBindingCommand,
  RECORDS,
} from '../../src/binding/handle-binding-command.ts';
import { assignStatus } from '../../src/binding/status.store.ts';
import { type BindingId, newId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';

const fixture = await makeBindingFixture();
const { db } = fixture;

const now = new Date();
const free = { unsettledOrders: 0, live: false, accountStatus: 'normal' } as const;

/** For each event: the commands before it; the last one causes it. */
const COMMANDS = {
  bound: [],
  suspended: [{ type: 'suspend', by: 'primary' }],
  resumed: [
    { type: 'suspend', by: 'sub' },
    { type: 'resume', by: 'sub' },
  ],
  grade_raised: [{ type: 'raise', by: 'primary', to: 2, grades: 3, now }],
  grade_lowered: [
    { type: 'raise', by: 'primary', to: 3, grades: 3, now },
    { type: 'lower', by: 'primary', to: 1 },
  ],
  moved: [{ type: 'move', grades: 3, gained: {}, now }],
  unbound: [{ type: 'unbind', by: 'sub', now, facts: free, asked: [] }],
  revoked: [{ type: 'revoke', because: 'evidence', now }],
  purged: [
    { type: 'unbind', by: 'sub', now, facts: free, asked: [] },
    { type: 'purge', now, historyDays: 0 },
  ],
} as const satisfies Record<BindingEvent['type'], readonly BindingCommand[]>;

/** The version, and the details in the outbox event and the audit row. */
// biome-ignore format: a table is read by its columns
const WRITTEN = {
  bound:         { version: 1, status: 0, data: {},                                   detail: {} },
  suspended:     { version: 2, status: 2, data: { by: 'primary', state: 'suspended' }, detail: { by: 'primary', state: 'suspended' } },
  resumed:       { version: 3, status: 0, data: { by: 'sub', state: 'active' },        detail: { by: 'sub', state: 'active' } },
  grade_raised:  { version: 2, status: 0, data: { grade: 2, state: 'active' },         detail: { from: 1, to: 2 } },
  grade_lowered: { version: 3, status: 0, data: { grade: 1, state: 'active' },         detail: { from: 3, to: 1 } },
  moved:         { version: 2, status: 0, data: { state: 'active' },                   detail: {} },
  unbound:       { version: 2, status: 3, data: { by: 'sub' },                         detail: { by: 'sub' } },
  revoked:       { version: 2, status: 3, data: { by: 'evidence', state: 'history' },  detail: { by: 'evidence', state: 'history' } },
  purged:        { version: 3, status: 1, data: null,                                  detail: {} },
} as const satisfies Record<BindingEvent['type'], object>;

async function makeBinding(): Promise<BindingId> {
  const id = newId('bnd');
  const [primaryId, subId] = await fixture.pair();
  const [row] = await db.query<{ owner: never }>(
    sql`select owner_id as owner from accounts where id = ${primaryId}`,
  );
  assert.ok(row);
  await db.transaction(async (tx) => {
    await bindAccounts(
      tx,
      {
        id,
        primaryId,
        subId,
        primaryOwnerId: row.owner,
        subOwnerId: row.owner,
        pack: 'weibo',
        packVersion: 1,
        platform: 'local',
        kind: 'personal',
        sameOwnerMethod: 'identity_document',
      },
      { type: 'bind', now, graded: true },
      { actor: null, detail: { mark: 'caller' } },
    );
    await assignStatus(tx, id, 'demo-rp', 0);
  });
  return id;
}

async function handle(id: BindingId, command: BindingCommand) {
  return await db.transaction(async (tx) => {
    const row = await lockBinding(tx, id);
    assert.ok(row);
    return await handleBindingCommand(tx, row, command, {
      actor: 'somebody',
      detail: { mark: 'caller' },
    });
  });
}

const auditOf = async (id: BindingId) =>
  await db.query<{ action: string; actor: string | null; detail: object }>(
    sql`select action, actor, detail from audit_log where subject = ${id} order by seq`,
  );
const eventsOf = async (id: BindingId) =>
  await db.query<{ type: string; data: object }>(
    sql`select type, data from events where stream = ${id} order by seq`,
  );

describe('a command on a binding', () => {
  for (const type of Object.keys(COMMANDS) as BindingEvent['type'][]) {
    test(`a command writes state, status, audit row and event: ${type}`, async () => {
      const id = await makeBinding();
      for (const command of COMMANDS[type])
        expect([command.type, (await handle(id, command)).ok]).toStrictEqual([command.type, true]);
      const { version, status, data, detail } = WRITTEN[type];

      const audit = await auditOf(id);
      expect(audit.length).toBe(COMMANDS[type].length + 1);
      expect(audit.at(-1)).toStrictEqual({
        action: RECORDS[type].action,
        actor: type === 'bound' ? null : 'somebody',
        detail: { ...detail, mark: 'caller' },
      });

      const event = (await eventsOf(id)).find(
        (each) => 'version' in each.data && each.data.version === version,
      );
      if (data === null) expect(event).toBe(undefined);
      else
        expect(event).toStrictEqual({
          type: RECORDS[type].event,
          data: { binding: id, version, ...data },
        });

      expect((await findBinding(db, id))?.version).toBe(version);
      const [entry] = await db.query<{ status: number }>(
        sql`select status from status_entries where binding_id = ${id}`,
      );
      expect(entry?.status).toBe(status);
    });
  }

  test('a refused command writes nothing', async () => {
    const id = await makeBinding();
    const before = [await findBinding(db, id), await auditOf(id), await eventsOf(id)];
    const refused = [
      { type: 'bind', now, graded: true },
      { type: 'resume', by: 'primary' },
      { type: 'raise', by: 'sub', to: 2, grades: 3, now },
      { type: 'lower', by: 'primary', to: 1 },
      { type: 'unbind', by: 'sub', now, facts: { ...free, live: true }, asked: ['not_live'] },
      { type: 'purge', now, historyDays: 90 },
    ] as const satisfies readonly BindingCommand[];
    for (const command of refused)
      expect([command.type, (await handle(id, command)).ok]).toStrictEqual([command.type, false]);
    const after = [await findBinding(db, id), await auditOf(id), await eventsOf(id)];
    const timeless = (each: unknown) =>
      JSON.stringify(each, (key, value) => (key === 'now' ? 0 : value));
    expect(timeless(after)).toBe(timeless(before));
  });
});
