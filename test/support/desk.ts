import assert from 'node:assert/strict';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { signIn } from './journeys.ts';
import { type Answer, Surfer } from './surfer.ts';

/** Somebody at the desk, signed in to it. */
export async function sitDown(issuer: string, login: string, at = '/review'): Promise<Surfer> {
  const surfer = new Surfer(issuer);
  await signIn(surfer, await surfer.open(`/account/sign-in?to=${at}`), login);
  return surfer;
}

/** The open case about a piece, an appeal included. */
export async function caseOf(db: Db, piece: EvidenceId): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    sql`select id from review_cases where subject_id = ${piece} and state = 'open'`,
  );
  assert.ok(row, `no case is open about ${piece}`);
  return row.id;
}

/** The addresses of the pictures that a case's page shows, as they stand there. */
export async function documentsOf(surfer: Surfer, caseId: string): Promise<string[]> {
  const { html } = await surfer.go(`/review/${caseId}`);
  return [...html.matchAll(/<img src="([^"]+)"/g)].map(([, src]) =>
    (src ?? '').replaceAll('&amp;', '&'),
  );
}

/** Opens the case and presses a button of its form. */
export async function decideAs(
  surfer: Surfer,
  caseId: string,
  decision: 'approve' | 'refuse',
  reason = 'looked at every paper',
): Promise<Answer> {
  const page = await surfer.open(`/review/${caseId}`);
  const form = page.form('decision', decision);
  return await surfer.send(form.action, { form: form.filled({ decision, reason }) });
}
