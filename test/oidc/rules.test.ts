import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { API, addClient, REDIRECT, SECRET, startStand } from './stand.ts';
import { authorizationParams, BASIC, Browser, exchange, getCode, pkce, post } from './walk.ts';

const stand = await startStand();

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: string }).error;
}

/** What an authorization request is refused with, told to the client by redirect. */
async function refusal(
  more: Readonly<Record<string, string>>,
  without: readonly string[] = [],
): Promise<URLSearchParams> {
  const params = authorizationParams(pkce().challenge, more);
  for (const name of without) params.delete(name);
  const { left } = await new Browser(stand.base).follow(`${stand.base}/auth?${params}`);
  const told = new URLSearchParams(left?.search || left?.hash.slice(1));
  assert.equal(told.get('iss'), stand.base); // RFC 9207
  return told;
}

/** fetch() does not let a caller choose its Host; an attacker's client does. */
async function getAs(host: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    request(
      `${stand.base}${path}`,
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

describe('what is published', () => {
  for (const path of ['/.well-known/openid-configuration', '/jwks']) {
    test(`${path} is the same, headers and all, however often it is asked for and by whom`, async () => {
      const told = async (headers: Record<string, string> = {}) => {
        const answer = await fetch(`${stand.base}${path}`, { headers });
        const { date: _date, ...kept } = Object.fromEntries(answer.headers);
        return { status: answer.status, headers: kept, body: await answer.text() };
      };
      const first = await told();
      assert.equal(first.status, 200);
      assert.deepEqual(await told(), first);
      const script = await told({ origin: 'https://elsewhere.example' });
      assert.equal(script.headers['access-control-allow-origin'], '*');
      assert.equal(script.body, first.body);
      assert.equal(first.headers.vary, script.headers.vary);
      assert.deepEqual(await told(), first);
      assert.equal((await fetch(`${stand.base}${path}`, { method: 'HEAD' })).status, 200);
      assert.notEqual((await fetch(`${stand.base}${path}`, { method: 'POST' })).status, 200);
    });
  }
});

describe('RFC 6749 §5.2', () => {
  test('a grant that is not among the client’s is unauthorized_client, and the answer is as for any error', async () => {
    await addClient(stand.db, { client_id: 'codes-only', grant_types: ['authorization_code'] });
    const authorization = `Basic ${btoa(`codes-only:${SECRET}`)}`;
    for (const form of [
      { grant_type: 'client_credentials', refresh_token: '' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
    ]) {
      const answer = await post(stand, '/token', form, { authorization });
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(await errorOf(answer), 'unauthorized_client', form.grant_type);
    }
    assert.equal(
      await errorOf(
        await post(stand, '/token', { grant_type: 'authorization_code' }, { authorization }),
      ),
      'invalid_request',
    );
    assert.equal(
      await errorOf(await post(stand, '/token', { grant_type: 'no-such' }, { authorization })),
      'unsupported_grant_type',
    );
  });
});

describe('RFC 9700', () => {
  test('PKCE is asked of confidential clients too', async () => {
    assert.equal(
      (await refusal({}, ['code_challenge', 'code_challenge_method'])).get('error'),
      'invalid_request',
    );
  });

  test('PKCE plain is refused', async () => {
    assert.equal(
      (await refusal({ code_challenge_method: 'plain' })).get('error'),
      'invalid_request',
    );
  });

  test('implicit and hybrid are refused', async () => {
    for (const type of ['token', 'id_token', 'code id_token', 'id_token token', 'none']) {
      assert.equal(
        (await refusal({ response_type: type, nonce: 'n' })).get('error'),
        'unsupported_response_type',
        type,
      );
    }
  });

  test('the password, device and CIBA grants are refused', async () => {
    for (const grant of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
    ]) {
      assert.equal(
        await errorOf(
          await post(stand, '/token', { grant_type: grant, username: 'a', password: 'b' }),
        ),
        'unsupported_grant_type',
      );
    }
    assert.equal((await post(stand, '/device/auth', {})).status, 404);
    assert.equal((await post(stand, '/backchannel', {})).status, 404);
  });

  test('a redirect URI is compared whole, and a wrong one is never redirected to', async () => {
    const { left, page } = await new Browser(stand.base).follow(
      `${stand.base}/auth?${authorizationParams(pkce().challenge, { redirect_uri: `${REDIRECT}/more` })}`,
    );
    assert.equal(left, undefined);
    assert.equal(page.status, 400);
  });

  test('a code is refused with another verifier, and still good with its own', async () => {
    const code = await getCode(stand);
    assert.equal(
      await errorOf(await exchange(stand, { ...code, verifier: pkce().verifier })),
      'invalid_grant',
    );
    assert.equal((await exchange(stand, code)).status, 200);
  });
});

describe('the issuer is told, whatever Host says', () => {
  test('discovery names the issuer alone', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      const body = await getAs('evil.example', path);
      assert.ok(body.includes(`${stand.base}/token`));
      assert.ok(!body.includes('evil.example'), path);
    }
  });

  test('so do redirects into an interaction and out of it', async () => {
    const answer = await getAs('evil.example', `/auth?${authorizationParams(pkce().challenge)}`);
    assert.ok(!answer.includes('evil.example'));
    const [row] = await stand.db.query<{ payload: { returnTo: string } }>(sql`
      select payload from oidc_artifacts where model = 'Interaction' limit 1`);
    assert.ok(row?.payload.returnTo.startsWith(stand.base));
  });

  test('discovery and keys may be cached for a while', async () => {
    for (const path of ['/.well-known/openid-configuration', '/jwks']) {
      assert.equal(
        (await fetch(`${stand.base}${path}`)).headers.get('cache-control'),
        'public, max-age=300',
      );
    }
  });

  test('discovery lists the binding endpoints and packs', async () => {
    const told = (await (
      await fetch(`${stand.base}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    assert.deepEqual(
      [
        told.binding_request_endpoint,
        told.binding_verification_uri,
        told.binding_packs_supported,
        told.authorization_details_types_supported,
      ],
      [`${stand.base}/binding-requests`, `${stand.base}/bind`, ['douyin'], ['account_binding']],
    );
  });
});

describe('clients', () => {
  test('a secret is stored as a hash and nowhere else', async () => {
    const [row] = await stand.db.query<{ row: string }>(
      sql`select c::text as row from clients c where client_id = 'web'`,
    );
    assert.ok(!row?.row.includes(SECRET));
    assert.match(row?.row ?? '', /sha256:[0-9a-f]{64}/);
  });

  test('a wrong secret is refused, and the hash is no secret', async () => {
    const [row] = await stand.db.query<{ secret_hash: string }>(
      sql`select secret_hash from clients where client_id = 'web'`,
    );
    for (const wrong of ['nonsense', row?.secret_hash ?? '']) {
      const answer = await post(
        stand,
        '/token',
        { grant_type: 'client_credentials' },
        { authorization: `Basic ${btoa(`web:${wrong}`)}` },
      );
      assert.deepEqual([answer.status, await errorOf(answer)], [401, 'invalid_client']);
    }
  });

  const register = async (metadata: Record<string, unknown>): Promise<Response> =>
    await fetch(`${stand.base}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://new.example/cb'], ...metadata }),
    });

  test('who registers is told the secret once; the hash is stored, the client works', async () => {
    const answer = await register({ grant_types: ['authorization_code', 'client_credentials'] });
    assert.equal(answer.status, 201);
    const told = (await answer.json()) as Record<string, string>;
    const [row] = await stand.db.query<{ row: string }>(
      sql`select c::text as row from clients c where client_id = ${told.client_id}`,
    );
    assert.ok(!row?.row.includes(told.client_secret as string));
    const authorization = `Basic ${btoa(`${told.client_id}:${told.client_secret}`)}`;
    assert.equal(
      (await post(stand, '/token', { grant_type: 'client_credentials' }, { authorization })).status,
      200,
    );
    const read = await fetch(told.registration_client_uri as string, {
      headers: { authorization: `Bearer ${told.registration_access_token}` },
    });
    const shown = (await read.json()) as Record<string, unknown>;
    assert.equal(shown.client_id, told.client_id);
    assert.equal('client_secret' in shown, false);
  });

  test('nobody registers itself for the scopes of a resource, or with malformed metadata of ours', async () => {
    for (const metadata of [
      { scope: 'openid facts:write' },
      { account_binding_back_channel: 'yes' },
      { account_binding_resources: 'https://rp.example' },
      { account_binding_resources: ['not a uri'] },
      { account_binding_token_signed_response_alg: 'HS256' },
      { id_token_signed_response_alg: 'HS256' },
    ]) {
      const answer = await register(metadata);
      assert.deepEqual(
        [answer.status, await errorOf(answer)],
        [400, 'invalid_client_metadata'],
        JSON.stringify(metadata),
      );
    }
  });

  test('registration can be off, and outside the demo gives nobody the back channel or a resource', async () => {
    const closed = await startStand({
      config: { demo: false, trustProxy: false, registrationEnabled: false },
    });
    assert.equal((await fetch(`${closed.base}/reg`, { method: 'POST' })).status, 404);
    const open = await startStand({
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
      assert.equal(await errorOf(answer), 'invalid_client_metadata');
    }
  });

  test('a client changed by another worker is seen within seconds, and one that was unknown at once', async () => {
    const ask = async () =>
      await post(
        stand,
        '/token',
        { grant_type: 'client_credentials' },
        { authorization: `Basic ${btoa(`late:${SECRET}`)}` },
      );
    assert.equal((await ask()).status, 401);
    await addClient(stand.db, { client_id: 'late' });
    assert.equal((await ask()).status, 200);
  });
});

test('an unknown or closed account answers nothing any more', async () => {
  const { db } = stand;
  const { code, verifier } = await getCode(stand);
  await db.query(sql`update accounts set status = 'closed' where id = ${stand.accountId}`);
  assert.equal(
    await errorOf(await exchange(stand, { code, verifier }, { authorization: BASIC })),
    'invalid_grant',
  );
  await db.query(sql`update accounts set status = 'normal' where id = ${stand.accountId}`);
});
