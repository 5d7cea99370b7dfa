import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { hookModule } from '../../src/decision-points/hook-module.ts';
import { type Pack, PERMISSIONS, packSchema } from '../../src/policy/pack.ts';
import { HOOKS, loadPacks, readPack } from '../../src/policy/registry.ts';
import { facts } from '../policy/douyin-facts.ts';
import { packSuite } from '../policy/pack-suite.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, bind, makeFamily, offer, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { blocksOf, codesIn, readDocument, tableUnder } from './examples.ts';

const PACKS = readDocument('docs/packs.md');

/** The pack that the document shows, as an operator would copy it. */
const [written] = blocksOf(PACKS).filter(({ language }) => language === 'json');
assert.ok(written);
const file = written.about;
const text = written.lines.join('\n');

const folder = await mkdtemp(join(tmpdir(), 'packs-'));
afterAll(async () => await rm(folder, { recursive: true }));
await writeFile(join(folder, file), text);

const fourth = (await loadPacks(folder)).get('harbour');
assert.ok(fourth, 'the pack of docs/packs.md is read');
packSuite(fourth);

describe('a pack written only from docs/packs.md', () => {
  let started: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    started = await startServer({ env: { PACKS_DIR: folder } });
  });

  test('a pack of one’s own is offered to apps', async () => {
    const { issuer } = started;
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
      binding_packs_supported: string[];
    };
    expect(metadata.binding_packs_supported.sort()).toStrictEqual([
      'douyin',
      'harbour',
      'kuaishou',
      'weibo',
    ]);
  });

  test('a pack of one’s own has its own limit, grades and token lifetime', async () => {
    const { issuer, bindery } = started;
    const app = web(issuer);
    const [primary, ...subs] = (await makeFamily(bindery.db, 4)) as [
      string,
      string,
      string,
      string,
    ];
    const asked = details({ pack: 'harbour', datatypes: ['profile'] });
    const { token, bindingId } = await bind(app, primary, subs[0] ?? '', { asked });
    const {
      iat = 0,
      exp = 0,
      binding,
    } = decodeJwt(token) as { iat?: number; exp?: number; binding: Record<string, unknown> };
    expect([binding.pack, binding.grade, exp - iat]).toStrictEqual(['harbour', 1, 1800]);
    const browser = new HttpBrowser(issuer);
    const [up] = (await openBindings(browser, primary)).formsEnding(`/${bindingId}/raise`);
    assert.ok(up);
    expect((await browser.press(up.form)).text).toMatch(/Assistant|店员/);

    await bind(app, primary, subs[1] ?? '', { asked });
    const third = await offer(app, primary, { asked });
    await answer(third, subs[2] ?? '');
    expect((await app.redeem(third.handle)).body.refusal).toBe('limit_reached');
  });
});

describe('docs/packs.md is complete', () => {
  test('docs/packs.md lists every member of a pack, and no other', () => {
    const members = Object.keys(
      (packSchema() as { properties: Record<string, unknown> }).properties,
    );
    const named = tableUnder(PACKS, 'Members of a pack').flatMap(([member]) => codesIn(member));
    expect(named).toStrictEqual(members);
  });

  test('docs/packs.md lists every hook, and says which a person may overrule', () => {
    const named = tableUnder(PACKS, 'Built-in hooks').map(
      ([hook, , overruled]) => `${codesIn(hook).join()} ${overruled}`,
    );
    expect(named).toStrictEqual(
      HOOKS.map(({ id, overrulable }) => `${id} ${overrulable ? 'yes' : 'no'}`),
    );
  });

  test('docs/packs.md lists every permission, and no other', () => {
    const list = /^Permissions: ([^.]+)\./m.exec(PACKS)?.[1];
    expect(codesIn(list ?? '')).toStrictEqual([...PERMISSIONS]);
  });

  test('the hook in docs/packs.md does what the text says', async () => {
    const [shown] = blocksOf(PACKS).filter(({ language }) => language === 'ts');
    assert.ok(shown);
    const path = join(folder, shown.about);
    await writeFile(path, shown.lines.join('\n'));
    const hook = await hookModule({
      id: 'quiet-hours',
      module: pathToFileURL(path).href,
      timeoutMs: 5_000,
      fails: 'review',
    });
    const said = async (hour: number, perOwner: number) => {
      const now = new Date(`2026-11-22T${String(hour).padStart(2, '0')}:30:00+08:00`);
      const answer = await hook.ask({
        facts: facts({ now, counts: { perPrimary: 0, perOwner } }),
        pack: fourth as Pack,
      });
      return 'verdict' in answer ? [answer.verdict, ...answer.reasons] : answer.failure;
    };
    expect([await said(3, 2), await said(3, 1), await said(12, 2)]).toStrictEqual([
      ['review', 'third_at_night'],
      ['allow'],
      ['allow'],
    ]);
    await hook.close();
  });

  test('the table of packs in docs/packs.md matches the packs', async () => {
    const named = tableUnder(PACKS, 'Built-in packs').flatMap(([pack]) => codesIn(pack));
    expect([...named].sort()).toStrictEqual([...(await loadPacks()).keys()]);
  });

  test('the error messages in docs/packs.md are the real ones', () => {
    const shown = blocksOf(PACKS).find(({ language }) => language === 'text') ?? { lines: [] };
    const wrong = text
      .replace('"personal": 2,', '"personal": -1,')
      .replace('"adds": [{ "name": "ad_placement" }]', '"adds": [{ "name": "live_commerce" }]');
    const read = readPack(file, wrong);
    const told = read.ok
      ? []
      : read.problems.map(({ path, problem }) => `${file}: ${path}: ${problem}`);
    expect(told).toStrictEqual(
      shown.lines.map((line) => line.trim()).filter((line) => line !== ''),
    );
  });

  test('docs/pack.schema.json is the schema of the code', () => {
    expect(readDocument('docs/pack.schema.json')).toBe(
      `${JSON.stringify(packSchema(), null, 2)}\n`,
    );
  });
});
