import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { bind, changeBinding, makeFamily, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** The part of the page about this binding, and its buttons. */
function boxOf(
  page: Page,
  bindingId: string,
): { readonly text: string; readonly offers: readonly string[] } {
  const boxes = ['suspend', 'resume'].flatMap((step) =>
    page.formsEnding(`/${bindingId}/${step}`).map(({ box }) => ({ step, box })),
  );
  return { text: boxes[0]?.box ?? '', offers: boxes.map(({ step }) => step) };
}

test('each side sees who suspended a binding, and may suspend or resume it [R28]', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const { bindingId } = await bind(app, primary, sub);
  const [one, other] = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
  await openBindings(one, primary);
  const mine = boxOf(await changeBinding(one, primary, bindingId, 'suspend'), bindingId);
  expect(mine.text).toMatch(/You suspended it/);
  expect(mine.offers).toStrictEqual(['resume']);
  const theirs = boxOf(await openBindings(other, sub), bindingId);
  expect(theirs.text).toMatch(/The other side suspended it/);
  // A side without a hold cannot resume, but can suspend as well.
  expect(theirs.offers).toStrictEqual(['suspend']);
  const both = boxOf(await changeBinding(other, sub, bindingId, 'suspend'), bindingId);
  expect(both.text).toMatch(/The other side suspended it.*You suspended it/);
});

// The face shows that the account is the owner's; the other pieces are there with other accounts too.
test('both sides see why withdrawn evidence suspended a binding [R5]', async () => {
  const [piece] = await bindery.db.query<{ id: string; account: AccountId }>(sql`
    select e.id, e.account_id as account from evidence e join accounts a on a.id = e.account_id
     where a.login = 'chenwei-1' and e.state = 'accepted' and e.type = 'face_match'`);
  assert.ok(piece);
  const withdrawn = await withdrawEvidence(bindery.evidence, {
    evidenceId: piece.id,
    by: piece.account,
  });
  expect(withdrawn.ok).toBe(true);
  for (const login of ['chenwei-1', 'chenwei']) {
    const page = await openBindings(new HttpBrowser(issuer), login);
    expect([login, page.text]).toStrictEqual([
      login,
      expect.stringMatching(/Something has changed in verification\. It resumes by itself/),
    ]);
  }
});
