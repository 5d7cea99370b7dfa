import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { API, addClient, REDIRECT, SECRET, startStand } from './stand.ts';
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
} from './walk.ts';

const stand = await startStand();
await addClient(
  stand.db,
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
  const before = stand.db.sent;
  await work();
  return stand.db.sent - before;
}

test('a certified client walks the code flow: iss in the answer, ES256, pairwise subject, userinfo, refresh, revocation', async () => {
  const config = await client.discovery(
    new URL(stand.base),
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
  const browser = new Browser(stand.base);
  const { left } = await browser.follow(url);
  assert.equal(left?.searchParams.get('iss'), stand.base); // RFC 9207
  const tokens = await client.authorizationCodeGrant(config, left as URL, {
    pkceCodeVerifier: verifier,
    expectedState: 'here',
  });
  assert.equal(decodeProtectedHeader(tokens.id_token as string).alg, 'ES256');
  const sub = tokens.claims()?.sub as string;
  assert.notEqual(sub, stand.accountId);
  const person = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(person.preferred_username, 'tester');

  const next = await client.refreshTokenGrant(config, tokens.refresh_token as string);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  assert.equal(next.claims()?.sub, sub);

  await client.tokenRevocation(config, next.refresh_token as string);
  assert.equal(await isActive(stand, next.access_token), false);
  await assert.rejects(
    client.fetchUserInfo(config, next.access_token, sub),
    client.WWWAuthenticateChallengeError,
  );
});

test('each account has another subject at each client', async () => {
  await addClient(stand.db, { client_id: 'other', redirect_uris: ['https://other.example/cb'] });
  const subjects = await Promise.all(
    (['web', 'other'] as const).map(async (id) => {
      const { verifier, challenge } = pkce();
      const redirect = id === 'web' ? REDIRECT : 'https://other.example/cb';
      const browser = new Browser(stand.base);
      const { left } = await browser.follow(
        `${stand.base}/auth?${authorizationParams(challenge, { client_id: id, redirect_uri: redirect })}`,
      );
      const params = {
        grant_type: 'authorization_code',
        code: left?.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirect,
      };
      const answer = await post(stand, '/token', params, {
        authorization: `Basic ${btoa(`${id}:${SECRET}`)}`,
      });
      return decodeJwt(((await answer.json()) as Tokens).id_token).sub;
    }),
  );
  assert.notEqual(subjects[0], subjects[1]);
});

test('counted statements: introspection 1, userinfo 1, refresh 2, code flow with a live session 4, client credentials 0', async () => {
  const browser = new Browser(stand.base);
  let { access_token: access, refresh_token: token } = await getTokens(stand, browser);
  assert.equal(
    await statementsOf(() => isActive(stand, access)),
    1,
    'introspection of an access token',
  );
  assert.equal(
    await statementsOf(() => isActive(stand, token)),
    1,
    'introspection of a refresh token',
  );
  assert.equal(await statementsOf(() => isActive(stand, 'unknown')), 1, 'introspection of nothing');
  const userinfo = () =>
    fetch(`${stand.base}/me`, { headers: { authorization: `Bearer ${access}` } });
  assert.equal(await statementsOf(userinfo), 1, 'userinfo');
  const rotate = async () => {
    token = ((await (await refresh(stand, token)).json()) as Tokens).refresh_token;
  };
  assert.equal(await statementsOf(rotate), 2, 'refresh');
  let code: Awaited<ReturnType<typeof getCode>> | undefined;
  const authorize = async () => {
    code = await getCode(stand, browser);
  };
  assert.equal(await statementsOf(authorize), 2, 'authorization with a live session');
  assert.equal(
    await statementsOf(() => exchange(stand, code as NonNullable<typeof code>)),
    2,
    'code exchange',
  );
  const credentials = () => post(stand, '/token', { grant_type: 'client_credentials' });
  assert.equal(await statementsOf(credentials), 0, 'client credentials');
});

test('a token for a registered resource is a JWT with it as audience, and has what the client was registered for', async () => {
  const ask = (resource: string) =>
    post(
      stand,
      '/token',
      { grant_type: 'client_credentials', scope: 'facts:write bindings:read', resource },
      { authorization: `Basic ${btoa('platform:platform-secret')}` },
    );
  const refused = await ask(API);
  assert.equal(((await refused.json()) as { error: string }).error, 'invalid_scope');
  const { access_token: token } = (await (
    await post(
      stand,
      '/token',
      { grant_type: 'client_credentials', scope: 'facts:write' },
      { authorization: `Basic ${btoa('platform:platform-secret')}` },
    )
  ).json()) as Tokens;
  assert.equal(decodeProtectedHeader(token).typ, 'at+jwt');
  assert.deepEqual([decodeJwt(token).aud, decodeJwt(token).scope], [API, 'facts:write']);
  const unknown = await ask('https://nobody.example');
  assert.equal(((await unknown.json()) as { error: string }).error, 'invalid_target');
  // A client without a registered scope gets none of a resource's.
  const bare = (await (
    await post(stand, '/token', { grant_type: 'client_credentials', scope: 'facts:write' })
  ).json()) as Tokens;
  assert.equal(decodeJwt(bare.access_token).scope, undefined);
});

test('DPoP binds tokens to a key; a spent proof is refused at the token endpoint, for a pushed request and at userinfo', async () => {
  const key = await makeProofKey();
  const code = await getCode(stand);
  const proof = await dpopProof(key, `${stand.base}/token`);
  const { access_token: access } = (await (
    await exchange(stand, code, { authorization: BASIC, dpop: proof })
  ).json()) as Tokens;
  const bearer = await fetch(`${stand.base}/me`, {
    headers: { authorization: `Bearer ${access}` },
  });
  assert.equal(bearer.status, 401);

  const ath = createHash('sha256').update(access).digest('base64url');
  const shown = await dpopProof(key, `${stand.base}/me`, { htm: 'GET', ath });
  const look = () =>
    fetch(`${stand.base}/me`, { headers: { authorization: `DPoP ${access}`, dpop: shown } });
  assert.equal((await look()).status, 200);
  const again = await look();
  assert.equal(again.status, 401);
  assert.match(again.headers.get('www-authenticate') ?? '', /^DPoP .*error="invalid_dpop_proof"/);

  const replayed = await post(
    stand,
    '/token',
    { grant_type: 'client_credentials' },
    { authorization: BASIC, dpop: proof },
  );
  assert.deepEqual(
    [replayed.status, ((await replayed.json()) as { error: string }).error],
    [400, 'invalid_dpop_proof'],
  );

  const pushing = await dpopProof(key, `${stand.base}/request`);
  const push = () =>
    post(stand, '/request', Object.fromEntries(authorizationParams(pkce().challenge)), {
      authorization: BASIC,
      dpop: pushing,
    });
  assert.equal((await push()).status, 201);
  const second = await push();
  assert.deepEqual(
    [second.status, ((await second.json()) as { error: string }).error],
    [400, 'invalid_dpop_proof'],
  );
});

test('private_key_jwt authenticates a client, once per assertion', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k' };
  await addClient(
    stand.db,
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
    .setAudience(stand.base)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);
  const ask = () =>
    post(
      stand,
      '/token',
      {
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      {},
    );
  assert.equal((await ask()).status, 200);
  const again = await ask();
  assert.deepEqual(
    [again.status, ((await again.json()) as { error: string }).error],
    [401, 'invalid_client'],
  );
});

test('the introspection answer comes as a signed JWT when it is asked for (RFC 9701)', async () => {
  const { access_token: token } = await getTokens(stand);
  const answer = await post(
    stand,
    '/token/introspection',
    { token },
    { authorization: BASIC, accept: 'application/token-introspection+jwt' },
  );
  const jwt = await answer.text();
  assert.equal(decodeProtectedHeader(jwt).typ, 'token-introspection+jwt');
  assert.equal((decodeJwt(jwt).token_introspection as { active: boolean }).active, true);
});

test('another client learns nothing by introspecting a token that is not for it', async () => {
  const { access_token: token } = await getTokens(stand);
  const answer = await post(
    stand,
    '/token/introspection',
    { token },
    { authorization: `Basic ${btoa('platform:platform-secret')}` },
  );
  assert.deepEqual(await answer.json(), { active: false });
});
