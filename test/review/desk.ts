import { randomBytes } from 'node:crypto';
import type { Kind } from '../../src/accounts/account.ts';
import type { AccountId, CaseId, OwnerId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import type { SubjectKind } from '../../src/review/case.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import type { DecidedCase, ReviewDeps } from '../../src/review/deps.ts';
import { openCase } from '../../src/review/open-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { readClock } from '../../src/store/clock.store.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { makeAccount } from '../support/people.ts';

export interface Desk extends ReviewDeps {
  /** What decisions led to, in their order. */
  readonly settled: DecidedCase[];
}

/** The review room, over subjects that are nothing but their ids: what a decision leads to is written down. */
export function makeDesk(db: Database): Desk {
  const settled: DecidedCase[] = [];
  const subject = {
    lock: async () => {},
    handleDecision: async (_: unknown, decided: DecidedCase) => void settled.push(decided),
  };
  const outcomes = { binding_request: subject, evidence: subject, correction: subject };
  return { db, secrets: new InstallationSecret(randomBytes(32)), outcomes, settled };
}

export async function makeReviewer(db: Database, owner: OwnerId | null = null): Promise<AccountId> {
  const id = await makeAccount(db, owner);
  await db.query(sql`update accounts set roles = '{reviewer}' where id = ${id}`);
  return id;
}

export async function makeOperator(db: Database): Promise<AccountId> {
  const id = await makeAccount(db, null);
  await db.query(sql`update accounts set roles = '{operator}' where id = ${id}`);
  return id;
}

let serial = 0;

export interface CaseWanted {
  readonly subject?: SubjectKind;
  readonly subjectId?: string;
  readonly applicant?: AccountId | null;
  readonly kind?: Kind | null;
  readonly owners?: readonly OwnerId[];
  readonly fourEyes?: boolean;
  /** From now; late when negative. */
  readonly dueInHours?: number;
}

/** A case that waits for people. */
export async function makeCase(
  { db }: Pick<Desk, 'db'>,
  {
    subject = 'evidence',
    subjectId,
    applicant = null,
    kind = 'personal',
    owners = [],
    fourEyes = false,
    dueInHours = 24,
  }: CaseWanted = {},
): Promise<CaseId> {
  serial += 1;
  const nth = serial;
  const due = new Date((await readClock(db)).getTime() + dueInHours * 3_600_000);
  const opening = { applicant, kind, fourEyes, due, evidence: { nth }, excludedOwners: owners };
  return await db.transaction((tx) =>
    openCase(tx, { ...opening, subject: { kind: subject, id: subjectId ?? `subject-${nth}` } }),
  );
}

export interface Said {
  readonly accept?: boolean;
  readonly reason?: string;
}

/** Looks, and decides: the state of the case afterwards, or why it was not to be. */
export async function decide(
  desk: Desk,
  caseId: CaseId,
  reviewer: AccountId,
  said: Said = {},
): Promise<string> {
  const seen = await viewCase(desk, { caseId, reviewer });
  return seen.ok ? await decideUnseen(desk, caseId, reviewer, said) : seen.refusal.code;
}

export async function decideUnseen(
  desk: Desk,
  caseId: CaseId,
  reviewer: AccountId,
  { accept = true, reason = 'compared with the original' }: Said = {},
): Promise<string> {
  const decided = await decideCase(desk, { caseId, reviewer, accept, reason });
  return decided.ok ? decided.value.state : decided.refusal.code;
}
