import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { REDIRECT, type Stand, startStand } from '../oidc/stand.ts';
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
} from '../oidc/walk.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const AT_ONCE = 10;

const stand = await startStand();
const browser = new Browser(stand.base);
await getCode(stand, browser); // signs in and consents once

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: string }).error;
}

/** Exactly one of the answers is a success; all others say `error`. */
async function oneWinner(
  answers: readonly Response[],
  error: { status: number; error: string },
): Promise<Response> {
  const won = answers.filter(({ ok }) => ok);
  assert.equal(won.length, 1, `winners: ${won.length}`);
  for (const lost of answers.filter(({ ok }) => !ok)) {
    assert.equal(lost.status, error.status);
    assert.equal(await errorOf(lost), error.error);
    assert.equal(lost.headers.getSetCookie().length, 0);
  }
  return won[0] as Response;
}

const tenTimes = async <T>(work: (n: number) => Promise<T>): Promise<T[]> =>
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(n)));

const rowsOf = async (at: Stand, model: string): Promise<number> => {
  const [row] = await at.db.query<{ n: number }>(
    sql`select count(*)::int as n from oidc_artifacts where model = ${model}`,
  );
  return row?.n ?? 0;
};

describe(`${ROUNDS} rounds of ${AT_ONCE} at once`, () => {
  test('one code is exchanged once, and the losers leave the winner its grant', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const code = await getCode(stand, browser);
      const before = await rowsOf(stand, 'RefreshToken');
      const won = await oneWinner(await tenTimes(() => exchange(stand, code)), {
        status: 400,
        error: 'invalid_grant',
      });
      const { access_token: access, refresh_token: kept } = (await won.json()) as Tokens;
      assert.equal(await rowsOf(stand, 'RefreshToken'), before + 1, 'a loser left a token behind');
      assert.ok(await isActive(stand, access));
      assert.ok(await isActive(stand, kept));
    }
  });

  test('one refresh token is rotated once, and the losers leave the winner its grant', async () => {
    let { refresh_token: token } = await getTokens(stand, browser);
    for (let round = 0; round < ROUNDS; round += 1) {
      const won = await oneWinner(await tenTimes(() => refresh(stand, token)), {
        status: 400,
        error: 'invalid_grant',
      });
      const tokens = (await won.json()) as Tokens;
      assert.ok(await isActive(stand, tokens.access_token));
      token = tokens.refresh_token;
    }
  });

  test('one DPoP proof is taken once', async () => {
    const key = await makeProofKey();
    for (let round = 0; round < ROUNDS; round += 1) {
      const dpop = await dpopProof(key, `${stand.base}/token`);
      const ask = () =>
        post(stand, '/token', { grant_type: 'client_credentials' }, { authorization: BASIC, dpop });
      await oneWinner(await tenTimes(ask), { status: 400, error: 'invalid_dpop_proof' });
    }
  });

  test('one pushed request gives one code', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const pushed = await post(
        stand,
        '/request',
        Object.fromEntries(authorizationParams(pkce().challenge)),
      );
      const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
      const url = `${stand.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`;
      const answers = await tenTimes(async () => await browser.clone().get(url));
      const codes = answers.filter((answer) =>
        URL.parse(answer.headers.get('location') ?? '')?.searchParams.has('code'),
      );
      assert.equal(codes.length, 1);
      for (const answer of answers.filter((each) => !codes.includes(each))) {
        const to = URL.parse(answer.headers.get('location') ?? '');
        const error = to
          ? to.searchParams.get('error')
          : (await answer.text()).match(/<h1>(\w+)/)?.[1];
        assert.equal(error, 'invalid_request_uri');
        assert.equal(to?.origin ?? 'https://app.example', new URL(REDIRECT).origin);
      }
    }
  });

  test('ten tabs of one live session each get their code', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const url = `${stand.base}/auth?${authorizationParams(pkce().challenge)}`;
      const answers = await tenTimes(async () => await browser.clone().get(url));
      for (const answer of answers) assert.match(answer.headers.get('location') ?? '', /[?&]code=/);
    }
  });

  test('signing out against requests in flight never brings the session back', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const someone = new Browser(stand.base);
      await getCode(stand, someone);
      const form = await (await someone.get(`${stand.base}/session/end?client_id=web`)).text();
      const xsrf = form.match(/name="xsrf" value="([^"]+)"/)?.[1] ?? '';
      const leaving = someone.clone();
      const params = authorizationParams(pkce().challenge);
      await Promise.all([
        leaving.send(`${stand.base}/session/end/confirm`, {
          method: 'POST',
          body: new URLSearchParams({ xsrf, logout: 'yes' }),
        }),
        ...Array.from({ length: 4 }, () => someone.clone().get(`${stand.base}/auth?${params}`)),
      ]);
      const after = await someone.clone().get(`${stand.base}/auth?${params}`);
      assert.match(
        after.headers.get('location') ?? '',
        /\/interaction\//,
        'the old cookie still signs in',
      );
    }
  });
});
