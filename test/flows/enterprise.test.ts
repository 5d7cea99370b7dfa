import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { answer, answerHere, decide, offer, signIn, startInBrowser } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

/** Ends a binding as if its time had come, so that there is room for another. */
async function free(sub: string): Promise<void> {
  await bindery.db.query(
    sql`update bindings set state = 'history' where sub_id = (select id from accounts where login = ${sub})`,
  );
}

interface Claims {
  readonly binding: { readonly kind: string; readonly same_owner: { readonly method: string } };
}

describe('an enterprise primary has the last word', () => {
  test('R1 R32 binds a sub of the same legal entity after the initiator has seen who answered', async () => {
    const offered = await offer(app, 'meizhuang');
    const answered = await answer(offered, 'mz-09');
    assert.ok(!answered.hasForm('decision'), 'the other side has nothing left to decide');
    const early = await app.redeem(offered.handle);
    assert.equal(early.body.error, 'authorization_pending');
    const confirmation = await offered.surfer.open(offered.waiting.link('continue'));
    assert.ok(confirmation.text.includes('@mz-09'), confirmation.text);
    await decide(offered.surfer, confirmation);
    const { status, body } = await app.redeem(offered.handle);
    assert.equal(status, 200);
    const { binding } = decodeJwt<Claims>(text(body, 'binding_token'));
    assert.deepEqual([binding.kind, binding.same_owner.method], ['enterprise', 'legal_entity']);
  });

  test('R1 binds a verified subsidiary’s account, and the token says affiliate', async () => {
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, 'meizhuang');
    const counterparty = await answerHere(surfer, started.waiting, 'mz-11');
    assert.match(counterparty.approval.text, /@mz-11\b/);
    const confirmation = await surfer.open(started.waiting.link('continue'));
    const confirmed = await decide(surfer, confirmation);
    const { body } = await app.exchange(await surfer.leave(confirmed.link('continue')), started);
    const [detail] = body.authorization_details as [{ binding_request: string }];
    const redeemed = await app.redeem(detail.binding_request);
    const { binding } = decodeJwt<Claims>(text(redeemed.body, 'binding_token'));
    assert.deepEqual([binding.kind, binding.same_owner.method], ['enterprise', 'affiliate']);
  });

  test('R2 a request that waits for its confirmation holds a slot, and gives it back when the initiator refuses', async () => {
    // meizhuang has ten of ten now: eight from the seed and the two bound above.
    const full = await offer(app, 'meizhuang');
    await answer(full, 'mz-10');
    assert.equal((await app.redeem(full.handle)).body.refusal, 'limit_reached');

    await free('mz-01');
    const [waits, late] = [await offer(app, 'meizhuang'), await offer(app, 'meizhuang')];
    await answer(waits, 'mz-10');
    await answer(late, 'mz-01');
    assert.equal(
      (await app.redeem(late.handle)).body.refusal,
      'limit_reached',
      'the one that waits is counted',
    );
    await decide(waits.surfer, await waits.surfer.open(waits.waiting.link('continue')), 'refuse');
    const told = await app.redeem(waits.handle);
    assert.deepEqual([told.body.error, told.body.refusal], ['access_denied', 'refused_by_owner']);
    const freed = await offer(app, 'meizhuang');
    await answer(freed, 'mz-10');
    await decide(freed.surfer, await freed.surfer.open(freed.waiting.link('continue')));
    assert.equal((await app.redeem(freed.handle)).status, 200);
  });

  test('R2 a confirmation that comes too late finds the request over, and its slot free', async () => {
    await free('mz-10');
    const offered = await offer(app, 'meizhuang');
    await answer(offered, 'mz-10');
    const confirmation = await offered.surfer.open(offered.waiting.link('continue'));
    await advance(managementUrl, 'PT61M');
    const form = confirmation.form('decision', 'approve');
    const late = await offered.surfer.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    assert.notEqual(late.status, 200);
    assert.equal((await app.redeem(offered.handle)).body.error, 'expired_token');
    const next = await offer(app, 'meizhuang');
    await answer(next, 'mz-10');
    await decide(next.surfer, await next.surfer.open(next.waiting.link('continue')));
    assert.equal(
      (await app.redeem(next.handle)).status,
      200,
      'the slot of the one that ran out is free at once',
    );
  });

  test('R1 a special-industry primary is asked to confirm as well', async () => {
    const offered = await offer(app, 'anxin', { asked: details() });
    await answer(offered, 'anxin-5');
    assert.equal((await app.redeem(offered.handle)).body.error, 'authorization_pending');
    const confirmation = await offered.surfer.open(offered.waiting.link('continue'));
    // The initiator signed in long enough ago for nothing: the page asks for the password only when it is stale.
    assert.ok(!confirmation.hasForm('login'));
    await decide(offered.surfer, confirmation);
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });

  test('the last word takes a fresh sign-in too', async () => {
    await free('mz-09');
    const offered = await offer(app, 'meizhuang');
    await answer(offered, 'mz-09');
    const stale = await offered.surfer.open(offered.waiting.link('continue'));
    await advance(managementUrl, 'PT301S');
    const form = stale.form('decision', 'approve');
    const refused = await offered.surfer.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    assert.ok(refused.page.hasForm('login'), refused.page.title);
    assert.equal((await app.redeem(offered.handle)).body.error, 'authorization_pending');
    const confirmation = await signIn(offered.surfer, refused.page, 'meizhuang');
    await decide(offered.surfer, confirmation);
    await advance(managementUrl, 'PT10S');
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });
});
