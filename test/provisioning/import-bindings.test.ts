import { describe, expect, test } from '@jest/globals';
import type { AccountStatus, Kind } from '../../src/accounts/account.ts';
import type { BindingRow } from '../../src/binding/bindings.store.ts';
import { secondsToNextUnconfirmed } from '../../src/binding/taken-bindings.store.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { confirmImported, suspendUnconfirmed } from '../../src/provisioning/confirm-binding.ts';
import {
  type ExistingBinding,
  parseExistingBinding,
} from '../../src/provisioning/existing-binding.ts';
import { exportBindings } from '../../src/provisioning/export-bindings.ts';
import { importBinding } from '../../src/provisioning/import-binding.ts';
import { bindingsFrom, undoImported } from '../../src/provisioning/undo-import.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const packs = new Map(await loadPacks());
const douyin = packs.get('douyin');
if (!douyin) throw new Error('there is no pack douyin');
packs.set('unasked', { ...douyin, id: 'unasked', import: { confirmDays: 0 } });
packs.set('far', { ...douyin, id: 'far', platforms: { of: ['far'], across: false } });
const { db, deps } = await makeBindingFixture({ packs });
const BY = { actor: 'system', origin: 'import' } as const;
const SINCE = '2024-05-01T08:00:00Z';

const row = (primary: string, sub: string, more: object = {}) => ({
  primary,
  sub,
  pack: 'douyin',
  since: SINCE,
  origin: 'old-system',
  ...more,
});

async function bring(value: object, { dryRun = false } = {}): Promise<string> {
  const read = parseExistingBinding(value, 'local');
  if (!read.ok) return saidOf(read.refusal);
  const taken = await importBinding(deps, { existing: read.value, dryRun }, BY);
  return taken.ok ? taken.value : saidOf(taken.refusal);
}

const saidOf = ({ code, detail }: { code: string; detail?: Readonly<Record<string, unknown>> }) =>
  [code, detail?.field ?? detail?.because].filter(Boolean).join(' ');

async function pair(kind: Kind = 'personal'): Promise<[AccountId, AccountId, OwnerId]> {
  const owner = await makeOwner(db, kind === 'personal' ? 'person' : 'organisation');
  return [await makeAccount(db, owner, kind), await makeAccount(db, owner, kind), owner];
}

async function bindingOf(sub: AccountId): Promise<BindingRow> {
  const [found] = await db.query<BindingRow>(
    sql`select *, bindery_now() as now from bindings where sub_id = ${sub} order by imported_at desc limit 1`,
  );
  if (!found) throw new Error('nothing is bound');
  return found;
}

const set = async (id: AccountId, status: AccountStatus) =>
  await db.transaction((tx) => changeStatus(tx, id, status, BY));

const told = async (id: AccountId) =>
  (await findNotices(db, id)).map(({ what, reason }) => `${what} ${reason}`);

describe('a binding that exists already', () => {
  test('it is taken over with its origin, age and grade, and both are told [R50]', async () => {
    const [primary, sub] = await pair();
    const value = row(primary, sub, { pack: 'kuaishou', grade: 2, holds: ['sub'] });
    expect(await bring(value, { dryRun: true })).toBe('bound');
    await expect(bindingOf(sub)).rejects.toThrow('nothing is bound');
    expect(await bring(value)).toBe('bound');
    const bound = await bindingOf(sub);
    const since = new Date(SINCE);
    expect(bound).toMatchObject({
      primary_id: primary,
      origin: 'old-system',
      since,
      reached: [since, since],
      over_limit: false,
      state: 'suspended',
      suspended_by: ['sub'],
      same_owner_method: 'identity_document',
    });
    expect(bound.same_owner_checked_at).toStrictEqual(bound.imported_at);
    const days = (Number(bound.confirm_by) - Number(bound.imported_at)) / 86_400_000;
    expect(days).toBe(30);
    for (const side of [primary, sub])
      expect(await told(side)).toStrictEqual(['binding.imported imported_to_confirm']);
    const events = await db.query<{ type: string }>(
      sql`select type from events where stream = ${bound.id} order by seq`,
    );
    expect(events.map(({ type }) => type.split(':').at(-1))).toStrictEqual([
      'binding-established',
      'binding-suspended',
    ]);
    const audit = await db.query(
      sql`select actor, detail from audit_log where action = 'binding.bound' and subject = ${bound.id}`,
    );
    expect(audit).toStrictEqual([
      { actor: 'system', detail: { origin: 'import', madeAt: 'old-system', overLimit: false } },
    ]);
    expect(await bring(value)).toBe('unchanged');
  });

  test('each refusal says why [R50, R1]', async () => {
    const [primary, sub, owner] = await pair();
    const [stranger, other] = await pair();
    const unverified = await makeAccount(db, owner);
    await db.query(sql`update accounts set qualification = 'none' where id = ${unverified}`);
    const nobodys = await makeAccount(db, null);
    const closed = await makeAccount(db, owner);
    await set(closed, 'closed');
    expect(await bring(row(stranger, other))).toBe('bound');
    const refused: readonly [object, string][] = [
      [row(primary, other), 'already_bound sub_has_a_primary'],
      [row(primary, stranger), 'not_eligible sub_is_a_primary'],
      [row(other, primary), 'not_eligible primary_is_a_sub'],
      [row(primary, primary), 'not_eligible same_account'],
      [row(stranger, sub), 'different_owner'],
      [row(primary, unverified), 'not_verified'],
      [row(primary, nobodys), 'not_verified'],
      [row(primary, closed), 'account_closed'],
      [row(primary, sub, { pack: 'far' }), 'not_eligible other_platform'],
      [row(primary, 'nobody'), 'unknown_account sub'],
      [row('nobody', sub), 'unknown_account primary'],
      [row(primary, sub, { pack: 'nothing' }), 'unknown_pack pack'],
      [row(primary, sub, { grade: 1 }), 'unknown_grade grade'],
      [row(primary, sub, { pack: 'kuaishou', grade: 9 }), 'unknown_grade grade'],
      [row(primary, sub, { since: '2999-01-01T00:00:00Z' }), 'since_ahead since'],
      [row(primary, sub, { since: 'yesterday' }), 'invalid_field since'],
      [row(primary, sub, { origin: 'Old System' }), 'invalid_field origin'],
      [row(primary, sub, { holds: ['platform'] }), 'invalid_field holds'],
      [row(primary, sub, { colour: 'red' }), 'unknown_field'],
      [{ primary, sub }, 'missing_field pack'],
      [[], 'unreadable_row'],
    ];
    for (const [value, said] of refused)
      expect([said, await bring(value)]).toStrictEqual([said, said]);
    await expect(bindingOf(sub)).rejects.toThrow('nothing is bound');
  });

  test('a stranger’s sub is refused as such, whoever is asked for [R1]', async () => {
    const [primary] = await pair();
    const [, sub] = await pair();
    expect(await bring(row(primary, sub))).toBe('different_owner');
    const parent = await makeOwner(db, 'organisation');
    const child = await makeOwner(db, 'organisation');
    const affiliates = [
      await makeAccount(db, parent, 'enterprise'),
      await makeAccount(db, child, 'enterprise'),
    ] as const;
    expect(await bring(row(...affiliates))).toBe('different_owner');
    await db.query(
      sql`insert into owner_affiliations (parent_id, subsidiary_id, verified_at) values (${parent}, ${child}, now())`,
    );
    expect(await bring(row(...affiliates))).toBe('bound');
    expect((await bindingOf(affiliates[1])).same_owner_method).toBe('affiliate');
  });

  test('more than the limit are kept and marked; new ones wait for a slot [R50, R2]', async () => {
    const [primary, , owner] = await pair();
    const said: string[] = [];
    for (let n = 0; n < 5; n += 1)
      said.push(await bring(row(primary, await makeAccount(db, owner))));
    expect(said).toStrictEqual(['bound', 'bound', 'bound', 'over_limit', 'over_limit']);
    const marked = await db.query(
      sql`select over_limit from bindings where primary_id = ${primary} order by imported_at`,
    );
    expect(marked.filter((each) => (each as { over_limit: boolean }).over_limit).length).toBe(2);
  });

  test('a frozen account’s binding is suspended until it is reopened [R50, R47]', async () => {
    const [primary, sub] = await pair();
    await set(sub, 'frozen');
    expect(await bring(row(primary, sub))).toBe('bound');
    expect((await bindingOf(sub)).suspended_by).toStrictEqual(['platform']);
    await set(sub, 'normal');
    expect((await bindingOf(sub)).state).toBe('active');
  });

  test('two imports of one row at once bind once', async () => {
    const [primary, sub] = await pair();
    const both = await Promise.all([bring(row(primary, sub)), bring(row(primary, sub))]);
    expect(both.sort()).toStrictEqual(['bound', 'unchanged']);
  });

  test('an export is what an import takes', async () => {
    const [primary, sub] = await pair();
    const platform = `exported-${primary
      .slice(-6)
      .toLowerCase()
      .replaceAll(/[^a-z]/g, 'x')}`;
    await db.query(
      sql`update accounts set platform = ${platform}, external_id = id where id = any(${[primary, sub]}::text[])`,
    );
    const at = (externalId: string) => ({ platform, externalId });
    const value = {
      ...row(primary, sub, { pack: 'kuaishou', grade: 3, holds: ['primary'] }),
      primary: at(primary),
      sub: at(sub),
    };
    expect(await bring(value)).toBe('bound');
    const exported: object[] = [];
    for await (const page of exportBindings(deps, { platform }, BY)) exported.push(...page);
    const [only] = JSON.parse(JSON.stringify(exported)) as [ExistingBinding];
    expect(only).toStrictEqual({ ...value, since: '2024-05-01T08:00:00.000Z' });
    expect(await bring(only)).toBe('unchanged');
  });
});

describe('an import that is undone', () => {
  test('its live bindings end, and those of other origins stay [R50]', async () => {
    const [primary, sub, owner] = await pair();
    const other = await makeAccount(db, owner);
    await bring(row(primary, sub, { origin: 'mistake' }));
    await bring(row(primary, other));
    const from = { platform: 'local', origin: 'mistake' };
    const undo = async () => {
      const ended: boolean[] = [];
      for await (const id of bindingsFrom(deps, from)) ended.push(await undoImported(db, id, BY));
      return ended;
    };
    const { id } = await bindingOf(sub);
    expect(await undo()).toStrictEqual([true]);
    expect(await undo()).toStrictEqual([]);
    expect(await undoImported(db, id, BY)).toBe(false);
    expect([(await bindingOf(sub)).state, (await bindingOf(other)).state]).toStrictEqual([
      'history',
      'active',
    ]);
    expect((await told(sub))[0]).toBe('binding.ended import_undone');
  });
});

describe('the owners’ confirmation', () => {
  const confirm = async (bindingId: string, by: AccountId) => {
    const confirmed = await confirmImported(deps, { bindingId, by });
    return confirmed.ok ? 'ok' : confirmed.refusal.code;
  };

  test('one side confirms, and nothing more is asked [R50]', async () => {
    const [primary, sub] = await pair();
    const [stranger] = await pair();
    await bring(row(primary, sub));
    const { id } = await bindingOf(sub);
    expect(await confirm(id, stranger)).toBe('unknown_binding');
    expect(await secondsToNextUnconfirmed(db)).toBeLessThanOrEqual(30 * 86_400);
    expect(await confirm(id, sub)).toBe('ok');
    expect(await confirm(id, primary)).toBe('nothing_to_confirm');
    await advanceClock(db, 'P31D');
    await suspendUnconfirmed(deps);
    expect((await bindingOf(sub)).state).toBe('active');
  });

  test('what nobody confirms in time is suspended until somebody does [R50]', async () => {
    const [primary, sub] = await pair();
    await bring(row(primary, sub));
    const { id } = await bindingOf(sub);
    await advanceClock(db, 'P29D');
    await suspendUnconfirmed(deps);
    expect((await bindingOf(sub)).state).toBe('active');
    await advanceClock(db, 'P1D');
    await Promise.all([suspendUnconfirmed(deps), suspendUnconfirmed(deps)]);
    expect((await bindingOf(sub)).suspended_by).toStrictEqual(['confirmation']);
    expect(await suspendUnconfirmed(deps)).toBe(0);
    // A platform that reopens an account does not confirm for its owner.
    await set(sub, 'frozen');
    await set(sub, 'normal');
    expect((await bindingOf(sub)).suspended_by).toStrictEqual(['confirmation']);
    expect(await confirm(id, primary)).toBe('ok');
    expect((await bindingOf(sub)).state).toBe('active');
    expect((await told(sub)).filter((each) => /confirmed/.test(each))).toStrictEqual([
      'binding.resumed confirmed',
      'binding.suspended not_confirmed',
    ]);
  });

  test('a pack may ask for no confirmation', async () => {
    const [primary, sub] = await pair();
    await bring(row(primary, sub, { pack: 'unasked' }));
    const { id, confirm_by } = await bindingOf(sub);
    expect(confirm_by).toBe(null);
    expect(await confirm(id, primary)).toBe('nothing_to_confirm');
    expect(await told(primary)).toStrictEqual(['binding.imported imported']);
  });
});
