import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import {
  amountOf,
  confirmDeposit,
  lapseDeposits,
} from '../../src/evidence/deposits/handle-deposit-command.ts';
import { readSandboxStatement } from '../../src/evidence/deposits/sandbox-statement.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import {
  appointSigning,
  attestSigning,
  missSignings,
} from '../../src/evidence/signings/handle-signing-command.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { submitPendingEvidence } from '../../src/evidence/submissions/submit-pending-evidence.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../src/kernel/ids.ts';
import { materialDueAfter } from '../../src/review/deadline.ts';
import { advanceClock, readClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeClaimant, makeEvidenceFixture, makePhoto } from '../fixtures/evidence.ts';
import { makeApplicant, proveOne } from '../support/evidence.ts';

const { deps, sandbox } = await makeEvidenceFixture();
const { db } = deps;

interface Deposit {
  readonly id: EvidenceId;
  readonly by: AccountId;
  readonly account: string;
}

let accounts = 0;

/** A deposit that is on the company's bank statement. */
async function makeDeposit(bankAccount?: string): Promise<Deposit & { owner: OwnerId }> {
  accounts += 1;
  const number = bankAccount ?? `62220000${String(accounts).padStart(8, '1')}`;
  const { account: by, owner } = await makeClaimant(deps, {
    kind: 'enterprise',
    bankAccount: number,
  });
  const submitted = await submitForAccount(deps, {
    account: by,
    type: 'bank_micro_deposit',
    validUntil: null,
    uploads: [],
  });
  if (!submitted.ok) throw new Error(submitted.refusal.site);
  await submitPendingEvidence(deps, (error) => assert.fail(String(error)));
  await sandbox.idle();
  return { id: submitted.value, by, owner, account: number };
}

const yuan = (fen: number) => (fen / 100).toFixed(2);
const type = async ({ id, by }: Deposit, typed: string) => {
  const confirmed = await confirmDeposit(deps, { evidenceId: id, by, typed });
  return confirmed.ok ? confirmed.value.state : confirmed.refusal.code;
};
const endOf = async (id: EvidenceId) => {
  const piece = (await findEvidence(db, id))?.evidence;
  return piece?.state === 'rejected' ? `rejected: ${piece.reason}` : piece?.state;
};
const wrongFor = ({ id }: Deposit) => yuan((amountOf(deps.secrets, id) % 999) + 1);

describe('a micro-deposit', () => {
  test('the right deposit amount and a licence qualify an enterprise [R3]', async () => {
    const deposit = await makeDeposit();
    const [amount] = sandbox.statementOf(deposit.account);
    expect(amount).toBe(amountOf(deps.secrets, deposit.id));
    expect(await type(deposit, `￥${yuan(Number(amount))}`)).toBe('confirmed');
    await proveOne(db, { account: deposit.by, owner: deposit.owner, type: 'business_licence' });
    expect((await findAccount(db, deposit.by))?.qualification).toBe('verified');
  });

  test('three wrong amounts end a deposit; a malformed amount costs no try [R3]', async () => {
    const deposit = await makeDeposit();
    expect(await type(deposit, 'abc')).toBe('malformed_amount');
    expect([
      await type(deposit, wrongFor(deposit)),
      await type(deposit, wrongFor(deposit)),
      await type(deposit, wrongFor(deposit)),
    ]).toStrictEqual(['sent', 'sent', 'failed']);
    expect(await type(deposit, yuan(amountOf(deps.secrets, deposit.id)))).toBe('evidence_over');
    expect(await endOf(deposit.id)).toBe('rejected: not_confirmed');
  });

  test('of 999 amounts typed at once only three are compared [R3]', async () => {
    const deposit = await makeDeposit();
    const wrong = Array.from({ length: 40 }, (_, at) =>
      yuan(((amountOf(deps.secrets, deposit.id) + at) % 999) + 1),
    );
    const answers = await Promise.all(wrong.map((typed) => type(deposit, typed)));
    expect(answers.filter((answer) => answer !== 'evidence_over').sort()).toStrictEqual([
      'failed',
      'sent',
      'sent',
    ]);
  });

  test('a sixth deposit within thirty days is refused [R3]', async () => {
    const { account } = await makeClaimant(deps, {
      kind: 'enterprise',
      bankAccount: '6222000099990000',
    });
    for (let nth = 0; nth < 6; nth += 1) {
      const submitted = await submitForAccount(deps, {
        account,
        type: 'bank_micro_deposit',
        validUntil: null,
        uploads: [],
      });
      expect(submitted.ok ? 'taken' : submitted.refusal.code).toBe(
        nth < 5 ? 'taken' : 'too_many_attempts',
      );
      await submitPendingEvidence(deps, (error) => assert.fail(String(error)));
      await sandbox.idle();
    }
  });

  test('the demo page shows a waiting deposit’s amount to its owner only [R3]', async () => {
    const deposit = await makeDeposit();
    const shown = async (by: AccountId, running: typeof sandbox | null = sandbox) =>
      await readSandboxStatement(
        { ...deps, sandbox: running ?? undefined },
        { evidenceId: deposit.id, by },
      );
    expect([await shown(deposit.by)]).toStrictEqual(sandbox.statementOf(deposit.account));
    expect([await shown(await makeApplicant(db)), await shown(deposit.by, null)]).toStrictEqual([
      undefined,
      undefined,
    ]);
    await type(deposit, yuan(amountOf(deps.secrets, deposit.id)));
    expect(await shown(deposit.by)).toBe(undefined);
  });

  test('a deposit that the bank returns is rejected [R3]', async () => {
    expect(await endOf((await makeDeposit('6222000012340000')).id)).toBe('rejected: not_confirmed');
  });

  test('another account cannot confirm a deposit, or see that it exists [R3]', async () => {
    const deposit = await makeDeposit();
    expect(
      await type(
        { ...deposit, by: await makeApplicant(db) },
        yuan(amountOf(deps.secrets, deposit.id)),
      ),
    ).toBe('unknown_evidence');
  });

  test('a deposit lapses after ten days [R3]', async () => {
    const deposit = await makeDeposit();
    expect(await lapseDeposits(deps)).toBe(0);
    await advanceClock(db, 'P11D');
    expect(await lapseDeposits(deps)).toBeGreaterThanOrEqual(1);
    expect(await endOf(deposit.id)).toBe('rejected: not_confirmed');
  });

  test('the database holds neither the amount nor the bank account in clear', async () => {
    const deposit = await makeDeposit();
    const [row] = await db.query<{ whole: string }>(sql`
      select (select string_agg(d::text, ' ') from micro_deposits d where evidence_id = ${deposit.id}) || (select string_agg(e::text, ' ') from evidence e)
          || coalesce((select string_agg(a::text, ' ') from audit_log a), '') as whole`);
    expect(row?.whole.includes(deposit.account)).toBe(false);
  });
});

async function makeStaff(owner: OwnerId | null = null): Promise<AccountId> {
  const id = await makeApplicant(db);
  await db.query(
    sql`update accounts set roles = '{reviewer}', owner_id = ${owner} where id = ${id}`,
  );
  return id;
}

const staffA = await makeStaff();
const staffB = await makeStaff();

describe('signing in person', () => {
  async function makeSigning(): Promise<{ id: EvidenceId; by: AccountId; owner: OwnerId }> {
    const { account: by, owner } = await makeClaimant(deps, { kind: 'special_industry' });
    const submitted = await submitForAccount(deps, {
      account: by,
      type: 'in_person_signing',
      validUntil: null,
      uploads: [],
    });
    if (!submitted.ok) throw new Error(submitted.refusal.site);
    return { id: submitted.value, by, owner };
  }

  async function appoint(id: EvidenceId): Promise<void> {
    const at = new Date((await readClock(db)).getTime() + 3_600_000);
    expect(
      (await appointSigning(deps, { evidenceId: id, by: staffA, at, place: '上海市测试路 1 号' }))
        .ok,
    ).toBe(true);
    await advanceClock(db, 'PT2H');
  }

  const attest = async (evidenceId: EvidenceId, by: AccountId) => {
    const attested = await attestSigning(deps, { evidenceId, by });
    return attested.ok ? attested.value.state : attested.refusal.code;
  };

  test('a signing is accepted once two different staff attest it on the day [R3]', async () => {
    const { id } = await makeSigning();
    expect(await attest(id, staffA)).toBe('not_appointed');
    await appoint(id);
    expect(await attest(id, staffA)).toBe('attested');
    expect(await attest(id, staffA)).toBe('second_person_needed');
    expect(await endOf(id)).toBe('checking');
    expect(await attest(id, staffB)).toBe('signed');
    expect(await endOf(id)).toBe('accepted');
  });

  test('ten attestations at once by one member of staff count as one [R3]', async () => {
    const { id } = await makeSigning();
    await appoint(id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => attest(id, staffA)));
    expect([
      answers.filter((answer) => answer === 'attested').length,
      await endOf(id),
    ]).toStrictEqual([1, 'checking']);
  });

  test('only staff who are not related may attest a signing [R3]', async () => {
    const { id, by, owner } = await makeSigning();
    await appoint(id);
    expect([await attest(id, by), await attest(id, await makeStaff(owner))]).toStrictEqual([
      'not_a_reviewer',
      'related_party',
    ]);
  });

  test('an appointment without two attestations is missed on the next day [R3]', async () => {
    const { id } = await makeSigning();
    await appoint(id);
    await attest(id, staffA);
    await advanceClock(db, 'P1D');
    expect(await missSignings(deps)).toBeGreaterThanOrEqual(1);
    expect(await endOf(id)).toBe('rejected: not_confirmed');
  });

  test('withdrawing a signing cancels it, and nobody can attest it after [R5]', async () => {
    const { id, by } = await makeSigning();
    await appoint(id);
    expect((await withdrawEvidence(deps, { evidenceId: id, by })).ok).toBe(true);
    const signings = await db.query<{ state: string }>(
      sql`select state from in_person_signings where evidence_id = ${id}`,
    );
    expect([signings, await attest(id, staffA)]).toStrictEqual([
      [{ state: 'cancelled' }],
      'evidence_over',
    ]);
  });

  test('special-industry evidence goes to unrelated reviewers, with a due date [R4]', async () => {
    const { account, owner } = await makeClaimant(deps, { kind: 'special_industry' });
    const uploads = [await makePhoto()];
    const submitted = await submitForAccount(deps, {
      account,
      type: 'industry_permit',
      validUntil: null,
      uploads,
    });
    assert.ok(submitted.ok);
    const stored = await findEvidence(db, submitted.value);
    assert.ok(stored);
    const [opened] = await db.query<{ due_at: Date; excluded_owners: string[] }>(sql`
      select due_at, excluded_owners from review_cases where subject_id = ${submitted.value}`);
    expect(opened?.due_at).toStrictEqual(
      materialDueAfter(stored.submittedAt, 'special_industry', deps.review),
    );
    expect([stored.dueAt, opened?.excluded_owners]).toStrictEqual([opened?.due_at, [owner]]);
  });
});
