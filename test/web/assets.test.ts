import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer } = await startServer();

test('R21 FingerprintJS comes from here, with its licence, for a year; and the policy lets nothing come from elsewhere', async () => {
  const answer = await new Surfer(issuer).send('/account/sign-in');
  const url = /data-print="([^"]+)"/.exec(answer.html)?.[1] ?? '';
  assert.match(url, /^\/assets\/fingerprint\.[\w-]{12}\.js$/);
  const script = await fetch(issuer + url);
  assert.equal(script.status, 200);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.match(
    await script.text(),
    /Copyright \(c\) \d+ FingerprintJS, Inc[\s\S]*Permission is hereby granted, free of charge/,
  );
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.ok(policy.includes("script-src 'self'") && policy.includes("connect-src 'self'"), policy);
});

test('R21 client hints are asked for over secure connections alone', async () => {
  assert.match(
    (await new Surfer(issuer).send('/account/sign-in')).headers.get('accept-ch') ?? '',
    /Sec-CH-UA-Model/,
  );
  const plain = await startServer({ env: { ISSUER: 'http://bindery.example' } });
  const { port } = new URL(plain.issuer);
  const answer = await fetch(`http://localhost:${port}/account/sign-in`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('accept-ch'), null);
});
