import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_EVENTS, OAUTH_ERRORS } from '../../src/oidc/refusals.ts';

/** Routes of features that are off (src/oidc/features.ts). */
const OFF =
  /^(openid_credential_issuer|credential|challenge|device_\w+|code_verification|backchannel_authentication|registration_(update|delete))\./;

test('every error event of oidc-provider’s routes is heard', () => {
  const routes = readFileSync('node_modules/oidc-provider/lib/helpers/initialize_app.js', 'utf8');
  const told = [...routes.matchAll(/\berror\('([\w.]+)'\)/g)].map(([, event]) => String(event));
  const on = new Set(told.filter((event) => !OFF.test(event)));
  assert.ok(on.size > 8);
  assert.deepEqual([...on, 'authorization.error', 'binding_request.error'].sort(), [
    ...ERROR_EVENTS,
  ]);
});

test('the codes of oidc-provider’s errors are known', () => {
  for (const code of [
    'invalid_grant',
    'invalid_client',
    'access_denied',
    'invalid_request',
    'slow_down',
  ]) {
    assert.ok(OAUTH_ERRORS.includes(code), code);
  }
  assert.ok(OAUTH_ERRORS.every((code) => /^[a-z_]+$/.test(code)));
});
