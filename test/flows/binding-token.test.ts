import { describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { App, details, makeProofKey, phone, SERVICE, service, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { bind, changeBinding, makeFamily, signIn } from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';

const { issuer, managementUrl, bindery } = await startServer();
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
const app = web(issuer);

/** Verifies a JWT introspection answer (RFC 9701); gives its `token_introspection` claim. */
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
  test('a binding token has the documented members and verifies [R6, R16, R18]', async () => {
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
    expect(rest).toStrictEqual({ iss: issuer, aud: 'demo-phone', cnf: { jkt: key.thumbprint } });
    expect(Number(exp) - Number(iat)).toBe(3600);
    expect(String(jti)).toMatch(/^[\da-f-]{36}$/);
    expect(Object.keys(mayAct as object)).toStrictEqual(['iss', 'sub']);
    expect((mayAct as { sub: string }).sub).not.toBe(subject);
    const {
      since,
      owner,
      same_owner: sameOwner,
      permissions,
      ...facts
    } = binding as Record<string, unknown>;
    expect(facts).toStrictEqual({
      id: bindingId,
      version: 1,
      pack: 'douyin',
      kind: 'personal',
      state: 'active',
    });
    expect(Math.abs(Number(since) - Number(iat))).toBeLessThanOrEqual(5);
    expect(String(owner)).toMatch(/^[\w-]{43}$/);
    const { method, checked_at: checkedAt, ...noMore } = sameOwner as Record<string, unknown>;
    expect([method, checkedAt, noMore]).toStrictEqual(['identity_document', since, {}]);
    // R16: basic permissions at once. R17: no advanced one by asking. R18: never a core one.
    expect(permissions).toStrictEqual([
      { name: 'comment', tier: 'basic', effective_at: since },
      { name: 'repost', tier: 'basic', effective_at: since },
    ]);
    const { idx, uri } = (status as { status_list: { idx: number; uri: string } }).status_list;
    expect(Number.isInteger(idx)).toBe(true);
    expect(uri.startsWith(`${issuer}/status/`)).toBe(true);

    const jwks = (await (await fetch(`${issuer}/jwks`)).json()) as {
      keys: { kid: string; d?: string }[];
    };
    expect(jwks.keys.every(({ d }) => d === undefined)).toBe(true);
    const { kid } = decodeProtectedHeader(await idTokenOf(app, primary));
    expect(kid).toBeTruthy();
    // Binding tokens have a key of their own.
    expect(protectedHeader.kid).not.toBe(kid);
  });

  /** The claims that an ordinary sign-in gives to the app. */
  async function idTokenOf(by: App, login: string): Promise<string> {
    const browser = new HttpBrowser(issuer);
    const started = await by.start();
    const consent = await signIn(browser, await browser.open(started.url), login);
    const form = consent.form('decision', 'approve');
    const { location } = await browser.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    return text((await by.exchange(location as URL, started)).body, 'id_token');
  }

  test('a binding token names both accounts by the pairwise ids of the app', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token } = await bind(app, primary, sub);
    const claims = decodeJwt<{ may_act: { sub: string }; binding: { owner: string } }>(token);
    expect(claims.sub).toBe(decodeJwt(await idTokenOf(app, sub)).sub);
    expect(claims.may_act.sub).toBe(decodeJwt(await idTokenOf(app, primary)).sub);

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
    // No two identifiers are equal.
    expect(new Set(ids).size).toBe(6);
  });

  test('an account pair has other identifiers for another audience', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub, {
      asked: details({ locations: [SERVICE] }),
    });
    const there = decodeJwt<{ may_act: { sub: string } }>(token);
    expect(there.aud).toBe(SERVICE);
    expect(there.sub).not.toBe(decodeJwt(await idTokenOf(app, sub)).sub);
    expect(there.may_act.sub).not.toBe(decodeJwt(await idTokenOf(app, primary)).sub);
    expect(bindingId).toBeTruthy();
  });

  test('a binding token holds no personal data and no internal id', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const windows = {
      'user-agent':
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36',
    };
    const { token } = await bind(app, primary, sub, { browser: new HttpBrowser(issuer, windows) });
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
    expect(personal.filter((word) => said.includes(word))).toStrictEqual([]);
  });
});

describe('introspection of a binding token', () => {
  test('only the audience can introspect a binding token, as JSON or JWT [R6]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub, {
      asked: details({ locations: [SERVICE] }),
    });
    const rp = service(issuer);
    const live = await rp.introspect(token);
    const claims = decodeJwt(token);
    expect({
      active: live.active,
      type: live.token_type,
      sub: live.sub,
      aud: live.aud,
      jti: live.jti,
      exp: live.exp,
    }).toStrictEqual({
      active: true,
      type: 'urn:bindery:token-type:account-binding',
      sub: claims.sub,
      aud: SERVICE,
      jti: claims.jti,
      exp: claims.exp,
    });
    expect((live.binding as { id: string }).id).toBe(bindingId);
    expect((await introspectSigned(rp, token)).active).toBe(true);
    for (const stranger of [app, new App(issuer, 'demo-platform', 'demo-platform-secret')]) {
      expect(await stranger.introspect(token)).toStrictEqual({ active: false });
    }
    const unproven = await new App(issuer, 'demo-rp', 'a-wrong-secret').post(
      '/token/introspection',
      { token },
    );
    expect(unproven.status).toBe(401);
  });

  test('introspection is inactive when a side suspends, and tells why [R28]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub);
    expect((await app.introspect(token)).active).toBe(true);
    await changeBinding(new HttpBrowser(issuer), sub, bindingId, 'suspend');
    const told = await app.introspect(token);
    expect(told).toStrictEqual({
      active: false,
      binding: { id: bindingId, version: 2, state: 'suspended' },
    });
    expect((await introspectSigned(app, token)).active).toBe(false);
    // Another client learns no state.
    expect(await service(issuer).introspect(token)).toStrictEqual({ active: false });
    await changeBinding(new HttpBrowser(issuer), sub, bindingId, 'resume');
    expect((await app.introspect(token)).active).toBe(true);
  });

  test('introspection is inactive for a forged, shortened or foreign token', async () => {
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
      expect([forged.slice(0, 30), (await app.introspect(forged)).active]).not.toStrictEqual([
        forged.slice(0, 30),
        true,
      ]);
    }
  });
});

describe('the status list', () => {
  test('each audience has its own index, where suspension and resumption show', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { token, bindingId } = await bind(app, primary, sub);
    expect((await readStatus(issuer, token)).status).toBe(0);
    for (const [change, status] of [
      ['suspend', 2],
      ['resume', 0],
      ['suspend', 2],
    ] as const) {
      await changeBinding(new HttpBrowser(issuer), primary, bindingId, change);
      let seen = await readStatus(issuer, token);
      for (let tries = 0; seen.status !== status && tries < 300; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        seen = await readStatus(issuer, token);
      }
      expect([`${change} shows`, seen.status]).toStrictEqual([`${change} shows`, status]);
    }
    const { ttl, cacheControl, bits } = await readStatus(issuer, token);
    expect([ttl, bits]).toStrictEqual([5, 2]);
    expect(cacheControl).toMatch(/max-age=[0-5]\b/);
  });

  test('status indexes are random, and a binding keeps its index for an audience', async () => {
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
      expect(first).toStrictEqual(second);
      places.add(JSON.stringify(first));
      indices.push(first?.idx ?? -1);
    }
    expect(places.size).toBe(3);
    const [a, b, c] = indices as [number, number, number];
    expect([`in a row: ${indices}`, !(b === a + 1 && c === b + 1)]).toStrictEqual([
      `in a row: ${indices}`,
      true,
    ]);
  });

  test('discovery leads to all status lists, and an unknown list is 404', async () => {
    const discovery = (await (
      await fetch(`${issuer}/.well-known/openid-configuration`)
    ).json()) as {
      status_list_aggregation_endpoint: string;
    };
    const { status_lists: lists } = (await (
      await fetch(discovery.status_list_aggregation_endpoint)
    ).json()) as { status_lists: string[] };
    expect(lists.length).toBeGreaterThan(0);
    for (const list of lists)
      expect((await fetch(list)).headers.get('content-type')).toBe('application/statuslist+jwt');
    for (const id of ['99999', '0', '-1', 'x', '1e3', '999999999999'])
      expect([id, (await fetch(`${issuer}/status/${id}`)).status]).toStrictEqual([id, 404]);
  });
});

test('a token issued during a suspension says so and grants nothing [R28]', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const { offer, bindingId } = await bind(app, primary, sub);
  await changeBinding(new HttpBrowser(issuer), primary, bindingId, 'suspend');
  await advance(managementUrl, 'PT5S');
  const { body } = await app.redeem(offer.handle);
  const { binding } = decodeJwt<{
    binding: { state: string; version: number; permissions: unknown[] };
  }>(text(body, 'binding_token'));
  expect([binding.state, binding.version, binding.permissions]).toStrictEqual(['suspended', 2, []]);
});
