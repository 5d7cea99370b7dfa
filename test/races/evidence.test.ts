import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import {
  refuteEvidence,
  withdrawEvidence,
} from '../../src/evidence/submissions/invalidate-evidence.ts';
import { sql } from '../../src/store/sql.ts';
import { makeApplicant, makeClaimedOwner, proveAll, proveOne } from '../support/evidence.ts';
import { arriveAs, offerAs } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 30);
const { bindery: deps } = await startServer();

/** The result does not depend on the order: no binding acts on invalidated evidence. */
for (const [what, fell, endings] of [
  ['withdrawn', withdrawEvidence, ['not_verified · no binding', 'approved · suspended']],
  ['found false', refuteEvidence, ['not_verified · no binding', 'approved · history']],
] as const) {
  for (const side of ['primary', 'sub'] as const) {
    test(`no active binding remains if the ${side}’s evidence is ${what} meanwhile [R5, R44]`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const owner = await makeClaimedOwner(deps.db);
        const [primary, sub] = [await makeApplicant(deps.db), await makeApplicant(deps.db)];
        const papers = {
          primary: await proveAll(deps.db, { account: primary, owner }),
          // the sub rests on the primary's ID card (R44)
          sub: [await proveOne(deps.db, { account: sub, owner, type: 'face_match' })],
        };
        const by = side === 'primary' ? primary : sub;
        const at = await arriveAs(deps, (await offerAs(deps, primary)).link, sub);
        const evidenceId = String(papers[side][round % papers[side].length]);
        const approve = () => answerBinding(deps, { ...at, decision: 'approve' });
        const invalidation = () => fell(deps.evidence, { evidenceId, by, because: 'forged' });
        const [answered, fallen] =
          round % 2 === 0
            ? await Promise.all([approve(), invalidation()])
            : await Promise.all([invalidation(), approve()]).then(
                ([first, second]) => [second, first] as const,
              );
        expect([`round ${round}`, fallen.ok]).toStrictEqual([`round ${round}`, true]);
        assert.ok(answered.ok, `round ${round}`);
        const [row] = await deps.db.query<{ state: string }>(
          sql`select state from bindings where primary_id = ${primary}`,
        );
        const ending = `${answered.value.state === 'refused' ? answered.value.refusal : answered.value.state} · ${row?.state ?? 'no binding'}`;
        expect([
          `round ${round}: ${ending}`,
          (endings as readonly string[]).includes(ending),
        ]).toStrictEqual([`round ${round}: ${ending}`, true]);
      }
    });
  }
}
