import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, UnsecuredJWT } from 'jose';
import { errors } from 'oidc-provider';
import { provenKey } from '../../src/oidc/internals.ts';
import { sql } from '../../src/store/sql.ts';
import { consentToAll, startStand } from './stand.ts';
import {
  authorizationParams,
  BASIC,
  Browser,
  dpopProof,
  exchange,
  getCode,
  makeProofKey,
  pkce,
  post,
  refresh,
  type Tokens,
} from './walk.ts';

const HANDLE = 'the-handle-of-a-binding-request';
const DETAILS = [{ type: 'account_binding', role: 'primary' }];
const isOurs = (token: string): boolean =>
  token.startsWith('ey') && decodeProtectedHeader(token).typ === 'account-binding+jwt';

const prompts: string[] = [];
const stand = await startStand({
  visit: async (at, ctx) => {
    const { prompt } = await at.provider.interactionDetails(ctx.req, ctx.res);
    prompts.push(prompt.name);
    return await consentToAll(at, ctx);
  },
  bindingRar: {
    validate: (_ctx, detail) => {
      if ('colour' in detail)
        throw new errors.InvalidAuthorizationDetails('colour: is not a known member');
    },
    enrich: (_ctx, detail, { grantId }) => ({
      ...detail,
      binding_request: HANDLE,
      status: 'approved',
      of: grantId,
    }),
  },
  bindingTokens: {
    isOurs,
    answer: async (_ctx, token) => ({
      active: true,
      aud: 'https://rp.example',
      binding: { id: decodeJwt(token).jti },
    }),
  },
  extraRoutes: [
    {
      name: 'binding_request',
      path: '/binding-requests',
      params: ['authorization_details', 'login_hint'],
      handler: async (ctx) => {
        const key = await provenKey(ctx.oidc.provider, ctx);
        ctx.body = {
          client: ctx.oidc.client.clientId,
          key: key?.thumbprint,
          params: Object.keys({ ...ctx.oidc.params }).sort(),
        };
      },
    },
  ],
});
const { db } = stand;

async function push(
  details: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<{ answer: Response; verifier: string }> {
  const { verifier, challenge } = pkce();
  const params = authorizationParams(challenge, {
    authorization_details: JSON.stringify(details),
    ...more,
  });
  return { answer: await post(stand, '/request', Object.fromEntries(params)), verifier };
}

async function bind(
  browser: Browser,
): Promise<Tokens & { authorization_details: Record<string, unknown>[] }> {
  const { answer, verifier } = await push(DETAILS);
  const { request_uri: requestUri } = (await answer.json()) as { request_uri: string };
  const { left } = await browser.follow(
    `${stand.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`,
  );
  const tokens = await exchange(stand, { code: left?.searchParams.get('code') ?? '', verifier });
  assert.equal(tokens.status, 200);
  return (await tokens.json()) as Tokens & { authorization_details: Record<string, unknown>[] };
}

describe('asking for a binding in the browser (docs/protocol.md#browser-flow)', () => {
  test('a request that was not pushed is refused, and told what to do', async () => {
    const params = authorizationParams(pkce().challenge, {
      authorization_details: JSON.stringify(DETAILS),
    });
    const { left } = await new Browser(stand.base).follow(`${stand.base}/auth?${params}`);
    assert.equal(left?.searchParams.get('error'), 'invalid_request');
    assert.match(
      left?.searchParams.get('error_description') ?? '',
      /pushed_authorization_request_endpoint/,
    );
  });

  test('malformed details are refused when they are pushed, with the member named', async () => {
    for (const [details, told] of [
      [[{ type: 'account_binding', colour: 'red' }], /colour/],
      [[...DETAILS, ...DETAILS], /alone/],
      [[{ type: 'payment' }], /type/],
      [{ type: 'account_binding' }, /array/],
    ] as const) {
      const { answer } = await push(details);
      const body = (await answer.json()) as { error: string; error_description: string };
      assert.deepEqual([answer.status, body.error], [400, 'invalid_authorization_details']);
      assert.match(body.error_description, told);
    }
  });

  test('the token response has the handle; no table, introspection or later answer has it', async () => {
    const tokens = await bind(new Browser(stand.base));
    const [detail] = tokens.authorization_details;
    assert.deepEqual(
      [detail?.binding_request, detail?.status, detail?.role],
      [HANDLE, 'approved', 'primary'],
    );
    const stored = await db.query<{ row: string }>(
      sql`select a::text as row from oidc_artifacts a`,
    );
    assert.ok(stored.every(({ row }) => !row.includes(HANDLE)));
    const seen = await (
      await post(stand, '/token/introspection', { token: tokens.access_token })
    ).text();
    assert.ok(seen.includes('account_binding') && !seen.includes(HANDLE));
    const later = await (await refresh(stand, tokens.refresh_token)).text();
    assert.ok(later.includes('account_binding') && !later.includes(HANDLE));
  });

  test('every binding is consented to by itself and has a grant of its own; ordinary sign-in goes on as before', async () => {
    const browser = new Browser(stand.base);
    await getCode(stand, browser);
    prompts.length = 0;
    const [first, second] = [await bind(browser), await bind(browser)];
    assert.deepEqual(prompts, ['consent', 'consent']);
    assert.notEqual(first.authorization_details[0]?.of, second.authorization_details[0]?.of);
    prompts.length = 0;
    const tokens = (await (await exchange(stand, await getCode(stand, browser))).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(prompts, []);
    assert.equal(tokens.authorization_details, undefined);
  });

  test('a browser that began with a binding consents to its first ordinary sign-in, which then has no details', async () => {
    const browser = new Browser(stand.base);
    await bind(browser);
    prompts.length = 0;
    const tokens = (await (await exchange(stand, await getCode(stand, browser))).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual([prompts, tokens.authorization_details], [['consent'], undefined]);
  });

  test('a sign-in older than five minutes is asked for again', async () => {
    const browser = new Browser(stand.base);
    await getCode(stand, browser);
    await db.query(sql`
      update oidc_artifacts set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::int - 301)) where model = 'Session'`);
    prompts.length = 0;
    await getCode(stand, browser);
    assert.deepEqual(prompts, []);
    await bind(browser);
    assert.deepEqual(prompts, ['login', 'consent']);
  });

  test('a sign-in that grew old while the other side took its time is fresh enough', async () => {
    const slow = await startStand({
      visit: async (at, ctx) => {
        const result = await consentToAll(at, ctx);
        if (result.consent) {
          await at.db.query(sql`
            update oidc_artifacts set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::int - 900)) where model = 'Session'`);
        }
        return result;
      },
    });
    const { challenge } = pkce();
    const params = authorizationParams(challenge, {
      authorization_details: JSON.stringify(DETAILS),
    });
    const pushed = await post(slow, '/request', Object.fromEntries(params));
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    const url = `${slow.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`;
    const { left } = await new Browser(slow.base).follow(url);
    assert.ok(left?.searchParams.get('code'));
  });

  test('authorization details do not belong at the token endpoint', async () => {
    const answer = await post(stand, '/token', {
      grant_type: 'client_credentials',
      authorization_details: JSON.stringify(DETAILS),
      resource: 'https://api.example',
    });
    assert.equal(
      ((await answer.json()) as { error: string }).error,
      'invalid_authorization_details',
    );
  });
});

describe('a route of our own for clients (docs/protocol.md#back-channel)', () => {
  const details = JSON.stringify(DETAILS);
  const url = `${stand.base}/binding-requests`;

  test('authenticates the client, keeps to its parameters, is not cached', async () => {
    const answer = await post(stand, '/binding-requests', {
      authorization_details: details,
      colour: 'red',
    });
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store']);
    const body = (await answer.json()) as { client: string; params: string[] };
    assert.equal(body.client, 'web');
    assert.ok(!body.params.includes('colour'));
  });

  test('refuses in the words of OAuth', async () => {
    for (const [params, headers, error] of [
      [
        { authorization_details: details },
        { authorization: `Basic ${btoa('web:wrong')}` },
        'invalid_client',
      ],
      [{ authorization_details: details }, {}, 'invalid_request'],
      [
        { authorization_details: '[{"type":"account_binding","colour":"red"}]' },
        { authorization: BASIC },
        'invalid_authorization_details',
      ],
      [
        { authorization_details: 'nonsense' },
        { authorization: BASIC },
        'invalid_authorization_details',
      ],
    ] as const) {
      const answer = await post(stand, '/binding-requests', params, headers);
      assert.equal(((await answer.json()) as { error: string }).error, error);
    }
    assert.equal((await fetch(url)).status, 404);
  });

  test('takes a DPoP proof made for it, once', async () => {
    const key = await makeProofKey();
    const dpop = await dpopProof(key, url);
    const ask = async (proof: string) =>
      await post(
        stand,
        '/binding-requests',
        { authorization_details: details },
        { authorization: BASIC, dpop: proof },
      );
    assert.equal(((await (await ask(dpop)).json()) as { key: string }).key, key.thumbprint);
    assert.equal(
      ((await (await ask(dpop)).json()) as { error: string }).error,
      'invalid_dpop_proof',
    );
    const elsewhere = await ask(await dpopProof(key, `${stand.base}/token`));
    assert.equal(((await elsewhere.json()) as { error: string }).error, 'invalid_dpop_proof');
  });
});

describe('introspection of binding tokens', () => {
  const token = new UnsecuredJWT({ jti: 'bnd_1' })
    .encode()
    .replace(
      /^[^.]+/,
      Buffer.from('{"alg":"none","typ":"account-binding+jwt"}').toString('base64url'),
    );

  test('is answered by us, as JSON and as a signed JWT (RFC 9701)', async () => {
    const plain = await post(stand, '/token/introspection', { token });
    assert.deepEqual(await plain.json(), {
      active: true,
      aud: 'https://rp.example',
      binding: { id: 'bnd_1' },
    });
    const signed = await post(
      stand,
      '/token/introspection',
      { token },
      { authorization: BASIC, accept: 'application/token-introspection+jwt' },
    );
    assert.equal(
      signed.headers.get('content-type'),
      'application/token-introspection+jwt; charset=utf-8',
    );
    assert.deepEqual(
      (decodeJwt(await signed.text()).token_introspection as { binding: unknown }).binding,
      { id: 'bnd_1' },
    );
  });

  test('is for clients that authenticate, and other JWTs are refused as ever', async () => {
    assert.equal((await post(stand, '/token/introspection', { token }, {})).status, 400);
    const other = new UnsecuredJWT({}).encode();
    const answer = await post(stand, '/token/introspection', { token: other });
    assert.equal(((await answer.json()) as { error: string }).error, 'unsupported_token_type');
    const revoked = await post(stand, '/token/revocation', { token });
    assert.equal(((await revoked.json()) as { error: string }).error, 'unsupported_token_type');
  });
});
