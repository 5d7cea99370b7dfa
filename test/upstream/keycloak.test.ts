import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from '../../examples/demo/page.ts';
import { ACCOUNT, addPlatform, newUser, told } from '../fixtures/scim.ts';
import { details, text, web } from '../support/apps.ts';
import { freePorts } from '../support/child.ts';
import { atEnd } from '../support/cleanup.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { decide } from '../support/journeys.ts';
import { missingForKeycloak, startKeycloak } from '../support/keycloak.ts';
import { leaveForPlatform, type Traveller } from '../support/platform.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';

const PROVIDER = 'keycloak/keycloak';
const SECRET = 'a-secret-of-this-test-for-keycloak-only';
const PASSWORD = 'a-password-at-keycloak';

const missing = await missingForKeycloak();

if (missing === undefined) describeIt(await startWorld());
else {
  // On the console whatever the reporter prints, and not under that name: it did not run.
  process.stderr.write(`\nNOT RUN: sign-in at Keycloak, because ${missing}.\n`);
  test('NOT RUN: Keycloak is not there, so nobody signed in at it', () =>
    expect(missing).toMatch(/java|mvn|Maven/));
}

function user(username: string, owner: string) {
  return {
    username,
    enabled: true,
    email: `${username}@keycloak.example`,
    emailVerified: true,
    firstName: 'Name',
    lastName: username,
    attributes: { owner_reference: [owner] },
    credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
  };
}

/** What an administrator of Keycloak sets up (docs/platforms.md). */
function realmFor(callback: string) {
  const mapper = {
    name: 'owner_reference',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-usermodel-attribute-mapper',
    config: {
      'user.attribute': 'owner_reference',
      'claim.name': 'owner_reference',
      'jsonType.label': 'String',
      'id.token.claim': 'true',
    },
  };
  // People must not write who owns them: attributes outside the profile are the administrator's.
  const profile = {
    attributes: ['username', 'email', 'firstName', 'lastName'].map((name) => ({
      name,
      permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] },
    })),
    unmanagedAttributePolicy: 'ADMIN_EDIT',
  };
  return {
    realm: 'people',
    // In its newer theme the link to another account is a button that needs JavaScript.
    loginTheme: 'keycloak',
    users: ['mei', 'mei-shop', 'tao', 'tao-shop', 'wen', 'ren'].map((name) =>
      user(name, `owner-${name.split('-')[0]}`),
    ),
    clients: [
      {
        clientId: 'bindery',
        secret: SECRET,
        redirectUris: [callback],
        standardFlowEnabled: true,
        attributes: { 'pkce.code.challenge.method': 'S256' },
        protocolMappers: [mapper],
      },
    ],
    components: {
      'org.keycloak.userprofile.UserProfileProvider': [
        {
          providerId: 'declarative-user-profile',
          config: { 'kc.user.profile.config': [JSON.stringify(profile)] },
        },
      ],
    },
  };
}

/** Bindery, and a Keycloak that it knows from a file of an operator. */
async function startWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
  atEnd(async () => await rm(folder, { recursive: true, force: true }));
  const [port] = (await freePorts(1)) as [number];
  const callback = `http://localhost:${port}/upstream/${PROVIDER}/callback`;
  const keycloak = await startKeycloak(realmFor(callback));
  const title = { zh: '人人平台', en: 'Everybody' };
  const platform = {
    id: 'keycloak',
    title,
    ownerReference: { claim: '/owner_reference', believed: true },
    providers: [
      {
        id: 'keycloak',
        title,
        kind: 'oidc',
        issuer: keycloak.issuer,
        client: {
          id: 'bindery',
          authentication: {
            method: 'client_secret_basic',
            secret: { variable: 'KEYCLOAK_SECRET' },
          },
        },
        scopes: ['openid', 'profile'],
        freshness: { parameters: { prompt: 'login' }, maxAge: true, authTime: true },
      },
    ],
  };
  await writeFile(join(folder, 'keycloak.json'), JSON.stringify(platform));
  const env = { PLATFORMS_DIR: folder, KEYCLOAK_SECRET: SECRET };
  const server = await startServer({ port, env });
  return { keycloak, server };
}

type World = Awaited<ReturnType<typeof startWorld>>;

function makeTraveller({ keycloak, server }: World): Traveller {
  return { here: new HttpBrowser(server.issuer), there: new HttpBrowser(keycloak.issuer) };
}

/** The login form of Keycloak, for anybody: it proposes the person that is signed in there. */
async function loginForm({ there }: Traveller, to: URL): Promise<Page> {
  const page = await there.open(to);
  return page.has('reset-login') ? await there.open(page.link('reset-login')) : page;
}

/** Types a name and the password into that form. */
async function typeThere({ there }: Traveller, page: Page, username: string): Promise<Answer> {
  const form = page.form('username');
  return await there.go(form.action, { form: form.filled({ username, password: PASSWORD }) });
}

/** From a page of Bindery through Keycloak; the address that Keycloak sends the browser back to. */
async function throughKeycloak(traveller: Traveller, page: Page, username: string): Promise<URL> {
  const to = await leaveForPlatform(traveller, page, PROVIDER);
  const answer = await typeThere(traveller, await loginForm(traveller, to), username);
  if (!answer.location) throw new Error(`Keycloak says: ${answer.page.text}`);
  return answer.location;
}

async function signInAs(traveller: Traveller, page: Page, username: string): Promise<Answer> {
  return await traveller.here.go(await throughKeycloak(traveller, page, username));
}

function describeIt(world: World): void {
  const { keycloak, server } = world;
  const { issuer, bindery } = server;
  const app = web(issuer);

  /** The app asks in the back channel; both sides answer in one browser. */
  async function bind(traveller: Traveller, initiator: string, counterparty: string) {
    const asked = await app.ask(details());
    const start = await traveller.here.open(text(asked.body, 'start_uri'));
    const consent = (await signInAs(traveller, start, initiator)).page;
    const waiting = await decide(traveller.here, consent);
    const other = await traveller.here.open(waiting.link('other-account-here'));
    const approval = (await signInAs(traveller, other, counterparty)).page;
    await decide(traveller.here, approval);
    return { consent, approval, told: await app.redeem(text(asked.body, 'binding_request')) };
  }

  async function statusBecomes(token: string, status: number): Promise<number> {
    let seen = await readStatus(issuer, token);
    for (let tries = 0; seen.status !== status && tries < 300; tries += 1) {
      await new Promise((next) => setTimeout(next, 100));
      seen = await readStatus(issuer, token);
    }
    return seen.status;
  }

  describe('a Keycloak as the platform', () => {
    test('its accounts are bound, frozen and opened again as it says [R45, R47]', async () => {
      const scim = await addPlatform(bindery.db, issuer, {
        account_binding_platform: 'keycloak',
        account_binding_owner_references: true,
      });
      // One of the two is brought by SCIM, owner and all; the other is made when it signs in.
      const created = await scim.send('POST', '/Users', {
        ...newUser({ userName: 'mei', externalId: await keycloak.idOf('mei') }),
        [ACCOUNT]: { ownerReference: 'owner-mei' },
      });
      expect(told(created)).toBe('201');
      const traveller = makeTraveller(world);
      const bound = await bind(traveller, 'mei', 'mei-shop');
      expect(bound.consent.text).toContain('@mei');
      expect(bound.approval.text).toContain('@mei-shop');
      expect(bound.told.status).toBe(200);
      const token = text(bound.told.body, 'binding_token');
      expect(await app.introspect(token)).toMatchObject({ active: true });

      // In another browser, mei-shop is signed in here, and just about to come back a second time.
      const there = makeTraveller(world);
      await signInAs(there, await there.here.open('/account/sign-in'), 'mei-shop');
      expect((await there.here.go('/account')).url.pathname).toBe('/account');
      const late = makeTraveller(world);
      const back = await throughKeycloak(
        late,
        await late.here.open('/account/sign-in'),
        'mei-shop',
      );

      // The administrator disables it there, and the platform's own program says so here.
      await keycloak.setEnabled('mei-shop', false);
      const shop = `externalId eq "${await keycloak.idOf('mei-shop')}"`;
      const found = await scim.send('GET', `/Users?${new URLSearchParams({ filter: shop })}`);
      const [{ id }] = found.body.Resources as [{ id: string }];
      const setActive = async (value: boolean) =>
        told(await scim.patch(id, { op: 'replace', path: 'active', value }));
      expect(await setActive(false)).toBe('200');
      expect(await app.introspect(token)).toMatchObject({
        active: false,
        binding: { state: 'suspended' },
      });
      expect(await statusBecomes(token, 2)).toBe(2);
      expect((await there.here.go('/account')).url.pathname).toBe('/account/sign-in');

      // Keycloak takes back what it has begun, and begins nothing new.
      const refused = await late.here.go(back);
      expect([refused.status, refused.page.title]).toStrictEqual([
        403,
        expect.stringMatching(/did not sign you in/),
      ]);
      const again = makeTraveller(world);
      const to = await leaveForPlatform(again, await again.here.open('/account/sign-in'), PROVIDER);
      const answer = await typeThere(again, await loginForm(again, to), 'mei-shop');
      expect([answer.location, answer.page.source]).toStrictEqual([
        undefined,
        expect.stringMatching(/disabled/),
      ]);

      await keycloak.setEnabled('mei-shop', true);
      // Until the platform says so here too, the account stays shut.
      const early = makeTraveller(world);
      const shut = await signInAs(early, await early.here.open('/account/sign-in'), 'mei-shop');
      expect([shut.status, shut.page.title]).toStrictEqual([
        403,
        expect.stringMatching(/cannot sign in now/),
      ]);
      expect(await setActive(true)).toBe('200');
      expect(await app.introspect(token)).toMatchObject({ active: true });
      expect(await statusBecomes(token, 0)).toBe(0);
      const last = makeTraveller(world);
      const open = await signInAs(last, await last.here.open('/account/sign-in'), 'mei-shop');
      expect(open.url.pathname).toBe('/account');
    });

    test('both sides are asked there, though the browser is signed in there', async () => {
      const traveller = makeTraveller(world);
      const asked = await app.ask(details());
      const start = await traveller.here.open(text(asked.body, 'start_uri'));
      const waiting = await decide(traveller.here, (await signInAs(traveller, start, 'tao')).page);
      const other = await traveller.here.open(waiting.link('other-account-here'));
      const to = await leaveForPlatform(traveller, other, PROVIDER);
      expect(to.searchParams.get('prompt')).toBe('login');
      expect(Number(to.searchParams.get('max_age'))).toBeGreaterThan(0);
      // Without what asks for it, Keycloak lets tao through.
      const silent = new URL(to);
      for (const name of ['prompt', 'max_age']) silent.searchParams.delete(name);
      expect((await traveller.there.go(silent)).location?.origin).toBe(new URL(issuer).origin);
      // Each of the two alone makes it ask.
      const aged = new URL(to);
      aged.searchParams.delete('prompt');
      aged.searchParams.set('max_age', '1');
      await new Promise((next) => setTimeout(next, 2_100));
      expect((await traveller.there.go(aged)).page.hasForm('password')).toBe(true);
      const page = await traveller.there.open(to);
      expect(page.hasForm('password')).toBe(true);
      const answer = await typeThere(
        traveller,
        await traveller.there.open(page.link('reset-login')),
        'tao-shop',
      );
      const approval = (await traveller.here.go(answer.location as URL)).page;
      expect(approval.text).toContain('@tao-shop');
      await decide(traveller.here, approval);
      expect((await app.redeem(text(asked.body, 'binding_request'))).status).toBe(200);
    });

    test('auth_time is that of Keycloak', async () => {
      const traveller = makeTraveller(world);
      await signInAs(traveller, await traveller.here.open('/account/sign-in'), 'wen');
      const before = Math.floor(Date.now() / 1_000);
      await new Promise((next) => setTimeout(next, 2_100));
      const started = await app.start(undefined, { scope: 'openid', max_age: '1000' });
      const page = await traveller.here.open(started.url);
      const to = await leaveForPlatform(traveller, page, PROVIDER);
      to.searchParams.delete('prompt');
      const back = (await traveller.there.go(to)).location as URL;
      const form = (await traveller.here.go(back)).page.form('decision');
      const sent = { form: form.filled({ decision: 'approve' }) };
      const { location } = await traveller.here.go(form.action, sent);
      const { body } = await app.exchange(location as URL, started);
      const { auth_time: authTime } = decodeJwt(text(body, 'id_token'));
      expect(Number(authTime)).toBeLessThanOrEqual(before);
    });

    test('an account that Keycloak calls another owner’s is refused [R1]', async () => {
      const { told: answer } = await bind(makeTraveller(world), 'wen', 'ren');
      expect(answer.body.refusal).toBe('different_owner');
    });
  });
}
