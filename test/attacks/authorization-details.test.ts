import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import {
  type App,
  type Body,
  details,
  makeProofKey,
  phone,
  SERVICE,
  type Told,
  web,
} from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();

const LONG = 'x'.repeat(10_240);
const json = (member: string, value: unknown = 1) =>
  JSON.stringify(details()).replace(/\}$/, `,${JSON.stringify(member)}:${JSON.stringify(value)}}`);

/** One object each, as raw JSON, and the member that the refusal must name. */
// biome-ignore format: a table is read by its columns
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['an unknown member',                 json('colour', 'red'),                                    'colour'],
  ['a member called __proto__',         json('__proto__', { role: 'sub' }),                       '__proto__'],
  ['a member called toString',          json('toString', 'x'),                                    'toString'],
  ['a member of 10 KB',                 json(LONG),                                               'xxx'],
  ['an empty member name',              json(''),                                                 ': is not a known member'],
  ['a binding_request member',           json('binding_request', 'stolen'),                        'binding_request'],
  ['a role that does not exist',        JSON.stringify(details({ role: 'owner' })),               'role'],
  ['a role of a wrong type',            JSON.stringify(details({ role: { primary: true } })),     'role'],
  ['a role of null',                    JSON.stringify(details({ role: null })),                  'role'],
  ['a pack that is not installed',      JSON.stringify(details({ pack: 'no-such-pack' })),        'pack'],
  ['a pack that is a path',              JSON.stringify(details({ pack: '../douyin' })),           'pack'],
  ['a pack called __proto__',            JSON.stringify(details({ pack: '__proto__' })),           'pack'],
  ['a pack of 10 KB',                   JSON.stringify(details({ pack: LONG })),                  'pack'],
  ['actions of a wrong type',           JSON.stringify(details({ actions: 'comment' })),          'actions'],
  ['an action of a wrong type',         JSON.stringify(details({ actions: ['comment', 7] })),     'actions'],
  ['an action that is not of the pack', JSON.stringify(details({ actions: ['comment', 'fly'] })), 'actions.1'],
  ['a core permission as an action',    JSON.stringify(details({ actions: ['withdraw_income'] })), 'actions.0'],
  ['an advanced permission as action',  JSON.stringify(details({ actions: ['live_commerce'] })),  'actions.0'],
  ['an action asked for twice',         JSON.stringify(details({ actions: ['comment', 'comment'] })), 'actions'],
  ['an action of 10 KB',                JSON.stringify(details({ actions: [LONG] })),             'actions.0'],
  ['a thousand actions',              JSON.stringify(details({ actions: Array(1_000).fill('comment') })), 'actions'],
  ['a core permission as a privilege',  JSON.stringify(details({ privileges: ['account_appeal'] })), 'privileges.0'],
  ['privileges that are an object',     JSON.stringify(details({ privileges: { 0: 'live_commerce' } })), 'privileges'],
  ['a data type that does not exist',   JSON.stringify(details({ datatypes: ['followers'] })),    'datatypes.0'],
  ['a location that is not registered', JSON.stringify(details({ locations: ['https://evil.example'] })), 'locations.0'],
  ['a location of a similar host',       JSON.stringify(details({ locations: [`${SERVICE}.evil.example`] })), 'locations.0'],
  ['a location that is no URL',         JSON.stringify(details({ locations: ['rp.example'] })),   'locations.0'],
  ['a location with a script',          JSON.stringify(details({ locations: ['javascript:alert(1)'] })), 'locations.0'],
  ['a location of 10 KB',               JSON.stringify(details({ locations: [`https://rp.example/${LONG}`] })), 'locations.0'],
  ['two locations',                     JSON.stringify(details({ locations: [SERVICE, SERVICE] })), 'locations'],
];

/** The two endpoints that take the object. */
const ways: readonly { name: string; ask: (raw: string) => Promise<Told> }[] = [
  {
    name: 'the PAR endpoint',
    ask: async (raw) => await web(issuer).push({ authorization_details: raw }),
  },
  {
    name: 'the back channel',
    ask: async (raw) => await web(issuer).post('/binding-requests', { authorization_details: raw }),
  },
];

for (const { name, ask } of ways) {
  describe(`the authorization details at ${name}`, () => {
    for (const [what, raw, member] of REFUSED) {
      test(`${name} refuses ${what}`, async () => {
        const { status, body } = await ask(`[${raw}]`);
        expect([body, [status, body.error]]).toStrictEqual([
          body,
          [400, 'invalid_authorization_details'],
        ]);
        const words = String(body.error_description);
        expect(words).toContain(member);
        // A long value is not repeated whole.
        expect(words.length).toBeLessThan(400);
        // RFC 6749 §5.2
        expect(words).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/);
      });
    }

    test(`${name} refuses what is not an array with one object of a known type`, async () => {
      for (const raw of [
        'null',
        '{}',
        '[null]',
        '[[]]',
        '["account_binding"]',
        '[{"type":"payment"}]',
        '[{}]',
        '[',
        '{"__proto__":1}',
        '[{"type":["account_binding"]}]',
      ]) {
        const { status, body } = await ask(raw);
        expect([raw, status]).toStrictEqual([raw, 400]);
        expect([raw, String(body.error)]).toStrictEqual([
          raw,
          expect.stringMatching(/^invalid_(authorization_details|request)$/),
        ]);
      }
    });

    test(`${name} refuses a member called constructor`, async () => {
      for (const value of [{ prototype: { role: 'sub' } }, null, 'Object']) {
        const { status, body } = await ask(`[${json('constructor', value)}]`);
        expect([body, [status, body.error]]).toStrictEqual([
          body,
          [400, 'invalid_authorization_details'],
        ]);
        expect(String(body.error_description)).toMatch(/^constructor: is not a known member/);
      }
      expect(({} as { role?: string }).role).toBe(undefined);
    });

    test(`${name} refuses an empty array`, async () => {
      for (const raw of ['[]', ' [ ] ']) {
        const { status, body } = await ask(raw);
        expect([body, [status, body.error]]).toStrictEqual([
          body,
          [400, 'invalid_authorization_details'],
        ]);
        expect(String(body.error_description)).toMatch(/list is empty/);
      }
    });

    test(`${name} refuses an array of two objects`, async () => {
      for (const second of [details(), details({ role: 'sub' }), { type: 'payment' }]) {
        const { status, body } = await ask(JSON.stringify([details(), second]));
        expect([status, body.error]).toStrictEqual([400, 'invalid_authorization_details']);
      }
    });

    test(`${name} accepts the smallest and the largest valid object`, async () => {
      const largest = details({
        role: 'sub',
        pack: 'douyin',
        actions: ['comment', 'repost'],
        privileges: ['live_commerce', 'ad_placement', 'shop_window'],
        datatypes: ['profile', 'commerce', 'violation'],
        locations: [SERVICE],
      });
      for (const asked of [{ type: 'account_binding' }, largest])
        expect((await ask(JSON.stringify([asked]))).status).toBeLessThan(300);
    });

    test(`${name} refuses a megabyte or deep nesting, and the server goes on`, async () => {
      for (const raw of ['x'.repeat(1_000_000), `${'['.repeat(20_000)}${']'.repeat(20_000)}`]) {
        const { status } = await ask(raw);
        expect([String(status), status >= 400 && status < 500]).toStrictEqual([
          String(status),
          true,
        ]);
      }
      expect((await ask(JSON.stringify([details()]))).status).toBeLessThan(300);
    });
  });
}

describe('requests that try to bypass the checks', () => {
  test('an account_binding that was not pushed is refused', async () => {
    const query = new URLSearchParams({
      client_id: 'demo-web',
      response_type: 'code',
      redirect_uri: 'http://localhost:4000/callback',
      scope: 'openid',
      state: 'here',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([details()]),
    });
    const { location } = await new HttpBrowser(issuer).send(`/auth?${query}`);
    expect(location?.searchParams.get('error')).toBe('invalid_request');
    expect(location?.searchParams.get('error_description') ?? '').toMatch(/pushed/);
    expect(location?.searchParams.get('state')).toBe('here');
  });

  test('parameters beside a pushed request do not change it', async () => {
    const app = web(issuer);
    const { url } = await app.start(details());
    const other = encodeURIComponent(
      JSON.stringify([details({ role: 'sub', locations: ['https://evil.example'] })]),
    );
    const answer = await new HttpBrowser(issuer).go(
      `${url}&authorization_details=${other}&redirect_uri=https%3A%2F%2Fevil.example`,
    );
    expect(answer.location?.hostname).not.toBe('evil.example');
  });

  test('a client cannot use the pushed request of another client', async () => {
    const { url } = await web(issuer).start(details());
    const foreign = new URL(url);
    foreign.searchParams.set('client_id', 'demo-phone');
    const { location } = await new HttpBrowser(issuer).go(foreign);
    expect(location?.searchParams.get('error')).toBe('invalid_request_object');
    expect(location?.searchParams.get('code')).toBe(null);
  });

  test('a pushed request gives one code, even if two people follow it at once', async () => {
    const { url } = await web(issuer).start();
    const walkers = await Promise.all(
      (await makeFamily(bindery.db, 2)).map(async (login) => {
        const browser = new HttpBrowser(issuer);
        return { browser, consent: await signIn(browser, await browser.open(url), login) };
      }),
    );
    const ends = await Promise.all(
      walkers.map(async ({ browser, consent }) => {
        const form = consent.form('decision', 'approve');
        return await browser.go(form.action, { form: form.filled({ decision: 'approve' }) });
      }),
    );
    expect([
      ends.map(({ status, location }) => `${status} ${location}`).join('\n'),
      ends.filter(({ location }) => location?.searchParams.has('code')).length,
    ]).toStrictEqual([ends.map(({ status, location }) => `${status} ${location}`).join('\n'), 1]);
  });

  test('the back channel names a missing parameter', async () => {
    expect((await web(issuer).post('/binding-requests', {})).body.error).toBe('invalid_request');
  });

  test('a client that is not registered for account_binding is refused', async () => {
    const { status, body } = await clientWithout().push({
      authorization_details: JSON.stringify([details()]),
    });
    expect([body, status >= 400]).toStrictEqual([body, true]);
  });

  function clientWithout(): App {
    return Object.assign(web(issuer), { id: 'demo-platform' });
  }

  test('a refused request stores nothing', async () => {
    const [{ count } = { count: -1 }] = await bindery.db.query<{ count: number }>(
      sql`select count(*)::int as count from binding_requests`,
    );
    await web(issuer).ask(details({ colour: 'red' } satisfies Body));
    await phone(issuer).ask(details({ role: 7 }), await makeProofKey());
    const [after] = await bindery.db.query<{ count: number }>(
      sql`select count(*)::int as count from binding_requests`,
    );
    expect(after?.count).toBe(count);
  });

  test('the token endpoint refuses authorization details', async () => {
    const { status, body } = await web(issuer).post('/token', {
      grant_type: 'authorization_code',
      code: 'x',
      redirect_uri: 'http://localhost:4000/callback',
      code_verifier: 'x'.repeat(43),
      authorization_details: JSON.stringify([details()]),
    });
    expect([
      body,
      status === 400 && /invalid_(grant|authorization_details)/.test(String(body.error)),
    ]).toStrictEqual([body, true]);
  });
});
