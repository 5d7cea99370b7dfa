import { expect, test } from '@jest/globals';
import { HttpBrowser } from '../support/http-browser.ts';
import { startServer } from '../support/server.ts';

const { issuer } = await startServer();

test('FingerprintJS is served from here with its licence, and nothing from elsewhere', async () => {
  const answer = await new HttpBrowser(issuer).send('/account/sign-in');
  const url = /data-print="([^"]+)"/.exec(answer.html)?.[1] ?? '';
  expect(url).toMatch(/^\/assets\/fingerprint\.[\w-]{12}\.js$/);
  const script = await fetch(issuer + url);
  expect(script.status).toBe(200);
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(script.headers.get('content-type') ?? '').toMatch(/^text\/javascript/);
  expect(await script.text()).toMatch(
    /Copyright \(c\) \d+ FingerprintJS, Inc[\s\S]*Permission is hereby granted, free of charge/,
  );
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect([
    policy,
    policy.includes("script-src 'self'") && policy.includes("connect-src 'self'"),
  ]).toStrictEqual([policy, true]);
});

test('client hints are asked for over https only [R21]', async () => {
  expect(
    (await new HttpBrowser(issuer).send('/account/sign-in')).headers.get('accept-ch') ?? '',
  ).toMatch(/Sec-CH-UA-Model/);
  const plain = await startServer({ env: { ISSUER: 'http://bindery.example' } });
  const { port } = new URL(plain.issuer);
  const answer = await fetch(`http://localhost:${port}/account/sign-in`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('accept-ch')).toBe(null);
});
