import { describe, expect, test } from '@jest/globals';
import { errors } from 'oidc-provider';
import type { ClientHandler } from '../../src/oidc/internals.ts';
import { deferWrite } from '../../src/oidc/unit.ts';
import { sql } from '../../src/store/sql.ts';
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
import { addClient, BASIC_CLIENT_GRANTS, startProvider } from '../fixtures/provider.ts';

let handle: ClientHandler = async () => {};
const NOTE = 'urn:test:note';
const fixture = await startProvider({
  extraGrants: [{ name: NOTE, params: ['note'], handler: async (ctx) => await handle(ctx) }],
});
const { db, provider } = fixture;
await addClient(db, { grant_types: [...BASIC_CLIENT_GRANTS, NOTE] });
await db.query(sql`create table notes (note text primary key)`);

const note = async (
  text: string,
  headers: Record<string, string> = { authorization: BASIC },
): Promise<Response> => await post(fixture, '/token', { grant_type: NOTE, note: text }, headers);
const notes = async (): Promise<string[]> =>
  (await db.query<{ note: string }>(sql`select note from notes order by note`)).map(
    (row) => row.note,
  );
const rows = async (): Promise<number> =>
  (await db.query<{ n: number }>(sql`select count(*)::int as n from oidc_artifacts`))[0]?.n ?? 0;

/** Stores a token in the request, and defers a row of the domain. */
const tokenAndNote: ClientHandler = async (ctx) => {
  const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope: 'openid' });
  const text = ctx.oidc.params.note as string;
  deferWrite(async (tx) => {
    await tx.query(sql`insert into notes (note) values (${text})`);
  });
  ctx.body = { access_token: await token.save(), token_type: 'Bearer' };
};

describe('what a request writes commits or rolls back together', () => {
  test('a deferred write commits with the request', async () => {
    handle = tokenAndNote;
    const before = await rows();
    const answer = await note('first');
    expect(answer.status).toBe(200);
    expect(await notes()).toStrictEqual(['first']);
    expect(await rows()).toBe(before + 1);
  });

  test('a deferred write that fails rolls back the token and answers server_error', async () => {
    handle = tokenAndNote;
    const before = await rows();
    const answer = await note('first'); // the note exists already
    expect(answer.status).toBe(500);
    expect(((await answer.json()) as { error: string }).error).toBe('server_error');
    expect(await rows()).toBe(before);
  });

  test('a deferred write can refuse with an OAuth error', async () => {
    handle = async (ctx) => {
      deferWrite(async () => {
        throw new errors.AccessDenied('not today');
      });
      await tokenAndNote(ctx);
    };
    const before = await rows();
    const answer = await note('never');
    expect([answer.status, await answer.json()]).toStrictEqual([
      400,
      { error: 'access_denied', error_description: 'not today' },
    ]);
    expect([await rows(), await notes()]).toStrictEqual([before, ['first']]);
  });

  test('a deferred write can change the answer, which is not sent yet', async () => {
    handle = async (ctx) => {
      deferWrite(async (tx) => {
        const [row] = await tx.query<{ n: number }>(sql`select count(*)::int as n from notes`);
        ctx.body = { counted: row?.n };
      });
    };
    expect(await (await note('-')).json()).toStrictEqual({ counted: 1 });
  });

  test('an exception in the handler rolls back what it wrote', async () => {
    handle = async (ctx) => {
      await tokenAndNote(ctx);
      throw new Error('broken');
    };
    const before = await rows();
    expect((await note('lost')).status).toBe(500);
    expect([await rows(), await notes()]).toStrictEqual([before, ['first']]);
  });

  test('a DPoP proof stays used when its request is refused for another reason', async () => {
    handle = async (ctx) => {
      await provider.ReplayDetection.unique(
        'web',
        'of-a-refused-request',
        Math.floor(Date.now() / 1000) + 60,
      );
      deferWrite(async () => {
        throw new errors.AccessDenied();
      });
      ctx.body = {};
    };
    expect((await note('-')).status).toBe(400);
    const again = await note('-');
    expect(((await again.json()) as { error: string }).error).toBe('invalid_client');
  });

  test('a write after the flush has begun is an error', async () => {
    handle = async (ctx) => {
      deferWrite(async () => {
        await new provider.ClientCredentials({ client: ctx.oidc.client }).save();
      });
      ctx.body = {};
    };
    expect((await note('-')).status).toBe(500);
  });

  test('deferring a write outside a request is an error', () => {
    expect(() => deferWrite(async () => {})).toThrow(/no unit of work/);
  });
});

describe('steps that must be atomic', () => {
  test('a refresh consumes the old token and stores the new one, or neither', async () => {
    const { refresh_token: token } = await getTokens(fixture);
    await db.query(sql`
      create function no_new_refresh() returns trigger language plpgsql as
        $$ begin if new.model = 'RefreshToken' then raise exception 'disk full'; end if; return new; end $$`);
    await db.query(
      sql`create trigger no_new_refresh before insert on oidc_artifacts for each row execute function no_new_refresh()`,
    );
    const failed = await refresh(fixture, token);
    await db.query(sql`drop trigger no_new_refresh on oidc_artifacts`);
    expect(failed.status).toBe(500);
    // The old token must still work, because no new one was stored.
    expect((await refresh(fixture, token)).status).toBe(200);
  });

  test('a failed request sends no cookie', async () => {
    const browser = new Browser(fixture.base);
    await getCode(fixture, browser);
    await db.query(sql`
      create function no_new_code() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$`);
    await db.query(sql`
      create trigger no_new_code before insert on oidc_artifacts for each row when (new.model = 'AuthorizationCode') execute function no_new_code()`);
    const answer = await browser.get(
      `${fixture.base}/auth?${authorizationParams(pkce().challenge)}`,
    );
    expect(answer.status).toBe(500);
    expect(answer.headers.get('location')).toBe(null);
    expect(answer.headers.getSetCookie()).toStrictEqual([]);
    await db.query(sql`drop trigger no_new_code on oidc_artifacts`);
  });
});

describe('reuse of a consumed token or code', () => {
  const consumedAgo = async (seconds: number): Promise<void> => {
    await db.query(sql`
      update oidc_artifacts set consumed_at = now() - make_interval(secs => ${seconds}::float8) where consumed_at is not null`);
  };

  test('a refresh token reused within ten seconds is refused, and the grant stays', async () => {
    const { refresh_token: old } = await getTokens(fixture);
    const { access_token: access, refresh_token: kept } = (await (
      await refresh(fixture, old)
    ).json()) as Tokens;
    const again = await refresh(fixture, old);
    expect([again.status, ((await again.json()) as { error: string }).error]).toStrictEqual([
      400,
      'invalid_grant',
    ]);
    expect([await isActive(fixture, access), await isActive(fixture, kept)]).toStrictEqual([
      true,
      true,
    ]);
  });

  test('a refresh token reused later ends the grant (RFC 9700 §4.14.2)', async () => {
    const { refresh_token: old } = await getTokens(fixture);
    const { access_token: access, refresh_token: stolen } = (await (
      await refresh(fixture, old)
    ).json()) as Tokens;
    await consumedAgo(11);
    const again = await refresh(fixture, old);
    expect([again.status, ((await again.json()) as { error: string }).error]).toStrictEqual([
      400,
      'invalid_grant',
    ]);
    expect([await isActive(fixture, access), await isActive(fixture, stolen)]).toStrictEqual([
      false,
      false,
    ]);
  });

  test('a code reused after ten seconds ends the tokens made from it', async () => {
    const code = await getCode(fixture);
    const { access_token: access } = (await (await exchange(fixture, code)).json()) as Tokens;
    expect((await exchange(fixture, code)).status).toBe(400);
    expect(await isActive(fixture, access)).toBe(true);
    await consumedAgo(11);
    expect((await exchange(fixture, code)).status).toBe(400);
    expect(await isActive(fixture, access)).toBe(false);
  });

  test('introspection of a consumed refresh token is inactive and ends nothing', async () => {
    const { refresh_token: old } = await getTokens(fixture);
    const { access_token: access } = (await (await refresh(fixture, old)).json()) as Tokens;
    expect(await isActive(fixture, old)).toBe(false);
    expect(await isActive(fixture, access)).toBe(true);
  });
});

test('a DPoP-bound refresh token is refused without its key', async () => {
  const key = await makeProofKey();
  await addClient(
    db,
    { client_id: 'phone', token_endpoint_auth_method: 'none', application_type: 'web' },
    null,
  );
  const code = await getCode(fixture, new Browser(fixture.base), { client_id: 'phone' });
  const dpop = await dpopProof(key, `${fixture.base}/token`);
  const answer = await post(
    fixture,
    '/token',
    {
      grant_type: 'authorization_code',
      client_id: 'phone',
      code: code.code,
      code_verifier: code.verifier,
      redirect_uri: 'https://app.example/callback',
    },
    { dpop },
  );
  const { refresh_token: token } = (await answer.json()) as Tokens;
  const ask = async (headers: Record<string, string>) =>
    await post(
      fixture,
      '/token',
      { grant_type: 'refresh_token', client_id: 'phone', refresh_token: token },
      headers,
    );
  expect((await ask({})).status).toBe(400);
  expect(
    (await ask({ dpop: await dpopProof(await makeProofKey(), `${fixture.base}/token`) })).status,
  ).toBe(400);
  expect((await ask({ dpop: await dpopProof(key, `${fixture.base}/token`) })).status).toBe(200);
});
