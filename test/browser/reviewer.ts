import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { formatHour } from '../../src/web/core/hour.ts';
import type { Page } from './browser.ts';
import { signIn, textOf } from './pages.ts';

/** What a reviewer does on the pages of the review desk. */
export async function signInAsReviewer(
  page: Page,
  issuer: string,
  login: 'reviewer-a' | 'reviewer-b' = 'reviewer-a',
): Promise<void> {
  await page.goto(`${issuer}/review`);
  await signIn(page, login);
  expect(new URL(page.url()).pathname).toBe('/review');
}

/** The open case about a piece of this type of the account; it can be an appeal. */
export async function findCase(
  db: Db,
  { login, type }: { readonly login: string; readonly type: EvidenceType },
): Promise<string> {
  const [row] = await db.query<{ id: string }>(sql`
    select c.id from review_cases c join evidence e on e.id = c.subject_id and c.subject_kind = 'evidence'
      join accounts a on a.id = e.account_id
     where a.login = ${login} and e.type = ${type} and c.state = 'open' order by c.opened_at desc limit 1`);
  assert.ok(row, `${login} has no open case about ${type}`);
  return row.id;
}

/** The open signing of an account. */
export async function findSigning(db: Db, login: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(sql`
    select e.id from evidence e join accounts a on a.id = e.account_id
     where a.login = ${login} and e.type = 'in_person_signing' and e.state = 'checking'`);
  assert.ok(row, `${login} waits for no signing`);
  return row.id;
}

/** Opens the case from the queue; gives the text of its page. */
export async function openCase(page: Page, issuer: string, caseId: string): Promise<string> {
  await page.goto(`${issuer}/review`);
  await page.click(`#queue a[href^="/review/${caseId}"]`);
  return await textOf(page);
}

/** Opens the case and decides it; gives the text of the queue afterwards. */
export async function decideCase(
  page: Page,
  issuer: string,
  {
    caseId,
    decision,
    reason = '证件清晰完整，与填写的信息一致',
  }: { readonly caseId: string; readonly decision: 'approve' | 'refuse'; readonly reason?: string },
): Promise<string> {
  await openCase(page, issuer, caseId);
  await page.fill('[name=reason]', reason);
  await page.click(`button[value=${decision}]`);
  expect([await textOf(page), new URL(page.url()).pathname]).toStrictEqual([
    expect.anything(),
    '/review',
  ]);
  return await textOf(page);
}

/** Schedules a signing: day and place. */
export async function appoint(
  page: Page,
  issuer: string,
  {
    evidenceId,
    at,
    place,
  }: { readonly evidenceId: string; readonly at: Date; readonly place: string },
): Promise<string> {
  await page.goto(`${issuer}/review`);
  await page.click(`a[href="/review/signings/${evidenceId}"]`);
  await page.fill('[name=at]', formatHour(at));
  await page.fill('[name=place]', place);
  await page.click('form[action$="/appoint"] button');
  return await textOf(page);
}

/** Attests a signing. Two reviewers must do so, after the appointed hour. */
export async function attest(page: Page, issuer: string, evidenceId: string): Promise<string> {
  await page.goto(`${issuer}/review/signings/${evidenceId}`);
  await page.click('form[action$="/attest"] button');
  return await textOf(page);
}
