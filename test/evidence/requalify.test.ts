import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { insertBinding } from '../../src/binding/bindings.store.ts';
import { suspendBinding } from '../../src/binding/suspend-binding.ts';
import { endAffiliation } from '../../src/evidence/pieces/end-affiliation.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import {
  expireEvidence,
  refuteEvidence,
  withdrawEvidence,
} from '../../src/evidence/submissions/invalidate-evidence.ts';
import { type AccountId, type BindingId, newId, type OwnerId } from '../../src/kernel/ids.ts';
import { verifyAffiliation } from '../../src/owners/affiliation.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeEvidenceFixture } from '../fixtures/evidence.ts';
import { makeApplicant, makeClaimedOwner, proveAll, proveOne } from '../support/evidence.ts';

const { deps } = await makeEvidenceFixture();
const { db } = deps;
const qualificationOf = async (account: AccountId) =>
  (await findAccount(db, account))?.qualification;

async function stateOf(id: BindingId): Promise<string> {
  const [row] = await db.query<{ state: string; suspended_by: string[] }>(
    sql`select state, suspended_by from bindings where id = ${id}`,
  );
  return [row?.state, ...(row?.suspended_by ?? [])].join(' ');
}

async function bind(
  primary: AccountId,
  sub: AccountId,
  owner: OwnerId,
  subOwner = owner,
): Promise<BindingId> {
  const id = newId('bnd');
  await db.transaction((tx) =>
    insertBinding(
      tx,
      {
        id,
        primaryId: primary,
        subId: sub,
        primaryOwnerId: owner,
        subOwnerId: subOwner,
        pack: 'douyin',
        packVersion: 1,
        platform: 'local',
        kind: 'personal',
        sameOwnerMethod: owner === subOwner ? 'identity_document' : 'affiliate',
      },
      { since: new Date(), reached: null },
    ),
  );
  return id;
}

interface Bound {
  readonly owner: OwnerId;
  readonly primary: AccountId;
  readonly sub: AccountId;
  readonly binding: BindingId;
  /** The sub's evidence: id_front, id_back, face_match. */
  readonly evidence: readonly string[];
}

/** Two accounts of one person, both proven, and bound. */
async function makeBound(validUntil: Date | null = null): Promise<Bound> {
  const owner = await makeClaimedOwner(db);
  const [primary, sub] = [await makeApplicant(db), await makeApplicant(db)];
  await proveAll(db, { account: primary, owner });
  const evidence = await proveAll(db, { account: sub, owner, validUntil });
  return { owner, primary, sub, binding: await bind(primary, sub, owner), evidence };
}

const faceOf = ({ evidence }: Bound) => String(evidence[2]);
const told = async (account: AccountId) =>
  (await findNotices(db, account)).map(({ what, reason }) => `${what}: ${reason}`);

describe('an account qualifies by its evidence', () => {
  for (const [kind, ownerKind] of [
    ['personal', 'person'],
    ['enterprise', 'organisation'],
    ['special_industry', 'organisation'],
  ] as const) {
    test(`${kind} becomes verified with its last piece, and so does its owner [R3]`, async () => {
      const [account, owner] = [
        await makeApplicant(db, kind),
        await makeClaimedOwner(db, ownerKind),
      ];
      expect(await qualificationOf(account)).toBe('none');
      await proveAll(db, { account, owner, kind });
      const found = await findAccount(db, account);
      expect([found?.qualification, found?.ownerId]).toStrictEqual(['verified', owner]);
      const [row] = await db.query<{ verified_by: string }>(
        sql`select verified_by from owners where id = ${owner}`,
      );
      expect(row?.verified_by).toBe(ownerKind === 'person' ? 'identity_document' : 'legal_entity');
    });
  }

  test('three pieces accepted at the same moment qualify the account [R3]', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [account, owner] = [await makeApplicant(db), await makeClaimedOwner(db)];
      const types: readonly EvidenceType[] = ['id_front', 'id_back', 'person_check'];
      await Promise.all(types.map((type) => proveOne(db, { account, owner, type })));
      expect([`round ${round}`, await qualificationOf(account)]).toStrictEqual([
        `round ${round}`,
        'verified',
      ]);
    }
  });

  test('evidence for another claimed owner does not change a proven account [R1]', async () => {
    const { sub } = await makeBound();
    const stranger = await makeClaimedOwner(db);
    await proveAll(db, { account: sub, owner: stranger });
    const [row] = await db.query<{ verified_at: Date | null }>(
      sql`select verified_at from owners where id = ${stranger}`,
    );
    expect([(await findAccount(db, sub))?.ownerId === stranger, row?.verified_at]).toStrictEqual([
      false,
      null,
    ]);
  });
});

describe('the effect of invalid evidence', () => {
  test('withdrawn evidence suspends the binding and tells both sides [R5]', async () => {
    const bound = await makeBound();
    expect((await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub })).ok).toBe(
      true,
    );
    expect(await qualificationOf(bound.sub)).toBe('none');
    expect(await stateOf(bound.binding)).toBe('suspended evidence');
    expect((await told(bound.sub)).slice(0, 2)).toStrictEqual([
      'binding.suspended: withdrawn',
      'evidence.withdrawn: null',
    ]);
    expect((await told(bound.primary))[0]).toStrictEqual(
      'binding.suspended: evidence_of_the_other_side',
    );
  });

  test('new evidence resumes the binding, unless its owner holds it [R5]', async () => {
    for (const held of [false, true]) {
      const bound = await makeBound();
      await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
      if (held) await suspendBinding({ db }, { bindingId: bound.binding, by: bound.primary });
      await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
      expect(await stateOf(bound.binding)).toBe(held ? 'suspended primary' : 'active');
      expect((await told(bound.sub))[0]).toBe('binding.resumed: proven_again');
    }
  });

  test('with gaps on both sides the binding resumes after both close [R5]', async () => {
    const bound = await makeBound();
    const [, , face] = await allOf(bound.primary);
    await withdrawEvidence(deps, { evidenceId: String(face?.id), by: bound.primary });
    await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'face_match' });
    expect(await stateOf(bound.binding)).toBe('suspended evidence');
    await proveOne(db, { account: bound.primary, owner: bound.owner, type: 'face_match' });
    expect(await stateOf(bound.binding)).toBe('active');
  });

  test('another piece of the same step keeps the binding, with a notice [R5]', async () => {
    const bound = await makeBound();
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
    await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
    expect(await stateOf(bound.binding)).toBe('active');
    expect((await told(bound.sub))[0]).toBe('binding.kept: withdrawn');
  });

  test('false evidence ends the binding, whatever else is accepted [R5]', async () => {
    const bound = await makeBound();
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
    expect(
      (
        await refuteEvidence(deps, {
          evidenceId: faceOf(bound),
          by: bound.primary,
          because: 'forged',
        })
      ).ok,
    ).toBe(true);
    expect(await stateOf(bound.binding)).toBe('history');
    expect((await told(bound.sub)).slice(0, 2)).toStrictEqual([
      'binding.ended: found_false',
      'evidence.rejected: found_false',
    ]);
  });

  test('expired evidence ends the qualification at once; the job suspends bindings [R5]', async () => {
    const bound = await makeBound(new Date(Date.now() + 3_600_000));
    expect(await qualificationOf(bound.sub)).toBe('verified');
    expect(await expireEvidence(deps)).toBe(0);
    await advanceClock(db, 'PT61M');
    expect(await qualificationOf(bound.sub)).toBe('none');
    expect(await stateOf(bound.binding)).toBe('active');
    expect(await expireEvidence(deps)).toBe(3);
    expect(await stateOf(bound.binding)).toBe('suspended evidence');
    expect(await told(bound.sub)).toContain('binding.suspended: expired');
    expect((await findEvidence(db, faceOf(bound)))?.evidence.state).toBe('expired');
    await advanceClock(db, 'PT-61M');
  });

  test('an account cannot withdraw another’s piece, or see that it exists [R5]', async () => {
    const bound = await makeBound();
    for (const evidenceId of [faceOf(bound), 'evi_none']) {
      const refused = await withdrawEvidence(deps, { evidenceId, by: bound.primary });
      expect(!refused.ok && refused.refusal.code).toBe('unknown_evidence');
    }
    expect(await stateOf(bound.binding)).toBe('active');
  });
});

test('a subsidiary that leaves its parent ends their bindings, once [R1, R5]', async () => {
  const [parent, subsidiary] = [
    await makeClaimedOwner(db, 'organisation'),
    await makeClaimedOwner(db, 'organisation'),
  ];
  const [primary, sub] = [
    await makeApplicant(db, 'enterprise'),
    await makeApplicant(db, 'enterprise'),
  ];
  await proveAll(db, { account: primary, owner: parent, kind: 'enterprise' });
  await proveAll(db, { account: sub, owner: subsidiary, kind: 'enterprise' });
  const tie = { parent, subsidiary, by: 'system' } as const;
  expect(
    (await db.transaction((tx) => verifyAffiliation(tx, { ...tie, evidence: 'evi_test' }))).ok,
  ).toBe(true);
  const binding = await bind(primary, sub, parent, subsidiary);
  const end = async () => await endAffiliation({ db }, { ...tie, because: 'sold' });
  expect(await end()).toStrictEqual({ ok: true, value: { ended: 1 } });
  expect(await stateOf(binding)).toBe('history');
  for (const account of [primary, sub])
    expect((await told(account))[0]).toBe('binding.ended: affiliation_ended');
  expect((await end()).ok).toBe(false);
});

async function allOf(account: AccountId): Promise<{ id: string; account: AccountId }[]> {
  return await db.query(
    sql`select id, account_id as account from evidence where account_id = ${account} and state = 'accepted'`,
  );
}
