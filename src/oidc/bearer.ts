import { createLocalJWKSet, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { isSignedIn, maySignIn } from '../accounts/account.ts';
import { findAccount } from '../accounts/accounts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';
import type { SigningKey } from '../tokens/signing-keys.ts';
import { callDatabase } from './failure.ts';
import { proofThumbprint } from './proof-of-possession.ts';

/** Who calls Bindery's own API, and what their access token allows. */
export interface Caller {
  readonly clientId: string;
  /** Whose token it is; null for a client by itself (client_credentials). */
  readonly accountId: AccountId | null;
  readonly scopes: ReadonlySet<string>;
  /** The platform whose accounts the client keeps (`account_binding_platform`); null: of none. */
  readonly platform: string | null;
  /** The operator believes what the client says of owners (`account_binding_owner_references`). */
  readonly believed: boolean;
  /** The name of this caller in the audit log. */
  readonly actor: string;
}

/** RFC 6750 §3.1, and `no_token` for a request without one. */
export type BearerRefusal = 'no_token' | 'invalid_token' | 'insufficient_scope';

export interface BearerDeps {
  readonly db: Database;
  readonly issuer: string;
  readonly provider: Provider;
  readonly keys: readonly SigningKey[];
}

/** Checks the access token of a request to Bindery's own API, for one scope. */
export type CheckBearer = (ctx: Context, scope: string) => Promise<Result<Caller, BearerRefusal>>;

/**
 * Access tokens for the resource `<issuer>/api/v1` are JWTs (RFC 9068). Beside the signature, this
 * checks what a signature cannot say: the client is still there, the account may still act, and the
 * proof of a DPoP-bound token (RFC 9449 §7) is for this call and new.
 */
export function bearerOf(deps: BearerDeps): CheckBearer {
  const keys = createLocalJWKSet({
    keys: deps.keys.filter(({ purpose }) => purpose === 'oidc').map(({ publicJwk }) => publicJwk),
  });
  return async (ctx, scope) => {
    const presented = presentedToken(ctx);
    if (!presented) return refuse('no_token', 'OIDC-3B0');
    const payload = await verified(deps, keys, presented.token);
    if (!payload) return refuse('invalid_token', 'OIDC-3B1');
    const jkt = (payload.cnf as { jkt?: unknown } | undefined)?.jkt;
    // A bound token without its proof is what a thief has (RFC 9449 §7.1).
    if ((jkt !== undefined) !== (presented.scheme === 'dpop'))
      return refuse('invalid_token', 'OIDC-3B2');
    const clientId = String(payload.client_id);
    const call = { token: presented.token, method: ctx.method, url: `${deps.issuer}${ctx.path}` };
    if (jkt !== undefined && (await proofThumbprint(deps.db, ctx.get('DPoP'), call)) !== jkt)
      return refuse('invalid_token', 'OIDC-3B3');
    const client = await deps.provider.Client.find(clientId);
    if (!client) return refuse('invalid_token', 'OIDC-3B4');
    // client_credentials: the subject is the client itself (RFC 9068 §2.2).
    const accountId = payload.sub === clientId ? null : await accountOf(deps, payload);
    if (accountId === undefined) return refuse('invalid_token', 'OIDC-3B5');
    const scopes = new Set(typeof payload.scope === 'string' ? payload.scope.split(' ') : []);
    if (!scopes.has(scope)) return refuse('insufficient_scope', 'OIDC-3B6', { scope });
    const platform = (client.account_binding_platform as string | undefined) ?? null;
    const believed = client.account_binding_owner_references === true;
    return ok({ clientId, accountId, scopes, platform, believed, actor: accountId ?? clientId });
  };
}

/** The header of RFC 6750 §3, for the answer to a refusal. */
export function challengeOf(refusal: BearerRefusal, scope: string): string {
  const said = refusal === 'no_token' ? '' : ` error="${refusal}",`;
  return `Bearer realm="bindery",${said} scope="${scope}", DPoP algs="ES256 EdDSA"`;
}

/** The status of the answer to a refusal. */
export const BEARER_STATUS = {
  no_token: 401,
  invalid_token: 401,
  insufficient_scope: 403,
} as const satisfies Record<BearerRefusal, number>;

function presentedToken(ctx: Context): { scheme: 'bearer' | 'dpop'; token: string } | undefined {
  const [, scheme, token] = /^(bearer|dpop) +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
  if (scheme === undefined || token === undefined) return undefined;
  return { scheme: scheme.toLowerCase() as 'bearer' | 'dpop', token };
}

async function verified(
  { issuer }: BearerDeps,
  keys: ReturnType<typeof createLocalJWKSet>,
  token: string,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: `${issuer}/api/v1`,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'iat', 'sub', 'client_id'],
    });
    return payload;
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) return undefined;
    throw error;
  }
}

/** Undefined: the account may not act any more, or signed out since. */
async function accountOf(
  { db }: BearerDeps,
  { sub, iat }: JWTPayload,
): Promise<AccountId | undefined> {
  const account = await callDatabase(async () => await findAccount(db, String(sub)));
  if (!account || !maySignIn(account) || !isSignedIn(account, Number(iat))) return undefined;
  return account.id;
}
