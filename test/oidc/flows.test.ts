import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import {
  authorizationParams,
  BASIC,
  Browser,
  dpopProof,
  exchange,
  getCode,
  getTokens,
  isActive,
  makeProofKey,
  pkce,
  post,
  refresh,
  type Tokens,
} from '../fixtures/oauth-client.ts';
import { API, addClient, REDIRECT, SECRET, startProvider } from '../fixtures/provider.ts';

const fixture = await startProvider();
await addClient(
  fixture.db,
  {
    client_id: 'platform',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    scope: 'facts:write',
  },
  'platform-secret',
);

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const before = fixture.db.sent;
  await work();
  return fixture.db.sent - before;
}

test('a certified client completes the code flow, with refresh and revocation', async () => {
  const config = await client.discovery(
    new URL(fixture.base),
    'web',
    SECRET,
    client.ClientSecretBasic(SECRET),
    {
      execute: [client.allowInsecureRequests],
    },
  );
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'here',
  });
  const browser = new Browser(fixture.base);
  const { left } = await browser.follow(url);
  expect(left?.searchParams.get('iss')).toBe(fixture.base); // RFC 9207
  const tokens = await client.authorizationCodeGrant(config, left as URL, {
    pkceCodeVerifier: verifier,
    expectedState: 'here',
  });
  expect(decodeProtectedHeader(tokens.id_token as string).alg).toBe('ES256');
  const sub = tokens.claims()?.sub as string;
  expect(sub).not.toBe(fixture.accountId);
  const person = await client.fetchUserInfo(config, tokens.access_token, sub);
  expect(person.preferred_username).toBe('tester');

  const next = await client.refreshTokenGrant(config, tokens.refresh_token as string);
  expect(next.refresh_token).not.toBe(tokens.refresh_token);
  expect(next.claims()?.sub).toBe(sub);

  await client.tokenRevocation(config, next.refresh_token as string);
  expect(await isActive(fixture, next.access_token)).toBe(false);
  await expect(client.fetchUserInfo(config, next.access_token, sub)).rejects.toThrow(
    client.WWWAuthenticateChallengeError,
  );
});

test('each account has another subject at each client', async () => {
  await addClient(fixture.db, { client_id: 'other', redirect_uris: ['https://other.example/cb'] });
  const subjects = await Promise.all(
    (['web', 'other'] as const).map(async (id) => {
      const { verifier, challenge } = pkce();
      const redirect = id === 'web' ? REDIRECT : 'https://other.example/cb';
      const browser = new Browser(fixture.base);
      const { left } = await browser.follow(
        `${fixture.base}/auth?${authorizationParams(challenge, { client_id: id, redirect_uri: redirect })}`,
      );
      const params = {
        grant_type: 'authorization_code',
        code: left?.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirect,
      };
      const answer = await post(fixture, '/token', params, {
        authorization: `Basic ${btoa(`${id}:${SECRET}`)}`,
      });
      return decodeJwt(((await answer.json()) as Tokens).id_token).sub;
    }),
  );
  expect(subjects[0]).not.toBe(subjects[1]);
});

test('each endpoint sends a fixed number of SQL statements', async () => {
  const browser = new Browser(fixture.base);
  let { access_token: access, refresh_token: token } = await getTokens(fixture, browser);
  // introspection of an access token
  expect(await statementsOf(() => isActive(fixture, access))).toBe(1);
  // introspection of a refresh token
  expect(await statementsOf(() => isActive(fixture, token))).toBe(1);
  // introspection of nothing
  expect(await statementsOf(() => isActive(fixture, 'unknown'))).toBe(1);
  const userinfo = () =>
    fetch(`${fixture.base}/me`, { headers: { authorization: `Bearer ${access}` } });
  // userinfo
  expect(await statementsOf(userinfo)).toBe(1);
  const rotate = async () => {
    token = ((await (await refresh(fixture, token)).json()) as Tokens).refresh_token;
  };
  // refresh
  expect(await statementsOf(rotate)).toBe(2);
  let code: Awaited<ReturnType<typeof getCode>> | undefined;
  const authorize = async () => {
    code = await getCode(fixture, browser);
  };
  // authorization with a live session
  expect(await statementsOf(authorize)).toBe(2);
  // code exchange
  expect(await statementsOf(() => exchange(fixture, code as NonNullable<typeof code>))).toBe(2);
  const credentials = () => post(fixture, '/token', { grant_type: 'client_credentials' });
  // client credentials
  expect(await statementsOf(credentials)).toBe(0);
});

test('a token for a registered resource is a JWT with its audience and scopes', async () => {
  const ask = (resource: string) =>
    post(
      fixture,
      '/token',
      { grant_type: 'client_credentials', scope: 'facts:write bindings:read', resource },
      { authorization: `Basic ${btoa('platform:platform-secret')}` },
    );
  const refused = await ask(API);
  expect(((await refused.json()) as { error: string }).error).toBe('invalid_scope');
  const { access_token: token } = (await (
    await post(
      fixture,
      '/token',
      { grant_type: 'client_credentials', scope: 'facts:write' },
      { authorization: `Basic ${btoa('platform:platform-secret')}` },
    )
  ).json()) as Tokens;
  expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
  expect([decodeJwt(token).aud, decodeJwt(token).scope]).toStrictEqual([API, 'facts:write']);
  const unknown = await ask('https://nobody.example');
  expect(((await unknown.json()) as { error: string }).error).toBe('invalid_target');
  // A client without registered scopes gets no scope of a resource.
  const bare = (await (
    await post(fixture, '/token', { grant_type: 'client_credentials', scope: 'facts:write' })
  ).json()) as Tokens;
  expect(decodeJwt(bare.access_token).scope).toBe(undefined);
});

test('DPoP binds tokens to a key, and each endpoint refuses a used proof', async () => {
  const key = await makeProofKey();
  const code = await getCode(fixture);
  const proof = await dpopProof(key, `${fixture.base}/token`);
  const { access_token: access } = (await (
    await exchange(fixture, code, { authorization: BASIC, dpop: proof })
  ).json()) as Tokens;
  const bearer = await fetch(`${fixture.base}/me`, {
    headers: { authorization: `Bearer ${access}` },
  });
  expect(bearer.status).toBe(401);

  const ath = createHash('sha256').update(access).digest('base64url');
  const shown = await dpopProof(key, `${fixture.base}/me`, { htm: 'GET', ath });
  const look = () =>
    fetch(`${fixture.base}/me`, { headers: { authorization: `DPoP ${access}`, dpop: shown } });
  expect((await look()).status).toBe(200);
  const again = await look();
  expect(again.status).toBe(401);
  expect(again.headers.get('www-authenticate') ?? '').toMatch(/^DPoP .*error="invalid_dpop_proof"/);

  const replayed = await post(
    fixture,
    '/token',
    { grant_type: 'client_credentials' },
    { authorization: BASIC, dpop: proof },
  );
  expect([replayed.status, ((await replayed.json()) as { error: string }).error]).toStrictEqual([
    400,
    'invalid_dpop_proof',
  ]);

  const pushing = await dpopProof(key, `${fixture.base}/request`);
  const push = () =>
    post(fixture, '/request', Object.fromEntries(authorizationParams(pkce().challenge)), {
      authorization: BASIC,
      dpop: pushing,
    });
  expect((await push()).status).toBe(201);
  const second = await push();
  expect([second.status, ((await second.json()) as { error: string }).error]).toStrictEqual([
    400,
    'invalid_dpop_proof',
  ]);
});

test('private_key_jwt authenticates a client, once per assertion', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k' };
  await addClient(
    fixture.db,
    {
      client_id: 'keyed',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    },
    null,
  );
  const assertion = await new SignJWT({ jti: 'once' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer('keyed')
    .setSubject('keyed')
    .setAudience(fixture.base)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);
  const ask = () =>
    post(
      fixture,
      '/token',
      {
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      {},
    );
  expect((await ask()).status).toBe(200);
  const again = await ask();
  expect([again.status, ((await again.json()) as { error: string }).error]).toStrictEqual([
    401,
    'invalid_client',
  ]);
});

test('the introspection answer is a signed JWT when it is asked for (RFC 9701)', async () => {
  const { access_token: token } = await getTokens(fixture);
  const answer = await post(
    fixture,
    '/token/introspection',
    { token },
    { authorization: BASIC, accept: 'application/token-introspection+jwt' },
  );
  const jwt = await answer.text();
  expect(decodeProtectedHeader(jwt).typ).toBe('token-introspection+jwt');
  expect((decodeJwt(jwt).token_introspection as { active: boolean }).active).toBe(true);
});

test('introspection tells a client nothing about a token of another client', async () => {
  const { access_token: token } = await getTokens(fixture);
  const answer = await post(
    fixture,
    '/token/introspection',
    { token },
    { authorization: `Basic ${btoa('platform:platform-secret')}` },
  );
  expect(await answer.json()).toStrictEqual({ active: false });
});
