import { hash, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { deleteClient } from '../../src/oidc/clients.store.ts';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { addPlatform, demoPlatform, tokenOf, told } from '../fixtures/scim.ts';
import { App } from '../support/apps.ts';
import { makeAccount } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const URL = `${issuer}/scim/v2/Users`;
const platform = new App(issuer, 'demo-platform', 'demo-platform-secret');

const [signingKey] = bindery.keys.filter(({ purpose }) => purpose === 'oidc');
const { kid = '', alg = 'ES256' } = signingKey?.publicJwk ?? {};
const serverKey = await importJWK({ ...signingKey?.privateJwk }, alg);
const now = () => Math.floor(Date.now() / 1000);

/** What the server puts into a token of the platform's client. */
function claims(more: JWTPayload = {}): JWTPayload {
  return {
    iss: issuer,
    aud: `${issuer}/api/v1`,
    sub: 'demo-platform',
    client_id: 'demo-platform',
    scope: 'accounts:write',
    iat: now(),
    exp: now() + 60,
    jti: randomUUID(),
    ...more,
  };
}

async function sign(more: JWTPayload = {}, header: Record<string, string> = {}): Promise<string> {
  return await new SignJWT(claims(more))
    .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
    .sign(serverKey);
}

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const jkt = await calculateJwkThumbprint(jwk);
const bound = await sign({ cnf: { jkt } });

async function call(authorization: string | undefined, proof?: string, url = URL) {
  const answer = await fetch(url, {
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(proof === undefined ? {} : { dpop: proof }),
    },
  });
  await answer.arrayBuffer();
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '' };
}

const bearer = async (token: string) => (await call(`Bearer ${token}`)).status;

describe('an access token for the API', () => {
  test('of the token endpoint is accepted, and so is one like it', async () => {
    expect(await bearer(await tokenOf(platform))).toBe(200);
    expect(await bearer(await sign())).toBe(200);
    expect((await call(`bEARER ${await sign()}`)).status).toBe(200);
  });

  test('is needed, and the answer says which scope', async () => {
    for (const nothing of [undefined, 'Basic ZGVtbzpkZW1v', 'Bearer', 'Bearer a b', 'Bearer é']) {
      const { status, challenge } = await call(nothing);
      expect([nothing, status]).toStrictEqual([nothing, 401]);
      expect(challenge).toBe(
        'Bearer realm="bindery", scope="accounts:write", DPoP algs="ES256 EdDSA"',
      );
    }
    expect((await call('Bearer made.up.token')).challenge).toContain('error="invalid_token"');
  });

  // biome-ignore format: a table is read by its columns
  const FORGED: readonly (readonly [what: string, token: () => Promise<string>])[] = [
    ['that is expired',               async () => await sign({ exp: now() - 1 })],
    ['without an end',                async () => await sign({ exp: undefined })],
    ['without a client',              async () => await sign({ client_id: undefined })],
    ['that begins later',             async () => await sign({ nbf: now() + 60 })],
    ['of another issuer',             async () => await sign({ iss: 'https://elsewhere.example' })],
    ['for another audience',          async () => await sign({ aud: issuer })],
    ['for an app',                    async () => await sign({ aud: 'demo-platform' })],
    ['that is an ID token',           async () => await sign({ aud: `${issuer}/api/v1` }, { typ: 'JWT' })],
    ['that is a binding token',       async () => await sign({}, { typ: 'account-binding+jwt' })],
    ['without a signature',           async () => new UnsecuredJWT(claims()).encode()],
    ['of a client that is not there', async () => await sign({ client_id: 'nobody', sub: 'nobody' })],
    ['of an account that is not there', async () => await sign({ sub: 'acc_nobody' })],
  ];
  for (const [what, token] of FORGED)
    test(`is refused: one ${what}`, async () => expect(await bearer(await token())).toBe(401));

  test('is refused when another key signed it, under any name', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    for (const name of [kid, 'another'])
      expect(
        await bearer(
          await new SignJWT(claims())
            .setProtectedHeader({ alg: 'ES256', kid: name, typ: 'at+jwt' })
            .sign(privateKey),
        ),
      ).toBe(401);
  });

  test('is refused when the key of binding tokens signed it', async () => {
    const other = bindery.keys.find(({ purpose }) => purpose === 'binding');
    const algorithm = other?.publicJwk.alg ?? 'ES256';
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: algorithm, kid: other?.publicJwk.kid ?? '', typ: 'at+jwt' })
      .sign(await importJWK({ ...other?.privateJwk }, algorithm));
    expect(await bearer(token)).toBe(401);
  });

  test('does only what its scope says', async () => {
    const { status, challenge } = await call(
      `Bearer ${await tokenOf(platform, 'facts:write bindings:read')}`,
    );
    expect([status, challenge.includes('error="insufficient_scope"')]).toStrictEqual([403, true]);
    expect(await bearer(await sign({ scope: 'accounts:writer' }))).toBe(403);
    expect(await bearer(await sign({ scope: ['accounts:write'] }))).toBe(403);
  });

  test('ends with its client', async () => {
    await addPlatform(db, issuer, { client_id: 'removed' });
    const token = await sign({ client_id: 'removed', sub: 'removed' });
    expect(await bearer(token)).toBe(200);
    await deleteClient(db, 'removed');
    await new Promise((done) => setTimeout(done, 5_100)); // as long as a worker may keep a client
    expect(await bearer(token)).toBe(401);
  }, 20_000);

  test('of a person ends when the account is frozen, and keeps no accounts', async () => {
    const account = await makeAccount(db, null);
    const token = await sign({ sub: account });
    expect(await bearer(token)).toBe(403); // it holds, but a person does not provision
    const by = { actor: 'test', origin: 'command' } as const;
    await db.transaction((tx) => changeStatus(tx, account, 'frozen', by));
    expect(await bearer(token)).toBe(401);
    expect(await bearer(await sign({ sub: account, iat: now() + 2 }))).toBe(401);
    await db.transaction((tx) => changeStatus(tx, account, 'normal', by));
    expect(await bearer(token)).toBe(401); // it began before the account was frozen
    expect(await bearer(await sign({ sub: account, iat: now() + 2 }))).toBe(403);
  });
});

describe('a token that is bound to a key (RFC 9449)', () => {
  async function prove(more: JWTPayload = {}, key = privateKey, shown = jwk): Promise<string> {
    return await new SignJWT({
      htm: 'GET',
      htu: URL,
      jti: randomUUID(),
      iat: now(),
      ath: hash('sha256', bound, 'base64url'),
      ...more,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: shown })
      .sign(key);
  }

  const dpop = async (proof: string | undefined, url = URL) =>
    (await call(`DPoP ${bound}`, proof, url)).status;

  test('is accepted with its proof, also with a query', async () => {
    expect(await dpop(await prove())).toBe(200);
    expect(await dpop(await prove(), `${URL}?count=1`)).toBe(200);
  });

  test('is refused without proof, and as a bearer token', async () => {
    expect(await dpop(undefined)).toBe(401);
    expect(await bearer(bound)).toBe(401);
    expect((await call(`Bearer ${bound}`, await prove())).status).toBe(401);
    expect((await call(`DPoP ${await sign()}`, await prove())).status).toBe(401);
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, more: JWTPayload])[] = [
    ['for another method',  { htm: 'POST' }],
    ['for another address', { htu: `${issuer}/scim/v2/Bulk` }],
    ['for another server',  { htu: 'https://elsewhere.example/scim/v2/Users' }],
    ['for another token',   { ath: hash('sha256', 'another', 'base64url') }],
    ['without a token',     { ath: undefined }],
    ['without a name',      { jti: undefined }],
    ['of yesterday',        { iat: now() - 86_400 }],
    ['of tomorrow',         { iat: now() + 86_400 }],
  ];
  for (const [what, more] of WRONG)
    test(`is refused with a proof ${what}`, async () =>
      expect(await dpop(await prove(more))).toBe(401));

  test('is refused with a proof of another key', async () => {
    const thief = await generateKeyPair('ES256');
    expect(await dpop(await prove({}, thief.privateKey, await exportJWK(thief.publicKey)))).toBe(
      401,
    );
    expect(await dpop(await prove({}, thief.privateKey))).toBe(401);
  });

  test('is refused with a proof that was used, also by two at once', async () => {
    const proof = await prove();
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => await dpop(proof)));
    expect(statuses.filter((status) => status === 200).length).toBe(1);
    expect(await dpop(proof)).toBe(401);
  });
});

test('the client of the demo’s platform keeps its accounts', async () => {
  expect(told(await (await demoPlatform(issuer)).send('GET', '/Users'))).toBe('200');
});
