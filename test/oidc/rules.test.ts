import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { CLIENT_AUTH_METHODS } from '../../src/oidc/provider.ts';
import { sql } from '../../src/store/sql.ts';
import {
  authorizationParams,
  BASIC,
  Browser,
  exchange,
  getCode,
  pkce,
  post,
} from '../fixtures/oauth-client.ts';
import { API, addClient, REDIRECT, SECRET, startProvider } from '../fixtures/provider.ts';

const fixture = await startProvider();

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: string }).error;
}

/** The error that an authorization request sends to the client by redirect. */
async function refusal(
  more: Readonly<Record<string, string>>,
  without: readonly string[] = [],
): Promise<URLSearchParams> {
  const params = authorizationParams(pkce().challenge, more);
  for (const name of without) params.delete(name);
  const { left } = await new Browser(fixture.base).follow(`${fixture.base}/auth?${params}`);
  const told = new URLSearchParams(left?.search || left?.hash.slice(1));
  expect(told.get('iss')).toBe(fixture.base); // RFC 9207
  return told;
}

/** Sends any Host header, which fetch() does not allow. */
async function getAs(host: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    request(
      `${fixture.base}${path}`,
      { headers: { host, 'x-forwarded-host': host, 'x-forwarded-proto': 'https' } },
      (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () => resolve(`${answer.headers.location ?? ''}\n${body}`));
      },
    )
      .on('error', reject)
      .end();
  });
}

describe('public documents', () => {
  for (const path of ['/.well-known/openid-configuration', '/jwks']) {
    test(`${path} is the same for every caller, headers included`, async () => {
      const told = async (headers: Record<string, string> = {}) => {
        const answer = await fetch(`${fixture.base}${path}`, { headers });
        const { date: _date, ...kept } = Object.fromEntries(answer.headers);
        return { status: answer.status, headers: kept, body: await answer.text() };
      };
      const first = await told();
      expect(first.status).toBe(200);
      expect(await told()).toStrictEqual(first);
      const script = await told({ origin: 'https://elsewhere.example' });
      expect(script.headers['access-control-allow-origin']).toBe('*');
      expect(script.body).toBe(first.body);
      expect(first.headers.vary).toBe(script.headers.vary);
      expect(await told()).toStrictEqual(first);
      expect((await fetch(`${fixture.base}${path}`, { method: 'HEAD' })).status).toBe(200);
      expect((await fetch(`${fixture.base}${path}`, { method: 'POST' })).status).not.toBe(200);
    });
  }
});

describe('RFC 6749 §5.2', () => {
  test('a grant type that a client may not use is unauthorized_client', async () => {
    await addClient(fixture.db, { client_id: 'codes-only', grant_types: ['authorization_code'] });
    const authorization = `Basic ${btoa(`codes-only:${SECRET}`)}`;
    for (const form of [
      { grant_type: 'client_credentials', refresh_token: '' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
    ]) {
      const answer = await post(fixture, '/token', form, { authorization });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect([form.grant_type, await errorOf(answer)]).toStrictEqual([
        form.grant_type,
        'unauthorized_client',
      ]);
    }
    expect(
      await errorOf(
        await post(fixture, '/token', { grant_type: 'authorization_code' }, { authorization }),
      ),
    ).toBe('invalid_request');
    expect(
      await errorOf(await post(fixture, '/token', { grant_type: 'no-such' }, { authorization })),
    ).toBe('unsupported_grant_type');
  });
});

describe('RFC 9700', () => {
  test('PKCE is required of confidential clients too', async () => {
    expect((await refusal({}, ['code_challenge', 'code_challenge_method'])).get('error')).toBe(
      'invalid_request',
    );
  });

  test('PKCE plain is refused', async () => {
    expect((await refusal({ code_challenge_method: 'plain' })).get('error')).toBe(
      'invalid_request',
    );
  });

  test('implicit and hybrid flows are refused', async () => {
    for (const type of ['token', 'id_token', 'code id_token', 'id_token token', 'none']) {
      expect([
        type,
        (await refusal({ response_type: type, nonce: 'n' })).get('error'),
      ]).toStrictEqual([type, 'unsupported_response_type']);
    }
  });

  test('the password, device and CIBA grants are refused', async () => {
    for (const grant of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
    ]) {
      expect(
        await errorOf(
          await post(fixture, '/token', { grant_type: grant, username: 'a', password: 'b' }),
        ),
      ).toBe('unsupported_grant_type');
    }
    expect((await post(fixture, '/device/auth', {})).status).toBe(404);
    expect((await post(fixture, '/backchannel', {})).status).toBe(404);
  });

  test('a redirect URI is compared whole, and a wrong one is never redirected to', async () => {
    const { left, page } = await new Browser(fixture.base).follow(
      `${fixture.base}/auth?${authorizationParams(pkce().challenge, { redirect_uri: `${REDIRECT}/more` })}`,
    );
    expect(left).toBe(undefined);
    expect(page.status).toBe(400);
  });

  test('a code is refused with a wrong verifier, and still works with its own', async () => {
    const code = await getCode(fixture);
    expect(await errorOf(await exchange(fixture, { ...code, verifier: pkce().verifier }))).toBe(
      'invalid_grant',
    );
    expect((await exchange(fixture, code)).status).toBe(200);
  });
});

describe('the issuer, whatever the Host header says', () => {
  test('discovery has URLs of the issuer only', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      const body = await getAs('evil.example', path);
      expect(body).toContain(`${fixture.base}/token`);
      expect([path, !body.includes('evil.example')]).toStrictEqual([path, true]);
    }
  });

  test('redirects into and out of an interaction stay at the issuer', async () => {
    const answer = await getAs('evil.example', `/auth?${authorizationParams(pkce().challenge)}`);
    expect(answer).not.toContain('evil.example');
    const [row] = await fixture.db.query<{ payload: { returnTo: string } }>(sql`
      select payload from oidc_artifacts where model = 'Interaction' limit 1`);
    expect(row?.payload.returnTo.startsWith(fixture.base)).toBeTruthy();
  });

  test('discovery and keys may be cached', async () => {
    for (const path of ['/.well-known/openid-configuration', '/jwks']) {
      expect((await fetch(`${fixture.base}${path}`)).headers.get('cache-control')).toBe(
        'public, max-age=300',
      );
    }
  });

  test('discovery keeps every client authentication method of the configuration', async () => {
    const told = (await (
      await fetch(`${fixture.base}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    expect(told.token_endpoint_auth_methods_supported).toStrictEqual([...CLIENT_AUTH_METHODS]);
  });

  test('discovery lists the binding endpoints and packs', async () => {
    const told = (await (
      await fetch(`${fixture.base}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    expect([
      told.binding_request_endpoint,
      told.binding_verification_uri,
      told.binding_packs_supported,
      told.authorization_details_types_supported,
    ]).toStrictEqual([
      `${fixture.base}/binding-requests`,
      `${fixture.base}/bind`,
      ['douyin'],
      ['account_binding'],
    ]);
  });
});

describe('clients', () => {
  test('a client secret is stored only as a hash', async () => {
    const [row] = await fixture.db.query<{ row: string }>(
      sql`select c::text as row from clients c where client_id = 'web'`,
    );
    expect(row?.row.includes(SECRET)).toBeFalsy();
    expect(row?.row ?? '').toMatch(/sha256:[0-9a-f]{64}/);
  });

  test('a wrong client secret is refused, and so is the hash', async () => {
    const [row] = await fixture.db.query<{ secret_hash: string }>(
      sql`select secret_hash from clients where client_id = 'web'`,
    );
    for (const wrong of ['nonsense', row?.secret_hash ?? '']) {
      const answer = await post(
        fixture,
        '/token',
        { grant_type: 'client_credentials' },
        { authorization: `Basic ${btoa(`web:${wrong}`)}` },
      );
      expect([answer.status, await errorOf(answer)]).toStrictEqual([401, 'invalid_client']);
    }
  });

  const register = async (metadata: Record<string, unknown>): Promise<Response> =>
    await fetch(`${fixture.base}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://new.example/cb'], ...metadata }),
    });

  test('registration shows the secret once and stores the hash, and the client works', async () => {
    const answer = await register({ grant_types: ['authorization_code', 'client_credentials'] });
    expect(answer.status).toBe(201);
    const told = (await answer.json()) as Record<string, string>;
    const [row] = await fixture.db.query<{ row: string }>(
      sql`select c::text as row from clients c where client_id = ${told.client_id}`,
    );
    expect(row?.row.includes(told.client_secret as string)).toBeFalsy();
    const authorization = `Basic ${btoa(`${told.client_id}:${told.client_secret}`)}`;
    expect(
      (await post(fixture, '/token', { grant_type: 'client_credentials' }, { authorization }))
        .status,
    ).toBe(200);
    const read = await fetch(told.registration_client_uri as string, {
      headers: { authorization: `Bearer ${told.registration_access_token}` },
    });
    const shown = (await read.json()) as Record<string, unknown>;
    expect(shown.client_id).toBe(told.client_id);
    expect('client_secret' in shown).toBe(false);
  });

  test('registration refuses resource scopes and malformed metadata of Bindery', async () => {
    for (const metadata of [
      { scope: 'openid facts:write' },
      { account_binding_back_channel: 'yes' },
      { account_binding_resources: 'https://rp.example' },
      { account_binding_resources: ['not a uri'] },
      { account_binding_token_signed_response_alg: 'HS256' },
      { id_token_signed_response_alg: 'HS256' },
    ]) {
      const answer = await register(metadata);
      expect([metadata, [answer.status, await errorOf(answer)]]).toStrictEqual([
        metadata,
        [400, 'invalid_client_metadata'],
      ]);
    }
  });

  test('registration can be off, and gives no binding rights outside the demo', async () => {
    const closed = await startProvider({
      config: { demo: false, trustProxy: false, registrationEnabled: false },
    });
    expect((await fetch(`${closed.base}/reg`, { method: 'POST' })).status).toBe(404);
    const open = await startProvider({
      config: { demo: false, trustProxy: false, registrationEnabled: true },
    });
    for (const metadata of [
      { account_binding_back_channel: true },
      { account_binding_resources: [API] },
    ]) {
      const answer = await fetch(`${open.base}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://new.example/cb'], ...metadata }),
      });
      expect(await errorOf(answer)).toBe('invalid_client_metadata');
    }
  });

  test('a changed client is seen within seconds, and a new one at once', async () => {
    const ask = async () =>
      await post(
        fixture,
        '/token',
        { grant_type: 'client_credentials' },
        { authorization: `Basic ${btoa(`late:${SECRET}`)}` },
      );
    expect((await ask()).status).toBe(401);
    await addClient(fixture.db, { client_id: 'late' });
    expect((await ask()).status).toBe(200);
  });
});

test('an unknown or closed account gets no answer any more', async () => {
  const { db } = fixture;
  const { code, verifier } = await getCode(fixture);
  await db.query(sql`update accounts set status = 'closed' where id = ${fixture.accountId}`);
  expect(await errorOf(await exchange(fixture, { code, verifier }, { authorization: BASIC }))).toBe(
    'invalid_grant',
  );
  await db.query(sql`update accounts set status = 'normal' where id = ${fixture.accountId}`);
});
