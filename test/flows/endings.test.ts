import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import {
  answer,
  bind,
  changeBinding,
  makeFamily,
  offer,
  openBindings,
} from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

async function bindFamily() {
  const [primary, sub, other] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  return { primary, sub, other, ...(await bind(app, primary, sub)) };
}

async function statusIs(token: string, expected: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { status } = await readStatus(issuer, token);
    if (status === expected || tries === 300) return assert.equal(status, expected);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Posts a change of a binding as somebody's page would, whether or not the page offers it. */
async function force(
  surfer: Surfer,
  login: string,
  bindingId: string,
  change: string,
): Promise<number> {
  await openBindings(surfer, login);
  return (
    await surfer.send(`/account/bindings/${bindingId}/${change}`, {
      form: { csrf: await csrfOf(surfer) },
    })
  ).status;
}

async function csrfOf(surfer: Surfer): Promise<string> {
  return (await surfer.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
}

async function bindingOf(sub: string): Promise<string> {
  const [row] = await bindery.db.query<{ id: string }>(sql`
    select id from bindings where sub_id = (select id from accounts where login = ${sub}) and state in ('active', 'suspended')`);
  if (!row) throw new Error(`${sub} is not bound`);
  return row.id;
}

describe('suspending, R28', () => {
  for (const side of ['primary', 'sub'] as const) {
    test(`R28 the ${side} cuts acting power at once and restores it; the other side cannot`, async () => {
      const family = await bindFamily();
      const { bindingId, token } = family;
      const [holder, counterpart] =
        side === 'primary' ? [family.primary, family.sub] : [family.sub, family.primary];
      const [here, there] = [new Surfer(issuer), new Surfer(issuer)];
      await changeBinding(here, holder, bindingId, 'suspend');
      assert.equal((await app.introspect(token)).active, false);
      await statusIs(token, 2);
      assert.equal(await force(there, counterpart, bindingId, 'resume'), 409);
      assert.equal((await app.introspect(token)).active, false);
      await changeBinding(here, holder, bindingId, 'resume');
      assert.equal((await app.introspect(token)).active, true);
      await statusIs(token, 0);
    });
  }

  test('R28 both sides’ holds are two: it acts again when neither is left', async () => {
    const { primary, sub, bindingId, token } = await bindFamily();
    assert.equal(await force(new Surfer(issuer), primary, bindingId, 'suspend'), 303);
    assert.equal(await force(new Surfer(issuer), sub, bindingId, 'suspend'), 303);
    assert.equal(await force(new Surfer(issuer), primary, bindingId, 'resume'), 303);
    assert.equal((await app.introspect(token)).active, false);
    assert.equal(await force(new Surfer(issuer), sub, bindingId, 'resume'), 303);
    assert.equal((await app.introspect(token)).active, true);
  });

  test('R28 asks nothing that unbinding asks: a sub that is live with an unsettled order is suspended all the same', async () => {
    const id = await bindingOf('linxiao-runs');
    await changeBinding(new Surfer(issuer), 'linxiao', id, 'suspend');
    assert.match((await openBindings(new Surfer(issuer), 'linxiao-runs')).text, /suspended/i);
    await changeBinding(new Surfer(issuer), 'linxiao', id, 'resume');
  });

  test('nobody else may change a binding, and another’s is not told from none', async () => {
    const { bindingId, other, token } = await bindFamily();
    for (const change of ['suspend', 'resume', 'end']) {
      assert.equal(await force(new Surfer(issuer), other, bindingId, change), 404, change);
      assert.equal(
        await force(new Surfer(issuer), other, 'bnd_0000000000000000000000', change),
        404,
        change,
      );
      assert.equal(await force(new Surfer(issuer), other, "x' or 1=1", change), 404, change);
    }
    const anonymous = new Surfer(issuer);
    const csrf = await csrfOf(anonymous);
    const { status, location } = await anonymous.send(`/account/bindings/${bindingId}/suspend`, {
      form: { csrf },
    });
    assert.deepEqual([status, location?.pathname], [303, '/account/sign-in']);
    assert.equal((await app.introspect(token)).active, true);
  });
});

describe('unbinding, R25', () => {
  test('R25 is refused for a sub that is live and has an unsettled order, with the list of both', async () => {
    const id = await bindingOf('linxiao-runs');
    const surfer = new Surfer(issuer);
    const page = await changeBinding(surfer, 'linxiao', id, 'end');
    assert.equal(page.status, 409);
    assert.match(page.text, /order/i);
    assert.match(page.text, /live/i);
    assert.match((await openBindings(surfer, 'linxiao')).text, /@linxiao-runs/);
    assert.equal(await bindingOf('linxiao-runs'), id);
  });

  test('R25 each thing that is missing is named, and nothing else', async () => {
    const id = await bindingOf('linxiao-runs');
    const end = async () => await changeBinding(new Surfer(issuer), 'linxiao', id, 'end');
    await bindery.db.query(sql`update live_broadcasts set ended_at = bindery_now()`);
    const order = await end();
    assert.match(order.text, /order/i);
    assert.doesNotMatch(order.text, /\blive\b/i);
    await bindery.db.query(sql`update orders set settled_at = bindery_now()`);
    await bindery.db.query(
      sql`update accounts set status = 'restricted' where login = 'linxiao-runs'`,
    );
    const account = await end();
    assert.equal(account.status, 409);
    assert.doesNotMatch(account.text, /\border\b/i);
    await bindery.db.query(sql`update accounts set status = 'normal' where login = 'linxiao-runs'`);
    assert.equal((await end()).status, 200);
    await assert.rejects(bindingOf('linxiao-runs'));
  });

  test('R25 R26 is allowed when all three hold: history is left, and the slot is free', async () => {
    const id = await bindingOf('linxiao-eats');
    const surfer = new Surfer(issuer);
    const page = await changeBinding(surfer, 'linxiao', id, 'end');
    assert.equal(page.status, 200);
    assert.match(page.text, /@linxiao-eats/, 'the history stays to be seen');
    assert.equal(
      page.formsEnding(`/${id}/suspend`).length + page.formsEnding(`/${id}/end`).length,
      0,
      'and is read-only',
    );
    for (const change of ['suspend', 'resume', 'end'])
      assert.ok((await force(surfer, 'linxiao', id, change)) >= 400, change);
    const offered = await offer(app, 'linxiao');
    await answer(offered, 'linxiao-reads');
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });

  test('R25 R29 relying parties learn of it: introspection inactive, status 3, and a late redemption says history', async () => {
    const { primary, sub, bindingId, token, offer: offered } = await bindFamily();
    await changeBinding(new Surfer(issuer), sub, bindingId, 'end');
    const told = await app.introspect(token);
    assert.deepEqual(told, {
      active: false,
      binding: { id: bindingId, version: 2, state: 'history' },
    });
    await statusIs(token, 3);
    await advance(managementUrl, 'PT61S');
    assert.equal((await app.redeem(offered.handle)).body.error, 'invalid_grant');
    const again = await bind(app, primary, sub);
    assert.notEqual(again.bindingId, bindingId, 'bound again it is another binding');
    assert.equal((await app.introspect(token)).active, false, 'and the old token stays dead');
  });

  test('R25 two clicks at once end it once', async () => {
    const { primary, sub, bindingId } = await bindFamily();
    const statuses = await Promise.all(
      [primary, sub].map(async (login) => await force(new Surfer(issuer), login, bindingId, 'end')),
    );
    assert.equal(statuses.filter((status) => status === 303).length, 1, String(statuses));
    const [{ ended } = { ended: -1 }] = await bindery.db.query<{ ended: number }>(sql`
      select count(*)::int as ended from events where stream = ${bindingId} and type = 'urn:bindery:event:binding-ended'`);
    assert.equal(ended, 1);
  });
});
