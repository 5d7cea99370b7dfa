import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { ownerPseudonym, subjectFor } from '../accounts/subjects.ts';
import { toBinding } from '../binding/binding-row.ts';
import type { BindingRow } from '../binding/bindings.store.ts';
import type { StatusReference } from '../binding/status.store.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { numericDate } from '../kernel/time.ts';
import { effectivePermissions } from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import type { SigningKey } from './signing-keys.ts';

export const BINDING_TOKEN_TYPE = 'urn:bindery:token-type:account-binding';
export const BINDING_JWT_TYP = 'account-binding+jwt';

export const BINDING_TOKEN_ALGS = ['ES256', 'EdDSA'] as const;
export type BindingTokenAlg = (typeof BINDING_TOKEN_ALGS)[number];

/**
 * The claims of a binding token (docs/protocol.md#claims). Times are seconds since 1970. Of
 * personal data there are pairwise identifiers only.
 */
export interface BindingTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly sub: string;
  readonly may_act: { readonly iss: string; readonly sub: string };
  readonly cnf?: { readonly jkt: string };
  readonly binding: {
    readonly id: string;
    readonly version: number;
    readonly pack: string;
    readonly kind: string;
    readonly state: 'active' | 'suspended' | 'history';
    readonly since: number;
    readonly owner: string;
    /** Under a pack with grades only (R40). */
    readonly grade?: number;
    readonly same_owner: { readonly method: string; readonly checked_at: number };
    readonly permissions: readonly {
      readonly name: string;
      readonly tier: string;
      readonly effective_at: number;
    }[];
  };
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } };
}

export interface TokenRequest {
  readonly row: BindingRow;
  readonly pack: Pack;
  readonly audience: string;
  readonly sector: string;
  readonly status: StatusReference;
  readonly jkt: string | null;
  /** Now, by the wall clock, which relying parties use. */
  readonly at: Date;
}

/** The claims of a binding token for this audience. */
export function bindingClaims(
  issuer: string,
  secrets: InstallationSecret,
  request: TokenRequest,
): BindingTokenClaims {
  const { row, pack, audience, sector, status, jkt, at } = request;
  if (row.state === 'purged') throw new Error(`binding ${row.id} is purged; no token speaks of it`);
  const issuedAt = numericDate(at);
  return {
    iss: issuer,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + pack.tokenLifetimeSeconds,
    jti: randomUUID(),
    sub: subjectFor(secrets, sector, row.sub_id),
    may_act: { iss: issuer, sub: subjectFor(secrets, sector, row.primary_id) },
    ...(jkt === null ? {} : { cnf: { jkt } }),
    binding: {
      id: row.id,
      version: row.version,
      pack: row.pack,
      kind: row.kind,
      state: row.state,
      since: numericDate(row.since),
      owner: ownerPseudonym(secrets, sector, row.primary_owner_id),
      same_owner: {
        method: row.same_owner_method,
        checked_at: numericDate(row.same_owner_checked_at),
      },
      ...(row.reached === null ? {} : { grade: row.reached.length }),
      permissions: effectivePermissions(pack, toBinding(row), row.now).map(
        ({ name, tier, effectiveAt }) => ({
          name,
          tier,
          effective_at: numericDate(effectiveAt),
        }),
      ),
    },
    status: { status_list: { idx: status.idx, uri: `${issuer}/status/${status.list}` } },
  };
}

/**
 * Signs and checks binding tokens with keys that sign nothing else
 * (docs/protocol.md#binding-token). /
 */
export class BindingTokenSigner {
  readonly #issuer: string;
  readonly #signing = new Map<string, { kid: string; key: KeyObject }>();
  readonly #verifying = new Map<string, KeyObject>();

  constructor(issuer: string, keys: readonly SigningKey[]) {
    this.#issuer = issuer;
    for (const { kid, alg, purpose, privateJwk, publicJwk } of keys) {
      if (purpose !== 'binding') continue;
      this.#verifying.set(kid, createPublicKey({ key: publicJwk as never, format: 'jwk' }));
      // Keys come newest first. The newest of an algorithm signs; the others only verify.
      if (!this.#signing.has(alg))
        this.#signing.set(alg, {
          kid,
          key: createPrivateKey({ key: privateJwk as never, format: 'jwk' }),
        });
    }
  }

  async sign(claims: BindingTokenClaims, alg: BindingTokenAlg = 'ES256'): Promise<string> {
    return await this.signAs(BINDING_JWT_TYP, { ...claims }, alg);
  }

  /** Signs a JWT of another type with the same keys. Status lists are trusted like the tokens. */
  async signAs(
    typ: string,
    payload: Record<string, unknown>,
    alg: BindingTokenAlg = 'ES256',
  ): Promise<string> {
    const signing = this.#signing.get(alg);
    if (!signing) throw new Error(`there is no ${alg} key for binding tokens`);
    return await new SignJWT(payload)
      .setProtectedHeader({ alg, typ, kid: signing.kid })
      .sign(signing.key);
  }

  /** The claims of a valid token of this issuer; undefined for any other. */
  async verify(token: string): Promise<BindingTokenClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), {
        issuer: this.#issuer,
        typ: BINDING_JWT_TYP,
        algorithms: [...BINDING_TOKEN_ALGS],
        requiredClaims: ['aud', 'exp', 'iat', 'jti', 'sub', 'binding'],
      });
      return payload as unknown as BindingTokenClaims;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #key(kid: string | undefined): KeyObject {
    const key = kid === undefined ? undefined : this.#verifying.get(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}
