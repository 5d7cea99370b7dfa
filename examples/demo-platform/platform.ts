import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider';
import { MemoryAdapter, type Rows } from './memory-adapter.ts';
import { signInPage } from './pages.ts';

/** One person's account at the platform. */
export interface PlatformAccount {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly password: string;
  /** What the platform calls the verified owner; accounts with one reference have one owner. */
  readonly ownerReference?: string;
  /** More claims of its ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface PlatformOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The host in its issuer. */
  readonly host?: string;
  /** PEM texts; without them it speaks plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly accounts: readonly PlatformAccount[];
  readonly clients: readonly ClientMetadata[];
}

export interface RunningPlatform {
  readonly issuer: string;
  /** Signs with new keys from now on, as after a rotation. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

/** A small OpenID provider: sign-in by password, consent given, claims in ID tokens. */
export async function startPlatform({
  port,
  host = 'localhost',
  tls,
  accounts,
  clients,
}: PlatformOptions): Promise<RunningPlatform> {
  const http = tls ? createTlsServer(tls) : createServer();
  const issuer = `${tls ? 'https' : 'http'}://${host}:${await listen(http, port)}`;
  const cookieKeys = [randomBytes(32).toString('base64url')];
  const rows: Rows = new Map();
  const open = async () => {
    const keys = [await makeKey()];
    return makeProvider({ issuer, accounts, clients, keys, cookieKeys, rows }).callback();
  };
  let answer = await open();
  http.on('request', (request, response) => void answer(request, response));
  return {
    issuer,
    rotateKeys: async () => {
      answer = await open();
    },
    close: async () => {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

interface ProviderOptions extends Pick<PlatformOptions, 'accounts' | 'clients'> {
  readonly issuer: string;
  readonly keys: readonly JWK[];
  readonly cookieKeys: readonly string[];
  readonly rows: Rows;
}

function makeProvider({
  issuer,
  accounts,
  clients,
  keys,
  cookieKeys,
  rows,
}: ProviderOptions): Provider {
  const configuration: Configuration = {
    adapter: (model: string) => new MemoryAdapter(model, rows, clients),
    claims: {
      openid: ['sub', 'amr', 'owner_reference', ...claimNames(accounts)],
      profile: ['name', 'preferred_username'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    // People are asked once, by the app that wants to know; this platform has no screen for consent.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      const grant = new provider.Grant({
        accountId: session?.accountId ?? '',
        clientId: client?.clientId ?? '',
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    conformIdTokenClaims: false,
    cookies: {
      keys: [...cookieKeys],
      names: {
        session: 'platform_session',
        interaction: 'platform_interaction',
        resume: 'platform_resume',
      },
    },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, id) => {
      const found = accounts.find((account) => account.id === id);
      return found && { accountId: id, claims: () => claimsOf(found) };
    },
    interactions: { url: (_ctx, { uid }) => `/sign-in/${uid}` },
    jwks: { keys: [...keys] },
    pkce: { required: () => true },
    ttl: { Session: 86_400, Interaction: 3_600, IdToken: 3_600, AccessToken: 600, Grant: 86_400 },
  };
  const provider = new Provider(issuer, configuration);
  provider.use(signInPage(provider, (login, password) => check(accounts, login, password)));
  return provider;
}

function claimsOf({ id, login, name, ownerReference, claims }: PlatformAccount) {
  return {
    sub: id,
    preferred_username: login,
    name,
    ...(ownerReference === undefined ? {} : { owner_reference: ownerReference }),
    ...claims,
  };
}

function claimNames(accounts: readonly PlatformAccount[]): string[] {
  return [...new Set(accounts.flatMap(({ claims = {} }) => Object.keys(claims)))];
}

function check(
  accounts: readonly PlatformAccount[],
  login: string,
  password: string,
): string | undefined {
  const found = accounts.find((account) => account.login === login);
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const same = timingSafeEqual(digest(found?.password ?? ''), digest(password));
  return found && same ? found.id : undefined;
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomBytes(8).toString('hex');
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

async function listen(http: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, () => {
      http.off('error', reject);
      resolve();
    });
  });
  return (http.address() as AddressInfo).port;
}
