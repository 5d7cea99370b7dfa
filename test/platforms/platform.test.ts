import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { demoPlatform } from '../../src/platforms/demo-platform.ts';
import { loadPlatforms, readPlatform } from '../../src/platforms/load-platforms.ts';
import { externalIdOf, type Platform, parsePlatform } from '../../src/platforms/platform.ts';
import { secretsOf } from '../../src/platforms/read-secret.ts';
import { textAt } from '../../src/upstream/identity.ts';

const title = { zh: '平台', en: 'Platform' };
const provider = {
  id: 'one',
  title,
  kind: 'oidc',
  issuer: 'https://login.example',
  client: { id: 'bindery', authentication: { method: 'none' } },
  scopes: ['openid'],
};

const mine = (more: object = {}) => ({ id: 'mine', title, providers: [provider], ...more });
const oauth = {
  ...provider,
  kind: 'oauth2',
  issuer: undefined,
  endpoints: { authorization: 'https://a.example/a', token: 'https://a.example/t' },
};

function problemsOf(value: unknown, production = true): string[] {
  const parsed = parsePlatform(value, { production });
  return parsed.ok ? [] : parsed.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

describe('a file of a platform', () => {
  test('a good one has no mistakes', () => {
    expect(problemsOf(mine())).toStrictEqual([]);
  });

  test.each([
    ['an unknown member', mine({ brand: 1 }), /^brand: unknown member/],
    ['the name of Bindery’s own platform', mine({ id: 'local' }), /^id: "local"/],
    [
      'two providers of one name',
      mine({ providers: [provider, provider] }),
      /1\.id: "one" is there/,
    ],
    [
      'two providers that do not say whose ids they have',
      mine({ providers: [provider, { ...provider, id: 'two' }] }),
      /^providers\.0\.ids: say/,
    ],
    [
      'http in production',
      mine({ providers: [{ ...provider, issuer: 'http://login.example' }] }),
      /^providers\.0: production needs https/,
    ],
    [
      'no openid scope',
      mine({ providers: [{ ...provider, scopes: [] }] }),
      /scopes: needs "openid"/,
    ],
    [
      'a pointer that is none',
      mine({ providers: [{ ...provider, claims: { login: 'name' } }] }),
      /^providers\.0\.claims\.login: must be a JSON pointer/,
    ],
    [
      'a secret in the file',
      mine({
        providers: [
          {
            ...provider,
            client: { id: 'x', authentication: { method: 'client_secret_post', secret: 'abc' } },
          },
        ],
      }),
      /^providers\.0\.client\.authentication\.secret/,
    ],
    [
      'a key for plain OAuth 2.0',
      mine({
        providers: [
          {
            ...oauth,
            client: { id: 'x', authentication: { method: 'private_key_jwt', key: { file: 'k' } } },
          },
        ],
      }),
      /is for OpenID providers/,
    ],
  ])('%s is told with its path', (_, value, says) => {
    expect(problemsOf(JSON.parse(JSON.stringify(value))).join('\n')).toMatch(says);
  });

  test('http is fine where it is not production', () => {
    const value = mine({ providers: [{ ...provider, issuer: 'http://login.example' }] });
    expect(problemsOf(value, false)).toStrictEqual([]);
  });

  test('its name is the platform’s id, and it is JSON', () => {
    expect(readPlatform('other.json', JSON.stringify(mine()), true)).toMatchObject({
      problems: [{ path: 'id' }],
    });
    expect(readPlatform('mine.json', '{', true).ok).toBe(false);
  });

  test('one mistake of one file lets no server start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
    await writeFile(join(folder, 'mine.json'), JSON.stringify(mine()));
    const also = [demoPlatform('http://localhost:3002')];
    const how = { production: true, also };
    expect([...(await loadPlatforms(folder, how)).keys()]).toStrictEqual(['demo', 'mine']);
    await writeFile(join(folder, 'demo.json'), JSON.stringify(mine({ id: 'demo' })));
    await writeFile(join(folder, 'bad.json'), '[]');
    await expect(loadPlatforms(folder, how)).rejects.toThrow(/bad\.json[\s\S]*demo\.json id/);
    await rm(folder, { recursive: true });
  });

  test('`platforms check` tells mistakes, and fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
    const file = join(folder, 'mine.json');
    const check = (...more: string[]) =>
      execFileSync(process.execPath, ['src/cli/main.ts', 'platforms', 'check', ...more, file], {
        encoding: 'utf8',
      });
    await writeFile(file, JSON.stringify(mine()));
    expect(check('--production')).toMatch(/platform "mine" with 1 providers is good/);
    await writeFile(file, JSON.stringify(mine({ id: 'local' })));
    expect(() => check()).toThrow();
    await rm(folder, { recursive: true });
  });

  test('the files of docs/platforms.md are good', () => {
    const doc = readFileSync('docs/platforms.md', 'utf8');
    const [whole, one] = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, text]) => JSON.parse(text ?? '') as object,
    );
    expect(problemsOf(whole)).toStrictEqual([]);
    expect(problemsOf(mine({ providers: [one] }))).toStrictEqual([]);
  });
});

describe('what is read of a platform', () => {
  const two = parsePlatform(
    mine({
      providers: [
        { ...provider, ids: 'platform' },
        { ...provider, id: 'two', ids: 'own' },
      ],
    }),
    { production: true },
  ) as { value: Platform };
  const [shared, own] = two.value.providers as [never, never];

  test('own ids begin with the provider’s name, and no id of the platform does [R45]', () => {
    expect(externalIdOf(two.value, own, 'x')).toBe('two:x');
    expect(externalIdOf(two.value, shared, 'x')).toBe('x');
    expect(externalIdOf(two.value, shared, 'two:x')).toBeUndefined();
  });

  test('secrets come from variables and files, and a missing one is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
    const file = join(folder, 'secret');
    await writeFile(file, 'from file\n');
    const read = secretsOf({ A: 'from variable', B_FILE: file });
    expect(read({ variable: 'A' })).toBe('from variable');
    expect(read({ variable: 'B' })).toBe('from file');
    expect(read({ file })).toBe('from file');
    expect(() => read({ variable: 'C' })).toThrow(/variable C/);
    await rm(folder, { recursive: true });
  });

  test('a pointer leads to texts and whole numbers, and to nothing that is inherited', () => {
    const document = { a: { 'b/c': 'x', n: 12, big: 2 ** 60, list: ['y'] } };
    expect(textAt(document, '/a/b~1c')).toBe('x');
    expect(textAt(document, '/a/n')).toBe('12');
    expect(textAt(document, '/a/list/0')).toBe('y');
    for (const pointer of ['/a', '/a/big', '/constructor/name', '/a/list/length', '/z/z'])
      expect([pointer, textAt(document, pointer)]).toStrictEqual([
        pointer,
        pointer === '/a/list/length' ? '1' : undefined,
      ]);
  });
});
