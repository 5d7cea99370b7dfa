import { calculatePKCECodeChallenge } from 'openid-client';
import type { OAuth2Provider } from '../platforms/provider.ts';
import type { ReadSecret } from '../platforms/read-secret.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { textAt } from './identity.ts';
import type { Asked, Journey, Returned } from './journey.ts';

/** The provider's answer is not what its file describes. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

/** Where the browser is sent. Providers that do not know PKCE ignore it. */
export async function oauth2Request(
  { client, endpoints, scopes, parameters, freshness }: OAuth2Provider,
  { redirectUri, state, verifier, maxAge }: Asked,
): Promise<URL> {
  const url = new URL(endpoints.authorization);
  const sent = {
    response_type: 'code',
    [parameters.clientId]: client.id,
    redirect_uri: redirectUri,
    scope: scopes.join(parameters.scopeSeparator),
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(maxAge === null ? {} : freshness.parameters),
  };
  for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value);
  return url;
}

/**
 * Redeems the code and asks who it is, as the file describes. Nothing is signed: what counts is that
 * Bindery asked these addresses itself. So it says nothing of when and how the person signed in.
 */
export async function oauth2Answer(
  provider: OAuth2Provider,
  readSecret: ReadSecret,
  journey: Journey,
): Promise<Returned> {
  const answers: Record<string, unknown> = {
    token: await jsonOf(await askForToken(provider, readSecret, journey)),
  };
  const accessToken = textAt(answers, provider.accessToken);
  if (accessToken === undefined) throw new UnusableAnswer('the answer has no access token');
  for (const { name, url: address, bearer, parameters } of provider.requests) {
    const url = new URL(address);
    for (const [parameter, value] of Object.entries(parameters)) {
      const said = typeof value === 'string' ? value : textAt(answers, value.from);
      if (said === undefined) throw new UnusableAnswer('an answer lacks what the next one needs');
      url.searchParams.set(parameter, said);
    }
    const authorization: Record<string, string> = bearer
      ? { authorization: `Bearer ${accessToken}` }
      : {};
    const headers = { accept: 'application/json', ...authorization };
    answers[name] = await jsonOf(await boundedFetch(url, { headers }));
  }
  return { answers: { all: answers, signed: undefined }, authTime: undefined, amr: [] };
}

async function askForToken(
  { client: { id, authentication }, endpoints, parameters }: OAuth2Provider,
  readSecret: ReadSecret,
  { url, redirectUri, verifier }: Journey,
): Promise<Response> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code: url.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const headers = new Headers({ accept: 'application/json' });
  const secret = 'secret' in authentication ? readSecret(authentication.secret) : undefined;
  if (secret !== undefined && authentication.method === 'client_secret_basic') {
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  } else {
    form.set(parameters.clientId, id);
    if (secret !== undefined) form.set(parameters.clientSecret, secret);
  }
  if (parameters.tokenBy === 'post')
    return await boundedFetch(endpoints.token, { method: 'POST', headers, body: form });
  const asked = new URL(endpoints.token);
  for (const [name, value] of form) asked.searchParams.set(name, value);
  return await boundedFetch(asked, { headers });
}

/** Some answer JSON as text/plain, and errors with status 200: the access token decides. */
async function jsonOf(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new UnusableAnswer(`the provider answered ${answer.status}`);
  try {
    return await answer.json();
  } catch {
    throw new UnusableAnswer('the answer is not JSON');
  }
}
