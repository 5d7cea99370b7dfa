import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ERROR_EVENTS, OAUTH_ERRORS } from '../../src/oidc/refusals.ts';

/** Routes of features that are off (src/oidc/features.ts). */
const OFF =
  /^(openid_credential_issuer|credential|challenge|device_\w+|code_verification|backchannel_authentication|registration_(update|delete))\./;

test('Bindery listens to every error event of oidc-provider’s routes', () => {
  const routes = readFileSync('node_modules/oidc-provider/lib/helpers/initialize_app.js', 'utf8');
  const told = [...routes.matchAll(/\berror\('([\w.]+)'\)/g)].map(([, event]) => String(event));
  const on = new Set(told.filter((event) => !OFF.test(event)));
  expect(on.size).toBeGreaterThan(8);
  expect([...on, 'authorization.error', 'binding_request.error'].sort()).toStrictEqual([
    ...ERROR_EVENTS,
  ]);
});

test('the error codes of oidc-provider are known', () => {
  for (const code of [
    'invalid_grant',
    'invalid_client',
    'access_denied',
    'invalid_request',
    'slow_down',
  ]) {
    expect(OAUTH_ERRORS).toContain(code);
  }
  expect(OAUTH_ERRORS.every((code) => /^[a-z_]+$/.test(code))).toBe(true);
});
