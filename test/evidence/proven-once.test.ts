import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { insertBinding } from '../../src/binding/bindings.store.ts';
import { forgetOwner } from '../../src/evidence/own-data/forget-owner.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { declareOwner } from '../../src/evidence/submissions/declare-owner.ts';
import {
  expireEvidence,
  refuteEvidence,
  withdrawEvidence,
} from '../../src/evidence/submissions/invalidate-evidence.ts';
import { viewVerification } from '../../src/evidence/submissions/view-verification.ts';
import { type AccountId, type EvidenceId, newId, type OwnerId } from '../../src/kernel/ids.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  submit,
} from '../fixtures/evidence.ts';
import { makeApplicant, makeClaimedOwner, proveAll, proveOne } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const { db } = deps;

const PASSWORD = 'Bindery-test-2026';
const hashed = await hashPassword(PASSWORD);

const stateOf = async (account: AccountId) => {
  const found = await findAccount(db, account);
  return [found?.qualification, found?.ownerId === null ? 'nobody' : 'owned'].join(' ');
};
const told = async (account: AccountId) =>
  (await findNotices(db, account)).map(({ what, reason }) => `${what}: ${reason}`);

async function provenPerson(number: string, name = '测试 本人'): Promise<Claimant> {
  const who = await makeClaimant(deps, { number, name });
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    await submit(fixture, who, type);
  await askAll(fixture);
  return who;
}

async function bind(primary: AccountId, sub: AccountId, owner: OwnerId): Promise<string> {
  const id = newId('bnd');
  await db.transaction((tx) =>
    insertBinding(
      tx,
      {
        id,
        primaryId: primary,
        subId: sub,
        primaryOwnerId: owner,
        subOwnerId: owner,
        pack: 'douyin',
        packVersion: 1,
        platform: 'local',
        kind: 'enterprise',
        sameOwnerMethod: 'legal_entity',
      },
      { since: new Date(), reached: null },
    ),
  );
  return id;
}

const bindingStates = async (ids: readonly string[]) => {
  const rows = await db.query<{ state: string }>(
    sql`select state from bindings where id = any(${ids}::text[])`,
  );
  return [...new Set(rows.map(({ state }) => state))];
};

describe('a further account of a proven person', () => {
  test('is verified by a face alone, and shows where the rest came from [R44]', async () => {
    const number = freshNumber('personal');
    const first = await provenPerson(number);
    const second = await makeClaimant(deps, { number });
    await submit(fixture, second, 'face_match');
    expect(await stateOf(second.account)).toBe('none nobody');
    const before = await viewVerification(deps, second);
    expect(before.groups.map(({ elsewhere }) => elsewhere)).toStrictEqual([false, false, false]);
    await askAll(fixture);
    expect(await stateOf(second.account)).toBe('verified owned');
    expect((await findAccount(db, second.account))?.ownerId).toBe(first.owner);
    const { groups, qualification } = await viewVerification(deps, second);
    expect(qualification).toBe('verified');
    expect(groups.map(({ elsewhere }) => elsewhere)).toStrictEqual([true, true, false]);
  });

  test('a face of somebody else proves nothing, and tells nothing [R44]', async () => {
    const number = freshNumber('personal');
    await provenPerson(number);
    const shown = async (claimed: string) => {
      const thief = await makeClaimant(deps, { number: claimed, name: '冒名 不符' });
      const count = { statements: 0 };
      await db.counting(count, async () => await submit(fixture, thief, 'face_match'));
      await askAll(fixture);
      const { claim: _, consents, ...view } = await viewVerification(deps, thief);
      const groups = view.groups.map(({ pieces, ...group }) => ({
        ...group,
        pieces: pieces.map(({ state }) => state),
      }));
      const seen = { ...view, groups, consents: consents.length };
      return { ...count, seen, state: await stateOf(thief.account) };
    };
    const known = await shown(number);
    expect(known.state).toBe('none nobody');
    expect(known).toStrictEqual(await shown(freshNumber('personal')));
  });

  test('does not replace what the owner has proven [R44]', async () => {
    const number = freshNumber('personal');
    const first = await provenPerson(number, '真名 本人');
    const second = await makeClaimant(deps, { number, name: '别名 本人' });
    await submit(fixture, second, 'face_match');
    await askAll(fixture);
    expect(await stateOf(second.account)).toBe('verified owned');
    const name = await revealField(deps, {
      owner: first.owner,
      field: 'name',
      by: 'acc_reviewer',
      purpose: 'review',
    });
    expect(name).toStrictEqual({ ok: true, value: '真名 本人' });
  });

  test('deletes the whole owner as any of its accounts may', async () => {
    const number = freshNumber('personal');
    const first = await provenPerson(number);
    const second = await makeClaimant(deps, { number });
    await submit(fixture, second, 'face_match');
    await askAll(fixture);
    await db.query(sql`update accounts set password_hash = ${hashed} where id = ${second.account}`);
    const forgotten = await forgetOwner(deps, { account: second.account, password: PASSWORD });
    expect(forgotten.ok).toBe(true);
    expect([await stateOf(first.account), await stateOf(second.account)]).toStrictEqual([
      'none nobody',
      'none nobody',
    ]);
  });
});

describe('a further account of a proven company', () => {
  const company = async (number: string) => {
    const who = await makeClaimant(deps, { kind: 'enterprise', number });
    const { account, owner } = who;
    for (const type of ['business_licence', 'bank_micro_deposit'] as const)
      await proveOne(db, { account, owner, type });
    expect(await stateOf(account)).toBe('verified owned');
    return who;
  };

  test('gets the deposit on the account that is proven, not on its own [R44]', async () => {
    const number = freshNumber('enterprise');
    await company(number);
    const bankAccount = '6222777766660000'; // the sandbox bank bounces some; this one is unknown to the owner
    const second = await makeClaimant(deps, { kind: 'enterprise', number, bankAccount });
    const asked: unknown[] = [];
    const provider = {
      ask: async (question: unknown) => {
        asked.push(question);
        return 'pending' as const;
      },
    };
    const id = await submit(fixture, second, 'bank_micro_deposit');
    const { submitPendingEvidence } = await import(
      '../../src/evidence/submissions/submit-pending-evidence.ts'
    );
    await submitPendingEvidence({ ...deps, provider } as typeof deps, () => {});
    expect(asked.map((each) => (each as { bankAccount: string }).bankAccount)).toStrictEqual([
      '6222000012345678',
    ]);
    await withdrawEvidence(deps, { evidenceId: id, by: second.account });
  });

  test('40 accounts rest on one licence: when it falls, all are told [R5, R44]', async () => {
    for (const [because, wanted] of [
      ['withdrawn', 'suspended'],
      ['found_false', 'history'],
    ] as const) {
      const owner = await makeClaimedOwner(db, 'organisation');
      const first = await makeApplicant(db, 'enterprise');
      const [licence] = await proveAll(db, { account: first, owner, kind: 'enterprise' });
      const others: AccountId[] = [];
      for (let nth = 1; nth < 40; nth += 1) {
        const account = await makeApplicant(db, 'enterprise');
        await proveOne(db, { account, owner, type: 'bank_micro_deposit' });
        others.push(account);
      }
      expect(new Set(await Promise.all(others.map(stateOf)))).toStrictEqual(
        new Set(['verified owned']),
      );
      const bindings: string[] = [];
      for (let at = 0; at < 38; at += 2)
        bindings.push(await bind(others[at] as AccountId, others[at + 1] as AccountId, owner));
      const fell = { evidenceId: String(licence), by: first };
      await (because === 'withdrawn'
        ? withdrawEvidence(deps, fell)
        : refuteEvidence(deps, { ...fell, because: 'forged' }));
      expect(new Set(await Promise.all(others.map(stateOf)))).toStrictEqual(
        new Set(['none owned']),
      );
      expect(await bindingStates(bindings)).toStrictEqual([wanted]);
      for (const account of others) {
        expect(await told(account)).toContain(`account.lapsed: ${because}`);
      }
      await proveOne(db, { account: first, owner, type: 'business_licence' });
      if (because === 'found_false') continue; // the one who lied has to begin anew
      expect(new Set(await Promise.all(others.map(stateOf)))).toStrictEqual(
        new Set(['verified owned']),
      );
      expect(await bindingStates(bindings)).toStrictEqual(['active']);
    }
  });

  test('a licence that runs out ends the qualification of all at that moment [R5]', async () => {
    const owner = await makeClaimedOwner(db, 'organisation');
    const [first, second] = [
      await makeApplicant(db, 'enterprise'),
      await makeApplicant(db, 'enterprise'),
    ];
    const validUntil = new Date(Date.now() + 86_400_000);
    await proveAll(db, { account: first, owner, kind: 'enterprise', validUntil });
    await proveOne(db, { account: second, owner, type: 'bank_micro_deposit' });
    expect(await stateOf(second)).toBe('verified owned');
    const binding = await bind(first, second, owner);
    await advanceClock(db, 'PT25H');
    expect(await stateOf(second)).toBe('none owned');
    await expireEvidence(deps);
    expect(await bindingStates([binding])).toStrictEqual(['suspended']);
    await advanceClock(db, 'PT-25H');
  });
});

test('an individual in a special industry proves permit and signing, too [R4]', async () => {
  const number = freshNumber('personal');
  const account = (await makeClaimant(deps, { kind: 'special_industry' })).account;
  const declared = await declareOwner(deps, { account, as: 'person', name: '测试 医生', number });
  expect(declared.ok).toBe(true);
  const { track, groups } = await viewVerification(deps, { account });
  expect([track, groups.length]).toStrictEqual(['practitioner', 5]);
  const front: EvidenceId = await submit(fixture, { account }, 'id_front');
  await expect(submit(fixture, { account }, 'three_in_one_licence')).rejects.toThrow(
    'not_asked_for',
  );
  await withdrawEvidence(deps, { evidenceId: front, by: account });
  const owner = (
    await db.query<{ owner: OwnerId }>(
      sql`select owner_id as owner from account_claims where account_id = ${account}`,
    )
  )[0]?.owner as OwnerId;
  const steps = ['id_front', 'id_back', 'face_match', 'industry_permit'] as const;
  for (const type of steps) await proveOne(db, { account, owner, type });
  expect(await stateOf(account)).toBe('none nobody');
  await proveOne(db, { account, owner, type: 'in_person_signing' });
  expect(await stateOf(account)).toBe('verified owned');
  const further = await makeClaimant(deps, { number });
  await submit(fixture, further, 'face_match');
  await askAll(fixture);
  expect(await stateOf(further.account)).toBe('verified owned');
});
