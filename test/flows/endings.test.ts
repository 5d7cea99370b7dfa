import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
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

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);

async function bindFamily() {
  const [primary, sub, other] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  return { primary, sub, other, ...(await bind(app, primary, sub)) };
}

async function statusIs(token: string, expected: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { status } = await readStatus(issuer, token);
    if (status === expected || tries === 300) return expect(status).toBe(expected);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Posts a change of a binding, even if the page does not offer it. */
async function force(
  browser: HttpBrowser,
  login: string,
  bindingId: string,
  change: string,
): Promise<number> {
  await openBindings(browser, login);
  return (
    await browser.send(`/account/bindings/${bindingId}/${change}`, {
      form: { csrf: await csrfOf(browser) },
    })
  ).status;
}

async function csrfOf(browser: HttpBrowser): Promise<string> {
  return (await browser.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
}

async function bindingOf(sub: string): Promise<string> {
  const [row] = await bindery.db.query<{ id: string }>(sql`
    select id from bindings where sub_id = (select id from accounts where login = ${sub}) and state in ('active', 'suspended')`);
  if (!row) throw new Error(`${sub} is not bound`);
  return row.id;
}

describe('suspending', () => {
  for (const side of ['primary', 'sub'] as const) {
    test(`the ${side} suspends at once, and only the same side can resume [R28]`, async () => {
      const family = await bindFamily();
      const { bindingId, token } = family;
      const [holder, counterpart] =
        side === 'primary' ? [family.primary, family.sub] : [family.sub, family.primary];
      const [here, there] = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
      await changeBinding(here, holder, bindingId, 'suspend');
      expect((await app.introspect(token)).active).toBe(false);
      await statusIs(token, 2);
      expect(await force(there, counterpart, bindingId, 'resume')).toBe(409);
      expect((await app.introspect(token)).active).toBe(false);
      await changeBinding(here, holder, bindingId, 'resume');
      expect((await app.introspect(token)).active).toBe(true);
      await statusIs(token, 0);
    });
  }

  test('a binding held by both sides acts again when both let go [R28]', async () => {
    const { primary, sub, bindingId, token } = await bindFamily();
    expect(await force(new HttpBrowser(issuer), primary, bindingId, 'suspend')).toBe(303);
    expect(await force(new HttpBrowser(issuer), sub, bindingId, 'suspend')).toBe(303);
    expect(await force(new HttpBrowser(issuer), primary, bindingId, 'resume')).toBe(303);
    expect((await app.introspect(token)).active).toBe(false);
    expect(await force(new HttpBrowser(issuer), sub, bindingId, 'resume')).toBe(303);
    expect((await app.introspect(token)).active).toBe(true);
  });

  test('a sub that is live with an unsettled order can be suspended [R28]', async () => {
    const id = await bindingOf('linxiao-runs');
    await changeBinding(new HttpBrowser(issuer), 'linxiao', id, 'suspend');
    expect((await openBindings(new HttpBrowser(issuer), 'linxiao-runs')).text).toMatch(
      /suspended/i,
    );
    await changeBinding(new HttpBrowser(issuer), 'linxiao', id, 'resume');
  });

  test('only a side can change a binding; all others get 404', async () => {
    const { bindingId, other, token } = await bindFamily();
    for (const change of ['suspend', 'resume', 'end']) {
      expect([
        change,
        await force(new HttpBrowser(issuer), other, bindingId, change),
      ]).toStrictEqual([change, 404]);
      expect([
        change,
        await force(new HttpBrowser(issuer), other, 'bnd_0000000000000000000000', change),
      ]).toStrictEqual([change, 404]);
      expect([
        change,
        await force(new HttpBrowser(issuer), other, "x' or 1=1", change),
      ]).toStrictEqual([change, 404]);
    }
    const anonymous = new HttpBrowser(issuer);
    const csrf = await csrfOf(anonymous);
    const { status, location } = await anonymous.send(`/account/bindings/${bindingId}/suspend`, {
      form: { csrf },
    });
    expect([status, location?.pathname]).toStrictEqual([303, '/account/sign-in']);
    expect((await app.introspect(token)).active).toBe(true);
  });
});

describe('unbinding', () => {
  test('a sub that is live with an unsettled order cannot be unbound [R25]', async () => {
    const id = await bindingOf('linxiao-runs');
    const browser = new HttpBrowser(issuer);
    const page = await changeBinding(browser, 'linxiao', id, 'end');
    expect(page.status).toBe(409);
    expect(page.text).toMatch(/order/i);
    expect(page.text).toMatch(/live/i);
    expect((await openBindings(browser, 'linxiao')).text).toMatch(/@linxiao-runs/);
    expect(await bindingOf('linxiao-runs')).toBe(id);
  });

  test('each missing condition is named, and nothing else [R25]', async () => {
    const id = await bindingOf('linxiao-runs');
    const end = async () => await changeBinding(new HttpBrowser(issuer), 'linxiao', id, 'end');
    await bindery.db.query(sql`update live_broadcasts set ended_at = bindery_now()`);
    const order = await end();
    expect(order.text).toMatch(/order/i);
    expect(order.text).not.toMatch(/\blive\b/i);
    await bindery.db.query(sql`update orders set settled_at = bindery_now()`);
    await bindery.db.query(
      sql`update accounts set status = 'restricted' where login = 'linxiao-runs'`,
    );
    const account = await end();
    expect(account.status).toBe(409);
    expect(account.text).not.toMatch(/\border\b/i);
    await bindery.db.query(sql`update accounts set status = 'normal' where login = 'linxiao-runs'`);
    expect((await end()).status).toBe(200);
    await expect(bindingOf('linxiao-runs')).rejects.toThrow();
  });

  test('unbinding needs all three conditions, leaves history, frees the slot [R25, R26]', async () => {
    const id = await bindingOf('linxiao-eats');
    const browser = new HttpBrowser(issuer);
    const page = await changeBinding(browser, 'linxiao', id, 'end');
    expect(page.status).toBe(200);
    // The history is shown.
    expect(page.text).toMatch(/@linxiao-eats/);
    // The history has no buttons.
    expect(page.formsEnding(`/${id}/suspend`).length + page.formsEnding(`/${id}/end`).length).toBe(
      0,
    );
    for (const change of ['suspend', 'resume', 'end'])
      expect([change, (await force(browser, 'linxiao', id, change)) >= 400]).toStrictEqual([
        change,
        true,
      ]);
    const offered = await offer(app, 'linxiao');
    await answer(offered, 'linxiao-reads');
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('after unbinding introspection, status list and redemption say so [R26]', async () => {
    const { primary, sub, bindingId, token, offer: offered } = await bindFamily();
    await changeBinding(new HttpBrowser(issuer), sub, bindingId, 'end');
    const told = await app.introspect(token);
    expect(told).toStrictEqual({
      active: false,
      binding: { id: bindingId, version: 2, state: 'history' },
    });
    await statusIs(token, 3);
    await advance(managementUrl, 'PT61S');
    expect((await app.redeem(offered.handle)).body.error).toBe('invalid_grant');
    const again = await bind(app, primary, sub);
    // Binding again makes another binding.
    expect(again.bindingId).not.toBe(bindingId);
    // The old token stays inactive.
    expect((await app.introspect(token)).active).toBe(false);
  });

  test('two clicks at once end a binding once', async () => {
    const { primary, sub, bindingId } = await bindFamily();
    const statuses = await Promise.all(
      [primary, sub].map(
        async (login) => await force(new HttpBrowser(issuer), login, bindingId, 'end'),
      ),
    );
    expect([String(statuses), statuses.filter((status) => status === 303).length]).toStrictEqual([
      String(statuses),
      1,
    ]);
    const [{ ended } = { ended: -1 }] = await bindery.db.query<{ ended: number }>(sql`
      select count(*)::int as ended from events where stream = ${bindingId} and type = 'urn:bindery:event:binding-ended'`);
    expect(ended).toBe(1);
  });
});
