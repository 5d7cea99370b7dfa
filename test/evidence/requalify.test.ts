import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
import { makeApplicant, makeClaimedOwner, proveAll, proveOne } from '../support/evidence.ts';
import { makeStand } from './stand.ts';

const { deps } = await makeStand();
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
      assert.equal(await qualificationOf(account), 'none');
      await proveAll(db, { account, owner, kind });
      const found = await findAccount(db, account);
      assert.deepEqual([found?.qualification, found?.ownerId], ['verified', owner]);
      const [row] = await db.query<{ verified_by: string }>(
        sql`select verified_by from owners where id = ${owner}`,
      );
      assert.equal(row?.verified_by, ownerKind === 'person' ? 'identity_document' : 'legal_entity');
    });
  }

  test('three pieces accepted at the same moment qualify the account [R3]', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [account, owner] = [await makeApplicant(db), await makeClaimedOwner(db)];
      const types: readonly EvidenceType[] = ['id_front', 'id_back', 'person_check'];
      await Promise.all(types.map((type) => proveOne(db, { account, owner, type })));
      assert.equal(await qualificationOf(account), 'verified', `round ${round}`);
    }
  });

  test('evidence for another claimed owner does not change a proven account [R1]', async () => {
    const { sub } = await makeBound();
    const stranger = await makeClaimedOwner(db);
    await proveAll(db, { account: sub, owner: stranger });
    const [row] = await db.query<{ verified_at: Date | null }>(
      sql`select verified_at from owners where id = ${stranger}`,
    );
    assert.deepEqual(
      [(await findAccount(db, sub))?.ownerId === stranger, row?.verified_at],
      [false, null],
    );
  });
});

describe('the effect of invalid evidence', () => {
  test('withdrawn evidence suspends the binding and tells both sides [R5]', async () => {
    const bound = await makeBound();
    assert.ok((await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub })).ok);
    assert.equal(await qualificationOf(bound.sub), 'none');
    assert.equal(await stateOf(bound.binding), 'suspended evidence');
    assert.deepEqual((await told(bound.sub)).slice(0, 2), [
      'binding.suspended: withdrawn',
      'evidence.withdrawn: null',
    ]);
    assert.deepEqual(
      (await told(bound.primary))[0],
      'binding.suspended: evidence_of_the_other_side',
    );
  });

  test('new evidence resumes the binding, unless its owner holds it [R5]', async () => {
    for (const held of [false, true]) {
      const bound = await makeBound();
      await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
      if (held) await suspendBinding({ db }, { bindingId: bound.binding, by: bound.primary });
      await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
      assert.equal(await stateOf(bound.binding), held ? 'suspended primary' : 'active');
      assert.equal((await told(bound.sub))[0], 'binding.resumed: proven_again');
    }
  });

  test('with gaps on both sides the binding resumes after both close [R5]', async () => {
    const bound = await makeBound();
    const front = await proveOne(db, {
      account: bound.primary,
      owner: bound.owner,
      type: 'person_check',
    });
    for (const { id, account } of await allOf(bound.primary))
      if (id !== front) await withdrawEvidence(deps, { evidenceId: id, by: account });
    await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'face_match' });
    assert.equal(await stateOf(bound.binding), 'suspended evidence');
    for (const type of ['id_front', 'id_back'] as const)
      await proveOne(db, { account: bound.primary, owner: bound.owner, type });
    assert.equal(await stateOf(bound.binding), 'active');
  });

  test('another piece of the same step keeps the binding, with a notice [R5]', async () => {
    const bound = await makeBound();
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
    await withdrawEvidence(deps, { evidenceId: faceOf(bound), by: bound.sub });
    assert.equal(await stateOf(bound.binding), 'active');
    assert.equal((await told(bound.sub))[0], 'binding.kept: withdrawn');
  });

  test('false evidence ends the binding, whatever else is accepted [R5]', async () => {
    const bound = await makeBound();
    await proveOne(db, { account: bound.sub, owner: bound.owner, type: 'person_check' });
    assert.ok((await refuteEvidence({ db }, { evidenceId: faceOf(bound), by: bound.primary })).ok);
    assert.equal(await stateOf(bound.binding), 'history');
    assert.deepEqual((await told(bound.sub)).slice(0, 2), [
      'binding.ended: found_false',
      'evidence.rejected: found_false',
    ]);
  });

  test('expired evidence ends the qualification at once; the job suspends bindings [R5]', async () => {
    const bound = await makeBound(new Date(Date.now() + 3_600_000));
    assert.equal(await qualificationOf(bound.sub), 'verified');
    assert.equal(await expireEvidence({ db }), 0);
    await advanceClock(db, 'PT61M');
    assert.equal(await qualificationOf(bound.sub), 'none');
    assert.equal(await stateOf(bound.binding), 'active');
    assert.equal(await expireEvidence({ db }), 3);
    assert.equal(await stateOf(bound.binding), 'suspended evidence');
    assert.ok((await told(bound.sub)).includes('binding.suspended: expired'));
    assert.equal((await findEvidence(db, faceOf(bound)))?.evidence.state, 'expired');
    await advanceClock(db, 'PT-61M');
  });

  test('an account cannot withdraw another’s piece, or see that it exists [R5]', async () => {
    const bound = await makeBound();
    for (const evidenceId of [faceOf(bound), 'evi_none']) {
      const refused = await withdrawEvidence(deps, { evidenceId, by: bound.primary });
      assert.equal(!refused.ok && refused.refusal.code, 'unknown_evidence');
    }
    assert.equal(await stateOf(bound.binding), 'active');
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
  assert.ok(
    (await db.transaction((tx) => verifyAffiliation(tx, { ...tie, evidence: 'evi_test' }))).ok,
  );
  const binding = await bind(primary, sub, parent, subsidiary);
  const end = async () => await endAffiliation({ db }, { ...tie, because: 'sold' });
  assert.deepEqual(await end(), { ok: true, value: { ended: 1 } });
  assert.equal(await stateOf(binding), 'history');
  for (const account of [primary, sub])
    assert.equal((await told(account))[0], 'binding.ended: affiliation_ended');
  assert.equal((await end()).ok, false);
});

async function allOf(account: AccountId): Promise<{ id: string; account: AccountId }[]> {
  return await db.query(
    sql`select id, account_id as account from evidence where account_id = ${account} and state = 'accepted'`,
  );
}
