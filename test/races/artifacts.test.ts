import { describe, expect, test } from '@jest/globals';
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
import { type ProviderFixture, REDIRECT, startProvider } from '../fixtures/provider.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const AT_ONCE = 10;

const fixture = await startProvider();
const browser = new Browser(fixture.base);
await getCode(fixture, browser); // signs in and consents once

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: string }).error;
}

/** Checks that exactly one answer is a success, and all others are `error`. */
async function oneWinner(
  answers: readonly Response[],
  error: { status: number; error: string },
): Promise<Response> {
  const won = answers.filter(({ ok }) => ok);
  expect(won.length).toBe(1);
  for (const lost of answers.filter(({ ok }) => !ok)) {
    expect(lost.status).toBe(error.status);
    expect(await errorOf(lost)).toBe(error.error);
    expect(lost.headers.getSetCookie().length).toBe(0);
  }
  return won[0] as Response;
}

const tenTimes = async <T>(work: (n: number) => Promise<T>): Promise<T[]> =>
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(n)));

const rowsOf = async (at: ProviderFixture, model: string): Promise<number> => {
  const [row] = await at.db.query<{ n: number }>(
    sql`select count(*)::int as n from oidc_artifacts where model = ${model}`,
  );
  return row?.n ?? 0;
};

describe(`${ROUNDS} rounds of ${AT_ONCE} at once`, () => {
  test('of concurrent exchanges of one code one succeeds, and its grant stays', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const code = await getCode(fixture, browser);
      const before = await rowsOf(fixture, 'RefreshToken');
      const won = await oneWinner(await tenTimes(() => exchange(fixture, code)), {
        status: 400,
        error: 'invalid_grant',
      });
      const { access_token: access, refresh_token: kept } = (await won.json()) as Tokens;
      // No loser left a token behind.
      expect(await rowsOf(fixture, 'RefreshToken')).toBe(before + 1);
      expect(await isActive(fixture, access)).toBe(true);
      expect(await isActive(fixture, kept)).toBe(true);
    }
  });

  test('of concurrent refreshes of one token one succeeds, and its grant stays', async () => {
    let { refresh_token: token } = await getTokens(fixture, browser);
    for (let round = 0; round < ROUNDS; round += 1) {
      const won = await oneWinner(await tenTimes(() => refresh(fixture, token)), {
        status: 400,
        error: 'invalid_grant',
      });
      const tokens = (await won.json()) as Tokens;
      expect(await isActive(fixture, tokens.access_token)).toBe(true);
      token = tokens.refresh_token;
    }
  });

  test('of concurrent uses of one DPoP proof one succeeds', async () => {
    const key = await makeProofKey();
    for (let round = 0; round < ROUNDS; round += 1) {
      const dpop = await dpopProof(key, `${fixture.base}/token`);
      const ask = () =>
        post(
          fixture,
          '/token',
          { grant_type: 'client_credentials' },
          { authorization: BASIC, dpop },
        );
      await oneWinner(await tenTimes(ask), { status: 400, error: 'invalid_dpop_proof' });
    }
  });

  test('of concurrent uses of one pushed request one gets a code', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const pushed = await post(
        fixture,
        '/request',
        Object.fromEntries(authorizationParams(pkce().challenge)),
      );
      const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
      const url = `${fixture.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`;
      const answers = await tenTimes(async () => await browser.clone().get(url));
      const codes = answers.filter((answer) =>
        URL.parse(answer.headers.get('location') ?? '')?.searchParams.has('code'),
      );
      expect(codes.length).toBe(1);
      for (const answer of answers.filter((each) => !codes.includes(each))) {
        const to = URL.parse(answer.headers.get('location') ?? '');
        const error = to
          ? to.searchParams.get('error')
          : (await answer.text()).match(/<h1>(\w+)/)?.[1];
        expect(error).toBe('invalid_request_uri');
        expect(to?.origin ?? 'https://app.example').toBe(new URL(REDIRECT).origin);
      }
    }
  });

  test('ten tabs of one session each get their own code', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const url = `${fixture.base}/auth?${authorizationParams(pkce().challenge)}`;
      const answers = await tenTimes(async () => await browser.clone().get(url));
      for (const answer of answers)
        expect(answer.headers.get('location') ?? '').toMatch(/[?&]code=/);
    }
  });

  test('a sign-out during other requests ends the session for good', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const someone = new Browser(fixture.base);
      await getCode(fixture, someone);
      const form = await (await someone.get(`${fixture.base}/session/end?client_id=web`)).text();
      const xsrf = form.match(/name="xsrf" value="([^"]+)"/)?.[1] ?? '';
      const leaving = someone.clone();
      const params = authorizationParams(pkce().challenge);
      await Promise.all([
        leaving.send(`${fixture.base}/session/end/confirm`, {
          method: 'POST',
          body: new URLSearchParams({ xsrf, logout: 'yes' }),
        }),
        ...Array.from({ length: 4 }, () => someone.clone().get(`${fixture.base}/auth?${params}`)),
      ]);
      const after = await someone.clone().get(`${fixture.base}/auth?${params}`);
      // The old cookie must not sign in.
      expect(after.headers.get('location') ?? '').toMatch(/\/interaction\//);
    }
  });
});
