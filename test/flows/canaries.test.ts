import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Page } from '../../examples/demo/page.ts';
import { PHOTO_COMMENT, photo } from '../../examples/demo/papers.ts';
import { PASSWORD } from '../../examples/demo/people.ts';
import { APPEAL, REASON, SECOND_REASON } from '../../examples/demo/scenes/evidence.ts';
import { SUNLI } from '../../examples/demo/scenes/identity.ts';
import { ACCOUNTS, OWNERS } from '../../src/cli/demo-world.ts';
import { databaseUrlOf } from '../../src/store/embedded.ts';
import { databaseDump, filesUnder, type StolenBytes } from '../fixtures/stolen-bytes.ts';
import { App, details, web } from '../support/apps.ts';
import { type Canary, CanarySearch } from '../support/canaries.ts';
import { makeChild } from '../support/child.ts';
import { HttpBrowser } from '../support/http-browser.ts';

/**
 * A server as `npm start` runs it, with the fullest logs: its own at `trace`, and PostgreSQL's with
 * every statement and value. After the demo and the verification of a company, all data on the
 * machine is searched for what people said about themselves, in every encoding.
 */
const folder = await mkdtemp(join(tmpdir(), 'bindery-canaries-'));
await chmod(folder, 0o711); // the database user may enter
const dataDir = join(folder, 'data');
const child = await makeChild();
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Invented, like all numbers of the demo world. */
const COMPANY = {
  login: 'canary-company',
  name: '样例市鸣雀贸易有限公司',
  number: '91999999MACANA0171',
  legal_representative: '雀鸣鸣',
  bank_account: '6217999900041234567',
} as const;

const shown = new Set(ACCOUNTS.map(({ name }) => name));
/** A number, and the same without the region that all invented numbers share. */
const numbered = (what: string, number: string): Canary[] => [
  { what, text: number },
  { what: `${what}, without its region`, text: number.slice(6) },
];

const CANARIES: readonly Canary[] = [
  ...OWNERS.flatMap(({ key, name, number, legalRepresentative }) => [
    ...numbered(`the number of ${key}`, number),
    ...(shown.has(name) ? [] : [{ what: `the name of ${key}`, text: name }]),
    ...(legalRepresentative
      ? [{ what: `the legal representative of ${key}`, text: legalRepresentative }]
      : []),
  ]),
  ...numbered("sunli's number", SUNLI.number),
  { what: "sunli's name", text: SUNLI.name },
  ...numbered("the company's number", COMPANY.number),
  { what: "the company's name", text: COMPANY.name },
  { what: "the company's legal representative", text: COMPANY.legal_representative },
  { what: "the company's bank account", text: COMPANY.bank_account },
  { what: 'what an appeal says', text: APPEAL },
  { what: "a reviewer's reason", text: REASON },
  { what: "another reviewer's reason", text: SECOND_REASON },
  { what: 'what a phone wrote into a photo', text: PHOTO_COMMENT },
  { what: 'a password', text: PASSWORD },
].filter(({ text }, at, all) => all.findIndex((other) => other.text === text) === at);

/**
 * What people and apps type where it is refused. PostgreSQL's log has some of it (a login, a
 * handle), because queries search for it. The server's own log must not have it.
 */
const REFUSED: readonly Canary[] = [
  { what: 'a password typed as a login', text: 'Meine-Katze-heisst-7781' },
  { what: 'a number typed as a code', text: '91999999MACANA0255' },
  { what: 'an appeal to what is not there', text: '请再看一次我的材料吧谢谢' },
  { what: 'a name that is no name', text: '雀@@鸣雀鸣' },
  { what: "an app's hint at a person", text: 'sunli.canary@example.cn' },
  { what: 'a handle', text: 'Q2FuYXJ5LUhhbmRsZS1PZi1Ob2JvZHktNzc4MQ' },
  { what: 'a link', text: 'Q2FuYXJ5LUxpbmstT2YtTm9ib2R5LTAwMDAwMDc3ODE' },
];

/** The first bytes of every upload after it was drawn anew, before it is encrypted. */
const JPEG = Buffer.from('ffd8ff', 'hex');

/** Harmless values that must be found. They show that the search works. */
const LOGIN: Canary = { what: 'a login', text: 'linxiao-draws' };

test('database, disk and logs hold no personal data in clear', async () => {
  await child.start({ DATA_DIR: dataDir, LOG_LEVEL: 'trace' });
  await logEveryStatement();
  const demo = await runDemo();
  await verifyCompany();
  await beRefused();
  await onDatabase((client) => client.query('checkpoint'));

  const stolen = [
    { where: 'what the demo printed', bytes: Buffer.from(demo) },
    { where: 'what the server logged', bytes: Buffer.from(logged(child.output)) },
    ...(await databaseDump(databaseUrlOf(dataDir))),
    ...(await filesUnder(dataDir)),
  ];
  assertIsAll(stolen);
  assertRefusalsAreLogged(logged(child.output));
  const search = new CanarySearch(CANARIES);
  const found = stolen.flatMap(({ where, bytes }) =>
    [...search.in(bytes)].map((finding) => ({ where, ...finding })),
  );
  expect(found).toStrictEqual([]);
});

/** Checks that each kind of stolen data has traces of the run. */
function assertIsAll(stolen: readonly StolenBytes[]): void {
  const search = new CanarySearch([LOGIN]);
  const known = stolen
    .filter(({ bytes }) => search.in(bytes).next().value !== undefined)
    .map(({ where }) => where);
  for (const expected of [
    /^what the demo printed$/,
    /^public\.accounts\.login$/,
    /^postgres\/base\//,
    /^postgres\/pg_wal\//,
    /^postgres\.log$/,
  ]) {
    expect([
      `${expected} has the login ${LOGIN.text} in it: ${known.join(', ')}`,
      known.some((where) => expected.test(where)),
    ]).toStrictEqual([`${expected} has the login ${LOGIN.text} in it: ${known.join(', ')}`, true]);
  }
  const documents = stolen.filter(({ where }) => where.startsWith('documents/'));
  // The documents are there.
  expect(documents.length).toBeGreaterThanOrEqual(4);
  // None of them can be read as a picture.
  expect(documents.some(({ bytes }) => bytes.subarray(0, 64).includes(JPEG))).toBe(false);
  // Encrypted fields are there.
  expect(stolen.some(({ where }) => where === 'public.owner_fields.ciphertext, as bytes')).toBe(
    true,
  );
}

/** The lines that the server prints beside its log. They tell the password of the demo. */
function logged(output: string): string {
  const lines = output.split('\n').filter((line) => line.startsWith('{"level":'));
  // The server writes its log.
  expect(lines.length).toBeGreaterThan(0);
  return lines.join('\n');
}

async function logEveryStatement(): Promise<void> {
  await onDatabase(async (client) => {
    for (const setting of [
      "log_statement = 'all'",
      'log_parameter_max_length = -1',
      'log_parameter_max_length_on_error = -1',
      'log_min_messages = debug1',
    ])
      await client.query(`alter system set ${setting}`);
    await client.query('select pg_reload_conf()');
  });
}

async function runDemo(): Promise<string> {
  const argv = ['examples/demo/main.ts', '--issuer', child.issuer];
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, argv, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`the demo failed:\n${stdout.slice(-4_000)}${stderr}`));
      else resolve(stdout + stderr);
    });
  });
}

/** Verifies a company, from the declaration to the amount on the bank statement (R3). */
async function verifyCompany(): Promise<void> {
  const { login, ...declared } = COMPANY;
  await onDatabase(async (client) => {
    await client.query(
      `insert into accounts (id, login, password_hash, display_name, kind, administrator_id)
       select $1, $2, password_hash, '鸣雀', 'enterprise', $1 from accounts where login = 'meizhuang'`,
      [`acc_${randomUUID().replaceAll('-', '').slice(0, 22)}`, login],
    );
  });
  const browser = new HttpBrowser(child.issuer);
  const open = async (path: string): Promise<Page> => {
    let page = await browser.open(`/account/verification${path}`);
    if (page.hasForm('login'))
      page = await browser.press(page.form('login'), { login, password: PASSWORD });
    while (page.hasForm('consent'))
      page = await browser.press(page.form('consent'), { decision: 'approve' });
    return page;
  };
  await browser.press((await open('/declare')).form('number'), declared);
  await browser.upload((await open('/business_licence')).form('documents'), [
    await photo('licence.jpg', '#dde'),
  ]);
  const [ask] = (await open('/bank_micro_deposit')).formsEnding('/bank_micro_deposit');
  assert.ok(ask);
  await browser.press(ask.form);
  const statement = await within60s(async () => {
    const page = await open('/bank_micro_deposit');
    return page.has('sandbox-statement') && page.hasForm('amount') ? page : undefined;
  });
  const [, amount = ''] =
    /(\d+\.\d\d) yuan received/.exec(statement.textOfId('sandbox-statement')) ?? [];
  await browser.press(statement.form('amount'), { amount });
  await within60s(async () =>
    (await open('')).textOfId('standing').startsWith('You are verified') ? true : undefined,
  );
}

/** Sends each of {@link REFUSED}: to pages, as JSON, to OAuth endpoints and to redemption. */
async function beRefused(): Promise<void> {
  const [password, number, appeal, name, hint, handle, link] = REFUSED.map(({ text }) => text) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const stranger = new HttpBrowser(child.issuer);
  const signIn = (await stranger.open('/account/sign-in')).form('login');
  await stranger.press(signIn, { login: password, password: name });
  await stranger.press((await stranger.open('/bind')).form('user_code'), { user_code: number });
  await stranger.open(`/bind/q/${link}`);

  const person = new HttpBrowser(child.issuer);
  await person.press((await person.open('/account/sign-in')).form('login'), {
    login: 'zhaomin',
    password: PASSWORD,
  });
  const csrf = Object.fromEntries((await person.open('/bind')).form('user_code').filled({}));
  const request = '/account/refusals/brq_AAAAAAAAAAAAAAAAAAAAAA';
  await person.send(request, { form: { ...csrf, text: appeal } });
  await person.send('/account/verification/declare', { form: { ...csrf, name, number } });

  const app = web(child.issuer);
  await app.push({
    login_hint: hint,
    authorization_details: JSON.stringify([details({ pack: number, [name]: 1 })]),
  });
  await app.ask(details({ actions: [appeal] }), undefined, { login_hint: hint.repeat(20) });
  await app.redeem(handle);
  await new App(child.issuer, 'demo-web', password).redeem(handle);
}

/** Checks that each of those refusals has a log line, and that no line has what was typed. */
function assertRefusalsAreLogged(log: string): void {
  const refused = log.split('\n').filter((line) => line.includes('"msg":"refused"'));
  const codes = new Set(refused.map((line) => (JSON.parse(line) as { refusal: string }).refusal));
  for (const code of [
    'wrong_credentials',
    'malformed_code',
    'dead_link',
    'unknown_refusal',
    'invalid_authorization_details',
    'invalid_grant',
    'invalid_client',
  ]) {
    expect([`${code} is among ${[...codes].join(', ')}`, codes.has(code)]).toStrictEqual([
      `${code} is among ${[...codes].join(', ')}`,
      true,
    ]);
  }
  expect([...new CanarySearch(REFUSED).in(Buffer.from(log))]).toStrictEqual([]);
}

async function within60s<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(500)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error('it did not come to that within a minute');
}

async function onDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrlOf(dataDir) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
