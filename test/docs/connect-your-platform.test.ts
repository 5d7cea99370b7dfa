import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import type { Page } from '../../examples/demo/page.ts';
import { startPlatform } from '../../examples/demo-platform/platform.ts';
import douyin from '../../src/policy/packs/douyin.json' with { type: 'json' };
import { makeCertificate } from '../support/certificate.ts';
import { freePorts } from '../support/child.ts';
import { atEnd } from '../support/cleanup.ts';
import { databaseUrl } from '../support/database-url.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { decide } from '../support/journeys.ts';
import { leaveForPlatform, platformAccount, signInThere } from '../support/platform.ts';
import { blocksOf, readDocument } from './examples.ts';
import { startClamd, startProxy, startVerification, trust, VISITOR } from './outside-world.ts';
import { Shell } from './shell.ts';

const BLOCKS = blocksOf(readDocument('docs/connect-your-platform.md'));
const DATABASE = 'bindery_mine';
const ADMIN = process.env.BINDERY_TEST_POSTGRES ?? '';
/** Whoever is faster is taken for a program, and a reviewer looks. */
const HUMAN_MS = (douyin.risk.limits.scriptedSeconds + 1) * 1_000;
const PROVIDER_SECRET = 'the-secret-that-your-provider-gave-to-bindery';

const home = mkdtempSync(join(tmpdir(), 'bindery-connect-'));
const [outer, inner, management] = (await freePorts(3)) as [number, number, number];
const issuer = `https://localhost:${outer}`;
const certificate = makeCertificate();
writeFileSync(join(home, 'ca.pem'), certificate.cert);
const shell = new Shell({
  HOME: home,
  CURL_CA_BUNDLE: join(home, 'ca.pem'),
  NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
});
if (spawnSync('psql', ['--version']).error)
  await shell.run(`psql() { '${process.execPath}' test/support/psql.ts "$@"; }`);
atEnd(async () => {
  await shell.stop();
  rmSync(home, { recursive: true, force: true });
  await runAsAdmin(
    `drop database if exists ${DATABASE} with (force)`,
    `drop role if exists ${DATABASE}`,
  );
});
trust(certificate);

const platform = await startPlatform({
  port: 0,
  tls: certificate,
  accounts: [platformAccount('yun', { id: '10086' }), platformAccount('yun-food', { id: '10087' })],
  clients: [
    {
      client_id: 'bindery',
      client_secret: PROVIDER_SECRET,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: [`${issuer}/upstream/mine/mine/callback`],
    },
  ],
});
atEnd(async () => await platform.close());
const verificationKey = () =>
  Buffer.from(readFileSync(join(home, 'bindery/secrets/verification'), 'utf8'), 'base64url');
const nginx = BLOCKS.find(({ language }) => language === 'nginx')?.lines.join('\n') ?? '';
await startProxy(certificate, { port: outer, to: inner, nginx });

/** All that differs from the document: where things are on this machine. */
const PLACES: readonly (readonly [string, string])[] = [
  ['postgresql://postgres@db.example/postgres', ADMIN],
  [`@db.example/${DATABASE}`, databaseUrl(ADMIN, DATABASE).replace(/^.*@/, '@')],
  ['https://accounts.example', issuer],
  ['https://login.mine.example', platform.issuer],
  ['https://verify.example', await startVerification(certificate, verificationKey)],
  ['3310', String(await startClamd())],
  ['9000', String(management)],
  ['PORT=3000', `PORT=${inner}`],
];

async function runAsAdmin(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: ADMIN });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Runs the next section's commands; gives what they printed. */
const sections = [...new Set(BLOCKS.map(({ section }) => section))];
async function follow(heading: string): Promise<string> {
  const section = sections.shift();
  expect(section).toContain(heading);
  let said = '';
  for (const { language, lines } of BLOCKS.filter((block) => block.section === section)) {
    if (language !== 'sh') continue;
    // This checkout is installed already.
    const written = lines.map((line) => (line === 'npm ci' ? ':' : line)).join('\n');
    said += await shell.run(
      PLACES.reduce((text, [there, here]) => text.replaceAll(there, here), written),
    );
  }
  return said;
}

/** What a caller can send to hide. */
const MADE_UP = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' };

interface Person {
  readonly here: HttpBrowser;
  readonly there: HttpBrowser;
}

function person(): Person {
  return { here: new HttpBrowser(issuer, MADE_UP), there: new HttpBrowser(platform.issuer) };
}

async function signInAs(login: string, { here, there }: Person, page: Page): Promise<Page> {
  const to = await leaveForPlatform({ here }, page, 'mine/mine');
  return (await here.go(await signInThere({ there }, to, login))).page;
}

/** Step 12: two people at two browsers. */
async function agree(startUri: string): Promise<Page> {
  const [first, second] = [person(), person()];
  const consent = await signInAs('yun', first, await first.here.open(startUri));
  const waiting = await decide(first.here, consent);
  const form = (await second.here.open('/bind')).form('user_code');
  const code = waiting.textOfId('user-code');
  await sleep(HUMAN_MS);
  const approval = await second.here.press(form, { user_code: code });
  const asked = await signInAs('yun-food', second, approval);
  expect(asked.text).toContain(VISITOR.replace(/\d+$/, '0/24')); // where the other person is
  return await decide(second.here, asked);
}

test('from an empty machine to two accounts bound, in production [R45, R47]', async () => {
  await follow('Install');
  expect(await follow('Make the secrets')).toMatch(/ 64 .*database\n(.*\n){4}/);
  expect(await follow('Make the database')).toBe('CREATE ROLE\nCREATE DATABASE\n');
  expect(await follow('Look for the scanner')).toBe('PONG\n401\n');
  expect(await follow('Describe the platform')).toContain(
    'platform "mine" with 1 providers is good',
  );
  expect(await follow('Write the environment')).toMatch(/^Ran .*0001_/);
  await follow('Set up the proxy');
  const started = await follow('Start');
  expect(started).toContain('Nothing is wrong.');
  expect(started).toContain(`"issuer":"${issuer}"`);

  const link = /https:\S+/.exec(await follow('Become operator'))?.[0] ?? '';
  const alice = person().here;
  const chosen = { password: 'correct horse battery' };
  const form = (await alice.open(link)).form('password');
  const operator = await alice.go(form.action, { form: form.filled(chosen) });
  expect([operator.status, operator.url.pathname]).toStrictEqual([200, '/operator']);
  expect(operator.headers.get('strict-transport-security')).not.toBeNull();

  const accounts = await follow('Bring the accounts');
  expect(accounts).toMatch(/^\{.*"externalId":"10086".*\}\nacc_[\w-]+\n$/);
  const startUri = (await follow('Ask for a binding')).trim();
  assert.match(startUri, new RegExp(`^${issuer}/bind/start/`));
  expect((await agree(startUri)).title).toContain('Bound');

  expect(await follow('Redeem and verify')).toBe('made: active, now: valid\n');
  const [account, introspected, verified] = (await follow('Freeze an account')).split('\n');
  expect(JSON.parse(account ?? '')).toMatchObject({ externalId: '10087', active: false });
  expect(JSON.parse(introspected ?? '')).toMatchObject({
    active: false,
    binding: { state: 'suspended' },
  });
  expect(verified).toBe('made: active, now: suspended');
  expect(sections).toStrictEqual([]); // no command of the page was left out
});
