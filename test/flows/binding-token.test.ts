import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { App, details, makeProofKey, phone, SERVICE, service, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { bind, changeBinding, makeFamily, signIn } from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
const app = web(issuer);

/** A JWT introspection answer (RFC 9701), verified; its one claim of interest. */
async function introspectSigned(by: App, token: string) {
  const answer = await by.post('/token/introspection', { token }, undefined, {
    accept: 'application/token-introspection+jwt',
  });
  const { payload } = await jwtVerify<{
    token_introspection: { active: boolean; binding?: { state: string } };
  }>(String(answer.body.text), keys, {
    issuer,
    audience: by.id,
    typ: 'token-introspection+jwt',
  });
  return payload.token_introspection;
}

describe('the binding token (docs/protocol.md#binding-token)', () => {
  test('R6 R16 R17 R18 has exactly the members of the protocol, and a relying party can verify it', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const key = await makeProofKey();
    const asked = details({ privileges: ['live_commerce'] });
    const { token, bindingId } = await bind(phone(issuer), primary, sub, { asked, key });
    const { payload, protectedHeader } = await jwtVerify<Record<string, never>>(token, keys, {
      issuer,
      audience: 'demo-phone',
      typ: 'account-binding+jwt',
      algorithms: ['ES256'],
    });
    const {
      iat,
      exp,
      jti,
      sub: subject,
      may_act: mayAct,
      binding,
      status,
      ...rest
    } = payload as Record<string, unknown>;
    assert.deepEqual(rest, { iss: issuer, aud: 'demo-phone', cnf: { jkt: key.thumbprint } });
    assert.equal(Number(exp) - Number(iat), 3600);
    assert.match(String(jti), /^[\da-f-]{36}$/);
    assert.deepEqual(Object.keys(mayAct as object), ['iss', 'sub']);
    assert.notEqual((mayAct as { sub: string }).sub, subject);
    const {
      since,
      owner,
      same_owner: sameOwner,
      permissions,
      ...facts
    } = binding as Record<string, unknown>;
    assert.deepEqual(facts, {
      id: bindingId,
      version: 1,
      pack: 'douyin',
      kind: 'personal',
      state: 'active',
    });
    assert.ok(Math.abs(Number(since) - Number(iat)) <= 5);
    assert.match(String(owner), /^[\w-]{43}$/);
    const { method, checked_at: checkedAt, ...noMore } = sameOwner as Record<string, unknown>;
    assert.deepEqual([method, checkedAt, noMore], ['identity_document', since, {}]);
    // R16: basic at once; R17: nothing advanced by merely asking; R18: nothing core, ever.
    assert.deepEqual(permissions, [
      { name: 'comment', tier: 'basic', effective_at: since },
      { name: 'repost', tier: 'basic', effective_at: since },
    ]);
    const { idx, uri } = (status as { status_list: { idx: number; uri: string } }).status_list;
    assert.ok(Number.isInteger(idx) && uri.startsWith(`${issuer}/status/`));

    const jwks = (await (await fetch(`${issuer}/jwks`)).json()) as {
      keys: { kid: string; d?: string }[];
    };
    assert.ok(jwks.keys.every(({ d }) => d === undefined));
    const { kid } = decodeProtectedHeader(await idTokenOf(app, primary));
    assert.ok(kid);
    assert.notEqual(protectedHeader.kid, kid, 'a key of its own');
  });

  /** What an ordinary sign-in tells the app. */
  async function idTokenOf(by: App, login: string): Promise<string> {
    const surfer = new Surfer(issuer);
    const started = await by.start();
    const consent = await signIn(surfer, await surfer.open(started.url), login);
    const form = consent.form('decision', 'approve');
    const { location } = await surfer.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    return text((await by.exchange(location as URL, started)).body, 'id_token');
  }

  test('names both accounts by the subject identifiers that the app knows them by, and elsewhere by others', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token } = await bind(app, primary, sub);
    const claims = decodeJwt<{ may_act: { sub: string }; binding: { owner: string } }>(token);
    assert.equal(claims.sub, decodeJwt(await idTokenOf(app, sub)).sub);
    assert.equal(claims.may_act.sub, decodeJwt(await idTokenOf(app, primary)).sub);

    const [other, another] = (await makeFamily(bindery.db, 2)) as [string, string];
    const here = decodeJwt<typeof claims>(
      (await bind(app, other, another, { asked: details() })).token,
    );
    const ids = [
      claims.sub,
      claims.may_act.sub,
      claims.binding.owner,
      here.sub,
      here.may_act.sub,
      here.binding.owner,
    ];
    assert.equal(new Set(ids).size, 6, 'nobody shares an identifier');
  });

  test('one account pair has other identifiers for another audience', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub, {
      asked: details({ locations: [SERVICE] }),
    });
    const there = decodeJwt<{ may_act: { sub: string } }>(token);
    assert.equal(there.aud, SERVICE);
    assert.notEqual(there.sub, decodeJwt(await idTokenOf(app, sub)).sub);
    assert.notEqual(there.may_act.sub, decodeJwt(await idTokenOf(app, primary)).sub);
    assert.ok(bindingId);
  });

  test('holds no personal data: no login, name, id of an account or owner, device or address', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const windows = {
      'user-agent':
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36',
    };
    const { token } = await bind(app, primary, sub, { surfer: new Surfer(issuer, windows) });
    const said = JSON.stringify([decodeProtectedHeader(token), decodeJwt(token)]);
    const people = await bindery.db.query<Record<string, string>>(sql`
      select id, login, display_name, owner_id from accounts where login in (${primary}, ${sub})`);
    const personal = [
      ...people.flatMap((row) => Object.values(row)),
      'Chrome',
      'Windows',
      '127.0.0',
      '::',
    ];
    assert.deepEqual(
      personal.filter((word) => said.includes(word)),
      [],
    );
  });
});

describe('introspection of a binding token', () => {
  test('R6 R29 is live for the audience, in JSON and signed, and says nothing to anybody else', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub, {
      asked: details({ locations: [SERVICE] }),
    });
    const rp = service(issuer);
    const live = await rp.introspect(token);
    const claims = decodeJwt(token);
    assert.deepEqual(
      {
        active: live.active,
        type: live.token_type,
        sub: live.sub,
        aud: live.aud,
        jti: live.jti,
        exp: live.exp,
      },
      {
        active: true,
        type: 'urn:bindery:token-type:account-binding',
        sub: claims.sub,
        aud: SERVICE,
        jti: claims.jti,
        exp: claims.exp,
      },
    );
    assert.equal((live.binding as { id: string }).id, bindingId);
    assert.equal((await introspectSigned(rp, token)).active, true);
    for (const stranger of [app, new App(issuer, 'demo-platform', 'demo-platform-secret')]) {
      assert.deepEqual(await stranger.introspect(token), { active: false });
    }
    const unproven = await new App(issuer, 'demo-rp', 'a-wrong-secret').post(
      '/token/introspection',
      { token },
    );
    assert.equal(unproven.status, 401);
  });

  test('R28 R29 is inactive at once when either side suspends, and tells its audience the state', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub);
    assert.equal((await app.introspect(token)).active, true);
    await changeBinding(new Surfer(issuer), sub, bindingId, 'suspend');
    const told = await app.introspect(token);
    assert.deepEqual(told, {
      active: false,
      binding: { id: bindingId, version: 2, state: 'suspended' },
    });
    assert.equal((await introspectSigned(app, token)).active, false);
    assert.deepEqual(
      await service(issuer).introspect(token),
      { active: false },
      'a stranger learns no state',
    );
    await changeBinding(new Surfer(issuer), sub, bindingId, 'resume');
    assert.equal((await app.introspect(token)).active, true);
  });

  test('is inactive for a forged, shortened or foreign token', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token } = await bind(app, primary, sub);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const other = Buffer.from(
      JSON.stringify({ ...decodeJwt(token), sub: 'somebody-else' }),
    ).toString('base64url');
    const unsigned = Buffer.from(
      JSON.stringify({ alg: 'none', typ: 'account-binding+jwt' }),
    ).toString('base64url');
    for (const forged of [
      `${header}.${other}.${signature}`,
      `${unsigned}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      'x.y.z',
    ]) {
      assert.notEqual((await app.introspect(forged)).active, true, forged.slice(0, 30));
    }
  });
});

describe('the status list', () => {
  test('R29 gives each audience an index of its own, two bits, may be kept for 5 s, and shows suspension and resumption', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub);
    assert.equal((await readStatus(issuer, token)).status, 0);
    for (const [change, status] of [
      ['suspend', 2],
      ['resume', 0],
      ['suspend', 2],
    ] as const) {
      await changeBinding(new Surfer(issuer), primary, bindingId, change);
      let seen = await readStatus(issuer, token);
      for (let tries = 0; seen.status !== status && tries < 300; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        seen = await readStatus(issuer, token);
      }
      assert.equal(seen.status, status, `${change} shows`);
    }
    const { ttl, cacheControl, bits } = await readStatus(issuer, token);
    assert.deepEqual([ttl, bits], [5, 2]);
    assert.match(cacheControl, /max-age=[0-5]\b/);
  });

  test('places neighbours at random, and keeps a binding’s place for an audience', async () => {
    const places = new Set<string>();
    const indices: number[] = [];
    for (let times = 0; times < 3; times += 1) {
      const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
      const { token, offer } = await bind(app, primary, sub);
      const again = text((await app.redeem(offer.handle)).body, 'binding_token');
      const [first, second] = [token, again].map(
        (each) =>
          decodeJwt<{ status: { status_list: { idx: number; uri: string } } }>(each).status
            .status_list,
      );
      assert.deepEqual(first, second);
      places.add(JSON.stringify(first));
      indices.push(first?.idx ?? -1);
    }
    assert.equal(places.size, 3);
    const [a, b, c] = indices as [number, number, number];
    assert.ok(!(b === a + 1 && c === b + 1), `in a row: ${indices}`);
  });

  test('all lists are found through discovery, and an unknown one is 404', async () => {
    const discovery = (await (
      await fetch(`${issuer}/.well-known/openid-configuration`)
    ).json()) as {
      status_list_aggregation_endpoint: string;
    };
    const { status_lists: lists } = (await (
      await fetch(discovery.status_list_aggregation_endpoint)
    ).json()) as { status_lists: string[] };
    assert.ok(lists.length > 0);
    for (const list of lists)
      assert.equal((await fetch(list)).headers.get('content-type'), 'application/statuslist+jwt');
    for (const id of ['99999', '0', '-1', 'x', '1e3', '999999999999'])
      assert.equal((await fetch(`${issuer}/status/${id}`)).status, 404, id);
  });
});

test('a token issued while the binding is suspended says so and grants nothing (R28)', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const { offer, bindingId } = await bind(app, primary, sub);
  await changeBinding(new Surfer(issuer), primary, bindingId, 'suspend');
  await advance(managementUrl, 'PT5S');
  const { body } = await app.redeem(offer.handle);
  const { binding } = decodeJwt<{
    binding: { state: string; version: number; permissions: unknown[] };
  }>(text(body, 'binding_token'));
  assert.deepEqual([binding.state, binding.version, binding.permissions], ['suspended', 2, []]);
});
