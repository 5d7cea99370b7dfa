import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, answerHere, decide, offer, signIn, startInBrowser } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

/** Ends a binding in the database, to free its slot. */
async function free(sub: string): Promise<void> {
  await bindery.db.query(
    sql`update bindings set state = 'history' where sub_id = (select id from accounts where login = ${sub})`,
  );
}

interface Claims {
  readonly binding: { readonly kind: string; readonly same_owner: { readonly method: string } };
}

describe('an enterprise primary confirms last', () => {
  test('a sub of the same legal entity is bound after the last confirmation [R1]', async () => {
    const offered = await offer(app, 'meizhuang');
    const answered = await answer(offered, 'mz-09');
    // The counterparty has nothing left to decide.
    expect(answered.hasForm('decision')).toBe(false);
    const early = await app.redeem(offered.handle);
    expect(early.body.error).toBe('authorization_pending');
    const confirmation = await offered.browser.open(offered.waiting.link('continue'));
    expect(confirmation.text).toContain('@mz-09');
    await decide(offered.browser, confirmation);
    const { status, body } = await app.redeem(offered.handle);
    expect(status).toBe(200);
    const { binding } = decodeJwt<Claims>(text(body, 'binding_token'));
    expect([binding.kind, binding.same_owner.method]).toStrictEqual(['enterprise', 'legal_entity']);
  });

  test('an account of a verified subsidiary is bound as affiliate [R1]', async () => {
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, 'meizhuang');
    const counterparty = await answerHere(browser, started.waiting, 'mz-11');
    expect(counterparty.approval.text).toMatch(/@mz-11\b/);
    const confirmation = await browser.open(started.waiting.link('continue'));
    const confirmed = await decide(browser, confirmation);
    const { body } = await app.exchange(await browser.leave(confirmed.link('continue')), started);
    const [detail] = body.authorization_details as [{ binding_request: string }];
    const redeemed = await app.redeem(detail.binding_request);
    const { binding } = decodeJwt<Claims>(text(redeemed.body, 'binding_token'));
    expect([binding.kind, binding.same_owner.method]).toStrictEqual(['enterprise', 'affiliate']);
  });

  test('a request that waits for confirmation holds a slot until it is refused [R2]', async () => {
    // meizhuang has ten of ten now: eight from the seed and the two bound above.
    const full = await offer(app, 'meizhuang');
    await answer(full, 'mz-10');
    expect((await app.redeem(full.handle)).body.refusal).toBe('limit_reached');

    await free('mz-01');
    const [waits, late] = [await offer(app, 'meizhuang'), await offer(app, 'meizhuang')];
    await answer(waits, 'mz-10');
    await answer(late, 'mz-01');
    // The request that waits counts as well.
    expect((await app.redeem(late.handle)).body.refusal).toBe('limit_reached');
    await decide(waits.browser, await waits.browser.open(waits.waiting.link('continue')), 'refuse');
    const told = await app.redeem(waits.handle);
    expect([told.body.error, told.body.refusal]).toStrictEqual([
      'access_denied',
      'refused_by_owner',
    ]);
    const freed = await offer(app, 'meizhuang');
    await answer(freed, 'mz-10');
    await decide(freed.browser, await freed.browser.open(freed.waiting.link('continue')));
    expect((await app.redeem(freed.handle)).status).toBe(200);
  });

  test('a late confirmation is refused, and the slot is free [R2]', async () => {
    await free('mz-10');
    const offered = await offer(app, 'meizhuang');
    await answer(offered, 'mz-10');
    const confirmation = await offered.browser.open(offered.waiting.link('continue'));
    await advance(managementUrl, 'PT61M');
    const form = confirmation.form('decision', 'approve');
    const late = await offered.browser.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    expect(late.status).not.toBe(200);
    expect((await app.redeem(offered.handle)).body.error).toBe('expired_token');
    const next = await offer(app, 'meizhuang');
    await answer(next, 'mz-10');
    await decide(next.browser, await next.browser.open(next.waiting.link('continue')));
    // The slot of the expired request is free at once.
    expect((await app.redeem(next.handle)).status).toBe(200);
  });

  test('a special-industry primary confirms last as well', async () => {
    const offered = await offer(app, 'anxin', { asked: details() });
    await answer(offered, 'anxin-5');
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    const confirmation = await offered.browser.open(offered.waiting.link('continue'));
    // The initiator's sign-in is still fresh, so the page does not ask for the password.
    expect(confirmation.hasForm('login')).toBe(false);
    await decide(offered.browser, confirmation);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('the last confirmation needs a fresh sign-in', async () => {
    await free('mz-09');
    const offered = await offer(app, 'meizhuang');
    await answer(offered, 'mz-09');
    const stale = await offered.browser.open(offered.waiting.link('continue'));
    await advance(managementUrl, 'PT301S');
    const form = stale.form('decision', 'approve');
    const refused = await offered.browser.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    expect([refused.page.title, refused.page.hasForm('login')]).toStrictEqual([
      refused.page.title,
      true,
    ]);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    const confirmation = await signIn(offered.browser, refused.page, 'meizhuang');
    await decide(offered.browser, confirmation);
    await advance(managementUrl, 'PT10S');
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});
