import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

export const CALLBACK = 'http://localhost:4000/callback';
const BASIC = `Basic ${Buffer.from('demo-web:demo-web-secret').toString('base64')}`;

export interface Started {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
}

/** What `demo-web` does before it sends a browser over: push the request (RFC 9126) with PKCE. */
export async function startAuthorization(
  issuer: string,
  details?: Readonly<Record<string, unknown>>,
  extra: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('hex');
  const answer = await fetch(`${issuer}/request`, {
    method: 'POST',
    headers: { Authorization: BASIC },
    body: new URLSearchParams({
      client_id: 'demo-web',
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(details ? { authorization_details: JSON.stringify([{ type: 'account_binding', ...details }]) } : {}),
      ...extra,
    }),
  });
  const pushed = (await answer.json()) as { request_uri: string };
  assert.equal(answer.status, 201, JSON.stringify(pushed));
  return { url: `${issuer}/auth?client_id=demo-web&request_uri=${encodeURIComponent(pushed.request_uri)}`, verifier, state };
}

/** 1b: an app with screens of its own asks for a binding behind the browser's back. */
export async function startBackChannel(
  issuer: string,
  details: Readonly<Record<string, unknown>>,
): Promise<{ start_uri: string; binding_request: string }> {
  const answer = await fetch(`${issuer}/binding-requests`, {
    method: 'POST',
    headers: { Authorization: BASIC },
    body: new URLSearchParams({ authorization_details: JSON.stringify([{ type: 'account_binding', ...details }]) }),
  });
  const started = (await answer.json()) as { start_uri: string; binding_request: string };
  assert.equal(answer.status, 200, JSON.stringify(started));
  return started;
}

/** The app redeems its code, and with what that gives, the binding. */
export async function exchange(issuer: string, code: string, verifier: string): Promise<Record<string, unknown>> {
  return await token(issuer, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier });
}

export async function redeem(issuer: string, handle: string): Promise<Record<string, unknown>> {
  return await token(issuer, { grant_type: 'urn:bindery:grant-type:account-binding', binding_request: handle });
}

async function token(issuer: string, body: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { Authorization: BASIC }, body: new URLSearchParams(body) });
  return (await answer.json()) as Record<string, unknown>;
}
