import { describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, UnsecuredJWT } from 'jose';
import { errors } from 'oidc-provider';
import { provenKey } from '../../src/oidc/internals.ts';
import { sql } from '../../src/store/sql.ts';
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
} from '../fixtures/oauth-client.ts';
import { consentToAll, startProvider } from '../fixtures/provider.ts';

const HANDLE = 'the-handle-of-a-binding-request';
const DETAILS = [{ type: 'account_binding', role: 'primary' }];
const isOurs = (token: string): boolean =>
  token.startsWith('ey') && decodeProtectedHeader(token).typ === 'account-binding+jwt';

const prompts: string[] = [];
const fixture = await startProvider({
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
const { db } = fixture;

async function push(
  details: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<{ answer: Response; verifier: string }> {
  const { verifier, challenge } = pkce();
  const params = authorizationParams(challenge, {
    authorization_details: JSON.stringify(details),
    ...more,
  });
  return { answer: await post(fixture, '/request', Object.fromEntries(params)), verifier };
}

async function bind(
  browser: Browser,
): Promise<Tokens & { authorization_details: Record<string, unknown>[] }> {
  const { answer, verifier } = await push(DETAILS);
  const { request_uri: requestUri } = (await answer.json()) as { request_uri: string };
  const { left } = await browser.follow(
    `${fixture.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`,
  );
  const tokens = await exchange(fixture, { code: left?.searchParams.get('code') ?? '', verifier });
  expect(tokens.status).toBe(200);
  return (await tokens.json()) as Tokens & { authorization_details: Record<string, unknown>[] };
}

describe('asking for a binding in the browser (docs/protocol.md#browser-flow)', () => {
  test('a binding request that was not pushed is refused, and told to use PAR', async () => {
    const params = authorizationParams(pkce().challenge, {
      authorization_details: JSON.stringify(DETAILS),
    });
    const { left } = await new Browser(fixture.base).follow(`${fixture.base}/auth?${params}`);
    expect(left?.searchParams.get('error')).toBe('invalid_request');
    expect(left?.searchParams.get('error_description') ?? '').toMatch(
      /pushed_authorization_request_endpoint/,
    );
  });

  test('malformed details are refused when they are pushed, with the member’s name', async () => {
    for (const [details, told] of [
      [[{ type: 'account_binding', colour: 'red' }], /colour/],
      [[...DETAILS, ...DETAILS], /alone/],
      [[{ type: 'payment' }], /type/],
      [{ type: 'account_binding' }, /array/],
    ] as const) {
      const { answer } = await push(details);
      const body = (await answer.json()) as { error: string; error_description: string };
      expect([answer.status, body.error]).toStrictEqual([400, 'invalid_authorization_details']);
      expect(body.error_description).toMatch(told);
    }
  });

  test('only the token response has the handle', async () => {
    const tokens = await bind(new Browser(fixture.base));
    const [detail] = tokens.authorization_details;
    expect([detail?.binding_request, detail?.status, detail?.role]).toStrictEqual([
      HANDLE,
      'approved',
      'primary',
    ]);
    const stored = await db.query<{ row: string }>(
      sql`select a::text as row from oidc_artifacts a`,
    );
    expect(stored.every(({ row }) => !row.includes(HANDLE))).toBe(true);
    const seen = await (
      await post(fixture, '/token/introspection', { token: tokens.access_token })
    ).text();
    expect(seen).toContain('account_binding');
    expect(seen).not.toContain(HANDLE);
    const later = await (await refresh(fixture, tokens.refresh_token)).text();
    expect(later).toContain('account_binding');
    expect(later).not.toContain(HANDLE);
  });

  test('every binding has its own consent and its own grant', async () => {
    const browser = new Browser(fixture.base);
    await getCode(fixture, browser);
    prompts.length = 0;
    const [first, second] = [await bind(browser), await bind(browser)];
    expect(prompts).toStrictEqual(['consent', 'consent']);
    expect(first.authorization_details[0]?.of).not.toBe(second.authorization_details[0]?.of);
    prompts.length = 0;
    const tokens = (await (
      await exchange(fixture, await getCode(fixture, browser))
    ).json()) as Record<string, unknown>;
    expect(prompts).toStrictEqual([]);
    expect(tokens.authorization_details).toBe(undefined);
  });

  test('a browser that began with a binding consents to its first ordinary sign-in', async () => {
    const browser = new Browser(fixture.base);
    await bind(browser);
    prompts.length = 0;
    const tokens = (await (
      await exchange(fixture, await getCode(fixture, browser))
    ).json()) as Record<string, unknown>;
    expect([prompts, tokens.authorization_details]).toStrictEqual([['consent'], undefined]);
  });

  test('a sign-in older than five minutes is asked for again', async () => {
    const browser = new Browser(fixture.base);
    await getCode(fixture, browser);
    await db.query(sql`
      update oidc_artifacts set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::int - 301)) where model = 'Session'`);
    prompts.length = 0;
    await getCode(fixture, browser);
    expect(prompts).toStrictEqual([]);
    await bind(browser);
    expect(prompts).toStrictEqual(['login', 'consent']);
  });

  test('a sign-in that became stale while the counterparty answered is accepted', async () => {
    const slow = await startProvider({
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
    expect(left?.searchParams.get('code')).toBeTruthy();
  });

  test('the token endpoint refuses authorization details', async () => {
    const answer = await post(fixture, '/token', {
      grant_type: 'client_credentials',
      authorization_details: JSON.stringify(DETAILS),
      resource: 'https://api.example',
    });
    expect(((await answer.json()) as { error: string }).error).toBe(
      'invalid_authorization_details',
    );
  });
});

describe('a client route of Bindery (docs/protocol.md#back-channel)', () => {
  const details = JSON.stringify(DETAILS);
  const url = `${fixture.base}/binding-requests`;

  test('the client route authenticates the client and ignores unknown parameters', async () => {
    const answer = await post(fixture, '/binding-requests', {
      authorization_details: details,
      colour: 'red',
    });
    expect([answer.status, answer.headers.get('cache-control')]).toStrictEqual([200, 'no-store']);
    const body = (await answer.json()) as { client: string; params: string[] };
    expect(body.client).toBe('web');
    expect(body.params).not.toContain('colour');
  });

  test('the client route refuses with OAuth errors', async () => {
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
      const answer = await post(fixture, '/binding-requests', params, headers);
      expect(((await answer.json()) as { error: string }).error).toBe(error);
    }
    expect((await fetch(url)).status).toBe(404);
  });

  test('the client route takes a DPoP proof once', async () => {
    const key = await makeProofKey();
    const dpop = await dpopProof(key, url);
    const ask = async (proof: string) =>
      await post(
        fixture,
        '/binding-requests',
        { authorization_details: details },
        { authorization: BASIC, dpop: proof },
      );
    expect(((await (await ask(dpop)).json()) as { key: string }).key).toBe(key.thumbprint);
    expect(((await (await ask(dpop)).json()) as { error: string }).error).toBe(
      'invalid_dpop_proof',
    );
    const elsewhere = await ask(await dpopProof(key, `${fixture.base}/token`));
    expect(((await elsewhere.json()) as { error: string }).error).toBe('invalid_dpop_proof');
  });
});

describe('introspection of binding tokens', () => {
  const token = new UnsecuredJWT({ jti: 'bnd_1' })
    .encode()
    .replace(
      /^[^.]+/,
      Buffer.from('{"alg":"none","typ":"account-binding+jwt"}').toString('base64url'),
    );

  test('Bindery introspects binding tokens, as JSON and as a signed JWT (RFC 9701)', async () => {
    const plain = await post(fixture, '/token/introspection', { token });
    expect(await plain.json()).toStrictEqual({
      active: true,
      aud: 'https://rp.example',
      binding: { id: 'bnd_1' },
    });
    const signed = await post(
      fixture,
      '/token/introspection',
      { token },
      { authorization: BASIC, accept: 'application/token-introspection+jwt' },
    );
    expect(signed.headers.get('content-type')).toBe(
      'application/token-introspection+jwt; charset=utf-8',
    );
    expect(
      (decodeJwt(await signed.text()).token_introspection as { binding: unknown }).binding,
    ).toStrictEqual({ id: 'bnd_1' });
  });

  test('introspection needs client authentication and refuses other JWTs', async () => {
    expect((await post(fixture, '/token/introspection', { token }, {})).status).toBe(400);
    const other = new UnsecuredJWT({}).encode();
    const answer = await post(fixture, '/token/introspection', { token: other });
    expect(((await answer.json()) as { error: string }).error).toBe('unsupported_token_type');
    const revoked = await post(fixture, '/token/revocation', { token });
    expect(((await revoked.json()) as { error: string }).error).toBe('unsupported_token_type');
  });
});
