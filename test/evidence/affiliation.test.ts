import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { insertBinding } from '../../src/binding/bindings.store.ts';
import {
  findAskedAffiliations,
  findOwnAffiliations,
} from '../../src/evidence/pieces/affiliation-claims.store.ts';
import { lockEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { handleEvidenceCommand } from '../../src/evidence/pieces/handle-evidence-command.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { answerAffiliation } from '../../src/evidence/submissions/answer-affiliation.ts';
import {
  expireEvidence,
  refuteEvidence,
  withdrawEvidence,
} from '../../src/evidence/submissions/invalidate-evidence.ts';
import { submitAffiliation } from '../../src/evidence/submissions/submit-affiliation.ts';
import { type AccountId, type EvidenceId, newId } from '../../src/kernel/ids.ts';
import { affiliationOf } from '../../src/owners/affiliations.store.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { runQuery } from '../../src/store/query.ts';
import { sql } from '../../src/store/sql.ts';
import { given, makeDeps, PASSWORD, refusedAs } from '../fixtures/accounts.ts';
import {
  type Claimant,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
} from '../fixtures/evidence.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { proveAll } from '../support/evidence.ts';

const { deps } = await makeEvidenceFixture();
const { db } = deps;
const answering = { db, factors: makeDeps(db), lifetimes: deps.lifetimes };
const hashed = await hashPassword(PASSWORD);

interface Company extends Claimant {
  readonly number: string;
}

async function makeCompany(): Promise<Company> {
  const number = freshNumber('enterprise');
  const who = await makeClaimant(deps, { kind: 'enterprise', number });
  await proveAll(db, { ...who, kind: 'enterprise' });
  await db.query(sql`update accounts set password_hash = ${hashed} where id = ${who.account}`);
  return { ...who, number };
}

const submitTo = async ({ account }: Claimant, number: string, validUntil: Date | null = null) =>
  await submitAffiliation(deps, {
    account,
    number,
    validUntil,
    uploads: [await makePhoto(), await makePhoto()],
  });

const answer = async (by: AccountId, evidenceId: string, confirmed = true, password = PASSWORD) =>
  refusedAs(await answerAffiliation(answering, { by, evidenceId, confirmed, password, proof: {} }));

async function accept(id: EvidenceId): Promise<void> {
  await db.transaction(async (tx) => {
    const stored = await lockEvidence(tx, id);
    if (!stored) throw new Error('a piece just submitted is gone');
    const { now, validUntil } = stored;
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'accept', by: 'person', validUntil, now },
      { actor: 'x', lifetimes: deps.lifetimes },
    );
  });
}

const tied = async (parent: Claimant, subsidiary: Claimant) =>
  (await runQuery(db, affiliationOf(parent.owner, subsidiary.owner))) !== null;

async function bind(parent: Claimant, subsidiary: Claimant): Promise<() => Promise<string>> {
  const id = newId('bnd');
  await db.transaction((tx) =>
    insertBinding(
      tx,
      {
        id,
        primaryId: parent.account,
        subId: subsidiary.account,
        primaryOwnerId: parent.owner,
        subOwnerId: subsidiary.owner,
        pack: 'douyin',
        packVersion: 1,
        platform: 'local',
        kind: 'enterprise',
        sameOwnerMethod: 'affiliate',
      },
      { since: new Date(), reached: null },
    ),
  );
  return async () => {
    const [row] = await db.query<{ state: string }>(
      sql`select state from bindings where id = ${id}`,
    );
    return row?.state ?? 'gone';
  };
}

async function tie(parent: Company, subsidiary: Company, validUntil: Date | null = null) {
  const id = given(await submitTo(subsidiary, parent.number, validUntil));
  expect(await answer(parent.account, id)).toBe('ok');
  await accept(id);
  return id;
}

describe('a subsidiary shows its tie to its parent', () => {
  test('the tie needs the reviewers and the parent, in either order [R44]', async () => {
    for (const parentFirst of [true, false]) {
      const [parent, subsidiary] = [await makeCompany(), await makeCompany()];
      const id = given(await submitTo(subsidiary, parent.number));
      const [due] = await db.query<{ due_at: Date | null }>(
        sql`select due_at from review_cases where subject_id = ${id}`,
      );
      expect(due?.due_at instanceof Date).toBe(true);
      if (parentFirst) expect(await answer(parent.account, id)).toBe('ok');
      else await accept(id);
      expect(await tied(parent, subsidiary)).toBe(false);
      if (parentFirst) await accept(id);
      else expect(await answer(parent.account, id)).toBe('ok');
      expect(await tied(parent, subsidiary)).toBe(true);
      const [shown] = await findOwnAffiliations(db, subsidiary.account);
      expect([shown?.tied, shown?.confirmed]).toStrictEqual([true, true]);
      for (const { account } of [parent, subsidiary])
        expect((await findNotices(db, account)).map(({ what }) => what)).toContain(
          'affiliation.verified',
        );
      expect((await findAccount(db, subsidiary.account))?.qualification).toBe('verified');
    }
  });

  test('only the claimed parent is asked, and proves itself afresh [R44]', async () => {
    const [parent, subsidiary, other] = [
      await makeCompany(),
      await makeCompany(),
      await makeCompany(),
    ];
    const id = given(await submitTo(subsidiary, parent.number));
    const asked = async (who: Claimant) =>
      (await findAskedAffiliations(db, who.account)).map((each) => each.id);
    expect([await asked(parent), await asked(other), await asked(subsidiary)]).toStrictEqual([
      [id],
      [],
      [],
    ]);
    expect(await answer(other.account, id)).toBe('unknown_evidence');
    expect(await answer(subsidiary.account, id)).toBe('unknown_evidence');
    expect(await answer(parent.account, id, true, 'wrong')).toBe('wrong_password');
    expect(await answer(parent.account, id, true, '')).toBe('proof_missing');
    expect(await answer(parent.account, id, false)).toBe('ok');
    const [shown] = await findOwnAffiliations(db, subsidiary.account);
    expect([shown?.state, shown?.reason, shown?.confirmed]).toStrictEqual([
      'rejected',
      'not_confirmed',
      false,
    ]);
    expect(await answer(parent.account, id)).toBe('unknown_evidence');
    const cases = await db.query(
      sql`select 1 from review_cases where subject_id = ${id} and state = 'open'`,
    );
    expect(cases.length).toBe(0);
  });

  test('an unknown parent gets the same answer, and no number is stored [R44]', async () => {
    const number = freshNumber('enterprise');
    const subsidiary = await makeCompany();
    expect(refusedAs(await submitTo(subsidiary, number))).toBe('ok');
    expect(isIn(await dumpOf(db), number)).toBe(false);
    expect(refusedAs(await submitTo(subsidiary, number))).toBe('already_under_way');
  });

  test('persons, unverified companies and the company itself are refused [R44]', async () => {
    const number = freshNumber('personal');
    const person = await makeClaimant(deps, { number });
    await proveAll(db, person);
    const bare = await makeClaimant(deps, { kind: 'enterprise' });
    const company = await makeCompany();
    expect(refusedAs(await submitTo(person, company.number))).toBe('not_a_company');
    expect(refusedAs(await submitTo(bare, company.number))).toBe('not_a_company');
    expect(refusedAs(await submitTo(company, company.number))).toBe('same_company');
    expect(refusedAs(await submitTo(company, '123'))).toBe('malformed_number');
    expect(refusedAs(await submitTo(company, company.number, new Date(0)))).toBe('same_company');
    const other = await makeCompany();
    expect(refusedAs(await submitTo(company, other.number, new Date(0)))).toBe('out_of_date');
  });

  test('a group that would be no tree stays as it is, and both are told [R44]', async () => {
    const [parent, subsidiary, second] = [
      await makeCompany(),
      await makeCompany(),
      await makeCompany(),
    ];
    await tie(parent, subsidiary);
    await tie(second, subsidiary);
    expect(await tied(second, subsidiary)).toBe(false);
    const [told] = await findNotices(db, second.account);
    expect([told?.what, told?.reason]).toStrictEqual(['affiliation.impossible', 'other_parent']);
  });
});

describe('the evidence of a tie falls', () => {
  test('expired or withdrawn suspends, and a new one resumes [R5, R44]', async () => {
    for (const how of ['expired', 'withdrawn'] as const) {
      const [parent, middle, bottom, beside] = [
        await makeCompany(),
        await makeCompany(),
        await makeCompany(),
        await makeCompany(),
      ];
      const validUntil = how === 'expired' ? new Date(Date.now() + 3_600_000) : null;
      const id = await tie(parent, middle, validUntil);
      await tie(middle, bottom);
      const states = [await bind(parent, middle), await bind(parent, bottom)];
      await tie(middle, beside);
      const below = await bind(middle, beside);
      if (how === 'withdrawn') await withdrawEvidence(deps, { evidenceId: id, by: middle.account });
      else {
        await advanceClock(db, 'PT61M');
        await expireEvidence(deps);
        await advanceClock(db, 'PT-61M');
      }
      expect(await tied(parent, bottom)).toBe(false);
      for (const state of states) expect(await state()).toBe('suspended');
      expect(await below()).toBe('active');
      await tie(parent, middle);
      for (const state of states) expect(await state()).toBe('active');
    }
  });

  test('found false ends the bindings over all levels [R5, R44]', async () => {
    const [parent, middle, bottom] = [
      await makeCompany(),
      await makeCompany(),
      await makeCompany(),
    ];
    const id = await tie(parent, middle);
    await tie(middle, bottom);
    const state = await bind(parent, bottom);
    await refuteEvidence(deps, { evidenceId: id, by: parent.account, because: 'forged' });
    expect(await state()).toBe('history');
    expect((await findAccount(db, middle.account))?.qualification).toBe('verified');
  });

  test('a renewed piece keeps the tie when the old one runs out [R5, R44]', async () => {
    const [parent, subsidiary] = [await makeCompany(), await makeCompany()];
    await tie(parent, subsidiary, new Date(Date.now() + 3_600_000));
    await tie(parent, subsidiary);
    const state = await bind(parent, subsidiary);
    await advanceClock(db, 'PT61M');
    await expireEvidence(deps);
    await advanceClock(db, 'PT-61M');
    expect([await tied(parent, subsidiary), await state()]).toStrictEqual([true, 'active']);
  });

  test('an account that qualifies anew does not resume what lacks its tie [R1, R5]', async () => {
    const [parent, subsidiary] = [await makeCompany(), await makeCompany()];
    const id = await tie(parent, subsidiary);
    const state = await bind(parent, subsidiary);
    await withdrawEvidence(deps, { evidenceId: id, by: subsidiary.account });
    await proveAll(db, { ...subsidiary, kind: 'enterprise' });
    expect(await state()).toBe('suspended');
  });
});
