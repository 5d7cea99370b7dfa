import { beforeEach, describe, expect, test } from '@jest/globals';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { sql } from '../../src/store/sql.ts';
import { now, startHostileWorld } from '../fixtures/hostile-world.ts';
import { HttpBrowser } from '../support/http-browser.ts';

const world = await startHostileWorld();
const { hostile, issuer, bindery, depart, comeBack, enter, accountsOf } = world;

beforeEach(() => {
  hostile.says = {};
});

describe('the account that is entered', () => {
  test('two sign-ins of one external id at once make one account', async () => {
    const people = Array.from({ length: 4 }, () => new HttpBrowser(issuer));
    const asked = await Promise.all(
      people.map(async (browser) => await depart(browser, 'shop/first')),
    );
    hostile.says.token = { access_token: 'at', openid: 'raced' };
    hostile.says.user = { nickname: 'Raced' };
    const answers = await Promise.all(
      people.map(
        async (browser, at) =>
          await comeBack(browser, asked[at] as URLSearchParams, { provider: 'shop/first' }),
      ),
    );
    expect(answers.map(({ url }) => url.pathname)).toStrictEqual(people.map(() => '/account'));
    expect((await accountsOf('shop', 'first:raced')).length).toBe(1);
  });

  test('one id from two providers with ids of their own is two accounts [R45]', async () => {
    hostile.says.token = { access_token: 'at', openid: 'same' };
    hostile.says.user = { nickname: 'Same' };
    for (const provider of ['shop/first', 'shop/second']) {
      const browser = new HttpBrowser(issuer);
      const asked = await depart(browser, provider);
      expect((await comeBack(browser, asked, { provider })).url.pathname).toBe('/account');
    }
    const [first] = await accountsOf('shop', 'first:same');
    const [second] = await accountsOf('shop', 'second:same');
    expect(first && second && first.id !== second.id).toBe(true);
  });

  test('a login that is taken gets a suffix, and never the other account', async () => {
    await enter({ sub: 'amy-1', preferred_username: 'amy', email: 'amy@example.com' });
    await enter({ sub: 'amy-2', preferred_username: 'amy', email: 'amy@example.com' });
    const [first] = await accountsOf('evil', 'amy-1');
    const [second] = await accountsOf('evil', 'amy-2');
    expect(first?.login).toBe('amy');
    expect(second?.login).toMatch(/^amy-[\da-f]{6}$/);
    await enter({ sub: 'amy-2', preferred_username: 'amy' });
    expect((await accountsOf('evil', 'amy-2'))[0]).toStrictEqual(second);
  });

  test.each([
    ['10 KB long', 'x'.repeat(10_240)],
    ['with NUL', 'a\u0000b'],
    ['with a change of direction', 'a\u202eb'],
  ])('names %s are left out, and the person comes in', async (what, name) => {
    const sub = `odd-${what.length}`;
    const answer = await enter({ sub, preferred_username: name, name, picture: name });
    expect(answer.url.pathname).toBe('/account');
    const [made] = await accountsOf('evil', sub);
    expect(made?.login).toMatch(/^u-[\da-f]{12}$/);
    expect(made?.display_name).toBe(made?.login);
  });

  test.each([
    ['10 KB long', 'x'.repeat(10_240)],
    ['with NUL', 'a\u0000b'],
    ['with a change of direction', 'a\u202eb'],
  ])('an external id %s is refused', async (_, sub) => {
    const answer = await enter({ sub });
    expect([answer.status, answer.page.title]).toStrictEqual([
      422,
      expect.stringMatching(/did not say who you are/),
    ]);
  });

  test('its name and picture follow the platform at each sign-in [R47]', async () => {
    await enter({ sub: 'renamed', preferred_username: 'old-name', name: 'Old' });
    await enter({ sub: 'renamed', preferred_username: 'new-name', name: 'New' });
    const [now] = await accountsOf('evil', 'renamed');
    expect([now?.login, now?.display_name]).toStrictEqual(['new-name', 'New']);
  });

  test('a frozen account does not come in', async () => {
    await enter({ sub: 'frozen' });
    const [made] = await accountsOf('evil', 'frozen');
    await bindery.db.transaction(
      async (tx) =>
        await changeStatus(tx, made?.id as never, 'frozen', { actor: 'system', origin: 'scim' }),
    );
    const answer = await enter({ sub: 'frozen' });
    expect([answer.status, answer.page.title]).toStrictEqual([
      403,
      expect.stringMatching(/cannot sign in now/),
    ]);
  });

  test('an account that was reopened comes in again, with the platform’s old session', async () => {
    await enter({ sub: 'reopened', auth_time: now() - 600 });
    const [made] = await accountsOf('evil', 'reopened');
    for (const status of ['frozen', 'normal'] as const)
      await bindery.db.transaction(
        async (tx) =>
          await changeStatus(tx, made?.id as never, status, { actor: 'system', origin: 'scim' }),
      );
    // What begins in the second of the sign-out is over too.
    await bindery.db.query(
      sql`update accounts set signed_out_at = signed_out_at - interval '2 seconds' where id = ${made?.id}`,
    );
    const answer = await enter({ sub: 'reopened', auth_time: now() - 600 });
    expect(answer.url.pathname).toBe('/account');
  });
});
