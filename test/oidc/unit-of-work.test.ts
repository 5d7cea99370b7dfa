import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errors } from 'oidc-provider';
import type { ClientHandler } from '../../src/oidc/internals.ts';
import { deferWrite } from '../../src/oidc/unit.ts';
import { sql } from '../../src/store/sql.ts';
import { addClient, BASIC_CLIENT_GRANTS, startStand } from './stand.ts';
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

let handle: ClientHandler = async () => {};
const NOTE = 'urn:test:note';
const stand = await startStand({
  extraGrants: [{ name: NOTE, params: ['note'], handler: async (ctx) => await handle(ctx) }],
});
const { db, provider } = stand;
await addClient(db, { grant_types: [...BASIC_CLIENT_GRANTS, NOTE] });
await db.query(sql`create table notes (note text primary key)`);

const note = async (
  text: string,
  headers: Record<string, string> = { authorization: BASIC },
): Promise<Response> => await post(stand, '/token', { grant_type: NOTE, note: text }, headers);
const notes = async (): Promise<string[]> =>
  (await db.query<{ note: string }>(sql`select note from notes order by note`)).map(
    (row) => row.note,
  );
const rows = async (): Promise<number> =>
  (await db.query<{ n: number }>(sql`select count(*)::int as n from oidc_artifacts`))[0]?.n ?? 0;

/** A token of the request, and a row of the domain's, that belong together. */
const tokenAndNote: ClientHandler = async (ctx) => {
  const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope: 'openid' });
  const text = ctx.oidc.params.note as string;
  deferWrite(async (tx) => {
    await tx.query(sql`insert into notes (note) values (${text})`);
  });
  ctx.body = { access_token: await token.save(), token_type: 'Bearer' };
};

describe('what a request writes stands or falls together', () => {
  test('a deferred write commits with the request', async () => {
    handle = tokenAndNote;
    const before = await rows();
    const answer = await note('first');
    assert.equal(answer.status, 200);
    assert.deepEqual(await notes(), ['first']);
    assert.equal(await rows(), before + 1);
  });

  test('a deferred write that fails takes the token with it, and the answer is a fault', async () => {
    handle = tokenAndNote;
    const before = await rows();
    const answer = await note('first'); // the note exists
    assert.equal(answer.status, 500);
    assert.equal(((await answer.json()) as { error: string }).error, 'server_error');
    assert.equal(await rows(), before);
  });

  test('a deferred write may refuse in the words of OAuth', async () => {
    handle = async (ctx) => {
      deferWrite(async () => {
        throw new errors.AccessDenied('not today');
      });
      await tokenAndNote(ctx);
    };
    const before = await rows();
    const answer = await note('never');
    assert.deepEqual(
      [answer.status, await answer.json()],
      [400, { error: 'access_denied', error_description: 'not today' }],
    );
    assert.deepEqual([await rows(), await notes()], [before, ['first']]);
  });

  test('a deferred write decides what is answered, because nothing has left yet', async () => {
    handle = async (ctx) => {
      deferWrite(async (tx) => {
        const [row] = await tx.query<{ n: number }>(sql`select count(*)::int as n from notes`);
        ctx.body = { counted: row?.n };
      });
    };
    assert.deepEqual(await (await note('-')).json(), { counted: 1 });
  });

  test('a fault in the handler leaves nothing of what it wrote', async () => {
    handle = async (ctx) => {
      await tokenAndNote(ctx);
      throw new Error('broken');
    };
    const before = await rows();
    assert.equal((await note('lost')).status, 500);
    assert.deepEqual([await rows(), await notes()], [before, ['first']]);
  });

  test('a proof is spent even where the request is refused for something else', async () => {
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
    assert.equal((await note('-')).status, 400);
    const again = await note('-');
    assert.equal(((await again.json()) as { error: string }).error, 'invalid_client');
  });

  test('a write after the flush began is an error, not a lost row', async () => {
    handle = async (ctx) => {
      deferWrite(async () => {
        await new provider.ClientCredentials({ client: ctx.oidc.client }).save();
      });
      ctx.body = {};
    };
    assert.equal((await note('-')).status, 500);
  });

  test('outside a request there is no unit of work to defer to', () => {
    assert.throws(() => deferWrite(async () => {}), /no unit of work/);
  });
});

describe('between two steps nothing can be lost', () => {
  test('a refresh is one statement: the old token consumed and the new one stored, or neither', async () => {
    const { refresh_token: token } = await getTokens(stand);
    await db.query(sql`
      create function no_new_refresh() returns trigger language plpgsql as
        $$ begin if new.model = 'RefreshToken' then raise exception 'disk full'; end if; return new; end $$`);
    await db.query(
      sql`create trigger no_new_refresh before insert on oidc_artifacts for each row execute function no_new_refresh()`,
    );
    const failed = await refresh(stand, token);
    await db.query(sql`drop trigger no_new_refresh on oidc_artifacts`);
    assert.equal(failed.status, 500);
    assert.equal(
      (await refresh(stand, token)).status,
      200,
      'the old token was consumed although no new one was stored',
    );
  });

  test('a refused request sends none of the cookies it had prepared', async () => {
    const browser = new Browser(stand.base);
    await getCode(stand, browser);
    await db.query(sql`
      create function no_new_code() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$`);
    await db.query(sql`
      create trigger no_new_code before insert on oidc_artifacts for each row when (new.model = 'AuthorizationCode') execute function no_new_code()`);
    const answer = await browser.get(`${stand.base}/auth?${authorizationParams(pkce().challenge)}`);
    assert.equal(answer.status, 500);
    assert.equal(answer.headers.get('location'), null);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    await db.query(sql`drop trigger no_new_code on oidc_artifacts`);
  });
});

describe('reuse of what was consumed', () => {
  const consumedAgo = async (seconds: number): Promise<void> => {
    await db.query(sql`
      update oidc_artifacts set consumed_at = now() - make_interval(secs => ${seconds}::float8) where consumed_at is not null`);
  };

  test('within ten seconds a refresh token is merely refused: the winner keeps its grant', async () => {
    const { refresh_token: old } = await getTokens(stand);
    const { access_token: access, refresh_token: kept } = (await (
      await refresh(stand, old)
    ).json()) as Tokens;
    const again = await refresh(stand, old);
    assert.deepEqual(
      [again.status, ((await again.json()) as { error: string }).error],
      [400, 'invalid_grant'],
    );
    assert.deepEqual([await isActive(stand, access), await isActive(stand, kept)], [true, true]);
  });

  test('later it is theft: the grant and all its tokens end (RFC 9700 §4.14.2)', async () => {
    const { refresh_token: old } = await getTokens(stand);
    const { access_token: access, refresh_token: stolen } = (await (
      await refresh(stand, old)
    ).json()) as Tokens;
    await consumedAgo(11);
    const again = await refresh(stand, old);
    assert.deepEqual(
      [again.status, ((await again.json()) as { error: string }).error],
      [400, 'invalid_grant'],
    );
    assert.deepEqual(
      [await isActive(stand, access), await isActive(stand, stolen)],
      [false, false],
    );
  });

  test('a code exchanged again ends what was made of it, after the same ten seconds', async () => {
    const code = await getCode(stand);
    const { access_token: access } = (await (await exchange(stand, code)).json()) as Tokens;
    assert.equal((await exchange(stand, code)).status, 400);
    assert.equal(await isActive(stand, access), true);
    await consumedAgo(11);
    assert.equal((await exchange(stand, code)).status, 400);
    assert.equal(await isActive(stand, access), false);
  });

  test('introspection of a consumed refresh token says inactive and harms nothing', async () => {
    const { refresh_token: old } = await getTokens(stand);
    const { access_token: access } = (await (await refresh(stand, old)).json()) as Tokens;
    assert.equal(await isActive(stand, old), false);
    assert.equal(await isActive(stand, access), true);
  });
});

test('a DPoP-bound refresh token is refused without its key', async () => {
  const key = await makeProofKey();
  await addClient(
    db,
    { client_id: 'phone', token_endpoint_auth_method: 'none', application_type: 'web' },
    null,
  );
  const code = await getCode(stand, new Browser(stand.base), { client_id: 'phone' });
  const dpop = await dpopProof(key, `${stand.base}/token`);
  const answer = await post(
    stand,
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
      stand,
      '/token',
      { grant_type: 'refresh_token', client_id: 'phone', refresh_token: token },
      headers,
    );
  assert.equal((await ask({})).status, 400);
  assert.equal(
    (await ask({ dpop: await dpopProof(await makeProofKey(), `${stand.base}/token`) })).status,
    400,
  );
  assert.equal((await ask({ dpop: await dpopProof(key, `${stand.base}/token`) })).status, 200);
});
