import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { type Body, details, text, web } from '../support/apps.ts';
import { freePorts } from '../support/child.ts';
import { decide, makeFamily, signIn } from '../support/journeys.ts';
import {
  leaveForPlatform,
  makeTraveller,
  platformAccount,
  publicClient,
  signInThere,
  signInUpstream,
  startWithPlatform,
  type Traveller,
} from '../support/platform.ts';

const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const [port, bindingPort] = (await freePorts(2)) as [number, number];
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateJwk = { ...key.privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'ours' };
const publicJwk = { ...key.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'ours' };
await writeFile(join(folder, 'key.jwk'), JSON.stringify(privateJwk));

/** The same platform in a file of an operator, once for each way to authenticate there. */
const secret = { variable: 'MINE_SECRET' };
const METHODS = {
  basic: { method: 'client_secret_basic', secret },
  post: { method: 'client_secret_post', secret },
  jwt: { method: 'private_key_jwt', key: { file: join(folder, 'key.jwk') } },
} as const;
const title = { zh: '我的平台', en: 'My platform' };
await writeFile(
  join(folder, 'mine.json'),
  JSON.stringify({
    id: 'mine',
    title,
    providers: Object.entries(METHODS).map(([id, authentication]) => ({
      id,
      title,
      ids: 'platform',
      kind: 'oidc',
      issuer: `http://localhost:${port}`,
      client: { id, authentication },
      scopes: ['openid', 'profile'],
      freshness: { parameters: { prompt: 'login' }, maxAge: true, authTime: true },
    })),
  }),
);
const callback = (id: string) => `http://localhost:${bindingPort}/upstream/mine/${id}/callback`;
const confidential = (id: string) => ({
  ...publicClient(id, callback(id)),
  client_secret: 'mine-secret-of-32-characters-or-more',
});
const world = await startWithPlatform(
  [
    platformAccount('yun', { ownerReference: 'owner-1' }),
    platformAccount('yun-food', { ownerReference: 'owner-1' }),
    platformAccount('gao', { ownerReference: 'owner-2' }),
    platformAccount('nobody'),
  ],
  {
    port,
    bindingPort,
    clients: [
      { ...confidential('basic'), token_endpoint_auth_method: 'client_secret_basic' },
      { ...confidential('post'), token_endpoint_auth_method: 'client_secret_post' },
      {
        ...publicClient('jwt', callback('jwt')),
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [publicJwk] },
      },
    ],
    env: { PLATFORMS_DIR: folder, MINE_SECRET: 'mine-secret-of-32-characters-or-more' },
  },
);
const { issuer, bindery } = world.server;
const app = web(issuer);

interface Offered {
  readonly traveller: Traveller;
  readonly started: Awaited<ReturnType<typeof app.start>>;
  /** The sign-in page of the other side, in the same browser. */
  readonly other: Page;
}

/** One person asks for a binding and agrees, signed in upstream. */
async function offerAs(login: string): Promise<Offered> {
  const traveller = makeTraveller(world);
  const started = await app.start(details());
  const consent = await signInUpstream(traveller, await traveller.here.open(started.url), login);
  const waiting = await decide(traveller.here, consent);
  return {
    traveller,
    started,
    other: await traveller.here.open(waiting.link('other-account-here')),
  };
}

/** The other side signs in upstream and agrees; what the app gets for the code, and redeems. */
async function answerAs({ traveller, started, other }: Offered, login: string) {
  const result = await decide(traveller.here, await signInUpstream(traveller, other, login));
  const left = await traveller.here.leave(result.link('continue'));
  const { body } = await app.exchange(left, started);
  const [detail] = body.authorization_details as Body[];
  return { body, redeemed: await app.redeem(String(detail?.binding_request)) };
}

describe('sign-in at the platform', () => {
  test('two accounts of the platform are bound, both sides signing in there [R45, R47]', async () => {
    const { body, redeemed } = await answerAs(await offerAs('yun'), 'yun-food');
    expect(redeemed.status).toBe(200);
    expect(decodeJwt(text(body, 'id_token')).amr).toStrictEqual(['pwd']);
    const bound = await bindery.db.query<{ platform: string; login: string; by: string }>(sql`
      select a.platform, a.login, o.verified_by as by from bindings b
        join accounts a on a.id in (b.primary_id, b.sub_id) join owners o on o.id = a.owner_id
       where b.platform = 'demo' order by a.login`);
    expect(bound).toStrictEqual([
      { platform: 'demo', login: 'yun', by: 'platform' },
      { platform: 'demo', login: 'yun-food', by: 'platform' },
    ]);
  });

  test('an account whose platform names another owner is refused [R1]', async () => {
    const { redeemed } = await answerAs(await offerAs('yun'), 'gao');
    expect(redeemed.body.refusal).toBe('different_owner');
  });

  test('an account whose platform names no owner is refused as not verified [R1]', async () => {
    const { redeemed } = await answerAs(await offerAs('yun'), 'nobody');
    expect(redeemed.body.refusal).toBe('not_verified');
  });

  test('the second sign-in does not replace the session of the browser', async () => {
    const { traveller, other } = await offerAs('yun');
    await signInUpstream(traveller, other, 'gao');
    const started = await app.start(undefined, { scope: 'openid profile' });
    const page = (await traveller.here.go(started.url)).page;
    expect(page.text).toContain('@yun');
    expect(page.text).not.toContain('@gao');
  });

  test('the same account cannot be both sides', async () => {
    const { traveller, other } = await offerAs('yun');
    const page = await signInUpstream(traveller, other, 'yun');
    expect([page.status, page.hasForm('password')]).toStrictEqual([422, true]);
    expect(page.text).toMatch(/account that started the binding/);
  });

  test('a side that has agreed cannot become another account', async () => {
    const [mine] = (await makeFamily(bindery.db, 1)) as [string];
    const traveller = makeTraveller(world);
    const { body } = await app.ask();
    const start = text(body, 'start_uri');
    const signInPage = await traveller.here.open(start);
    await decide(traveller.here, await signIn(traveller.here, signInPage, mine));
    await bindery.db.query(
      sql`update approval_sessions set auth_time = bindery_now() - interval '1 hour' where side = 'initiator'`,
    );
    const again = await traveller.here.open(start);
    const form = again.hasForm('provider') ? again : signInPage;
    const page = await signInUpstream(traveller, form, 'gao');
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/another account already/);
  });

  test('auth_time is that of the platform, also without a binding', async () => {
    const traveller = makeTraveller(world);
    await signInUpstream(traveller, await traveller.here.open('/account/sign-in'), 'gao');
    const before = Math.floor(Date.now() / 1_000);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const started = await app.start(undefined, { scope: 'openid', max_age: '1000' });
    const left = await leaveForPlatform(traveller, await traveller.here.open(started.url));
    left.searchParams.delete('prompt');
    const consent = (await traveller.here.go(await signInThere(traveller, left, 'gao'))).page;
    const { action } = consent.form('decision');
    const form = consent.form('decision').filled({ decision: 'approve' });
    const back = (await traveller.here.go(action, { form })).location as URL;
    const { body } = await app.exchange(back, started);
    const { auth_time: authTime } = decodeJwt(text(body, 'id_token'));
    expect(Number(authTime)).toBeLessThanOrEqual(before);
  });

  test.each(Object.keys(METHODS))('Bindery authenticates there by %s', async (method) => {
    const traveller = makeTraveller(world);
    const page = await traveller.here.open('/account/sign-in');
    const back = await signInThere(
      traveller,
      await leaveForPlatform(traveller, page, `mine/${method}`),
      'yun',
    );
    expect((await traveller.here.go(back)).url.pathname).toBe('/account');
  });

  test('providers with the ids of the platform lead to one account', async () => {
    const made = await bindery.db.query(
      sql`select id from accounts where platform = 'mine' and external_id = 'id-yun'`,
    );
    expect(made.length).toBe(1);
  });

  test('where the platform changes its keys, people come in again', async () => {
    const traveller = makeTraveller(world);
    const sign = async () =>
      await signInUpstream(traveller, await traveller.here.open('/account/sign-in'), 'gao');
    await sign();
    await world.platform.rotateKeys();
    await sign(); // refused: the old keys are known for a while, and forgotten now
    expect((await sign()).url.pathname).toBe('/account');
  });

  test('the sign-in page lets its forms lead to the platform, and nowhere else', async () => {
    const { headers } = await makeTraveller(world).here.go('/account/sign-in');
    const policy = headers.get('content-security-policy') ?? '';
    expect(/form-action ([^;]*)/.exec(policy)?.[1]?.split(' ')).toStrictEqual([
      "'self'",
      world.platform.issuer,
    ]);
  });
});
