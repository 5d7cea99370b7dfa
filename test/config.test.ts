import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type ConfigurationError, readConfig, VARIABLES } from '../src/config.ts';
import { LIFETIMES } from '../src/lifetimes.ts';

describe('the lifetimes of the configuration', () => {
  test('without variables, they are those of src/lifetimes.ts', () => {
    expect(readConfig({}).lifetimes).toStrictEqual(LIFETIMES);
  });

  test('.env.example shows the lifetimes of src/lifetimes.ts', () => {
    const shown = parseEnv(readFileSync('.env.example', 'utf8'));
    const lifetimes = VARIABLES.filter((name) => /_(SECONDS|MINUTES|HOURS|DAYS)$/.test(name)).map(
      (name) => [name, shown[name]] as const,
    );
    expect(lifetimes.length).toBeGreaterThanOrEqual(3);
    expect(lifetimes.filter(([, value]) => value === undefined)).toStrictEqual([]);
    expect(readConfig(Object.fromEntries(lifetimes)).lifetimes).toStrictEqual(LIFETIMES);
  });

  test('a variable changes its lifetime and no other', () => {
    const set = { ACCESS_TOKEN_SECONDS: '120', REFRESH_TOKEN_DAYS: '2', SESSION_DAYS: '3' };
    expect(readConfig(set).lifetimes).toStrictEqual({
      ...LIFETIMES,
      oidc: { ...LIFETIMES.oidc, accessToken: 120, refreshToken: 172_800, session: 259_200 },
    });
  });
});

describe('the issuer of the configuration', () => {
  const problemsOf = (issuer: string): readonly string[] => {
    try {
      readConfig({ ISSUER: issuer });
      return [];
    } catch (error) {
      return (error as ConfigurationError).problems;
    }
  };

  test('the issuer may be a host, or a path on one', () => {
    for (const issuer of ['https://a.example', 'https://a.example/bindery', 'http://[::1]:3/a/b-c'])
      expect([issuer, problemsOf(issuer)]).toStrictEqual([issuer, []]);
  });

  test('an issuer that has two spellings is refused', () => {
    const two = ['/', '/a/', '/a//b', '/../a', '/%61', '/.well-known', '?a', '#a', '/a?b', '/ä'];
    for (const path of two)
      expect([path, problemsOf(`https://a.example${path}`).length]).toStrictEqual([path, 1]);
  });
});
