import { decodeProtectedHeader } from 'jose';
import { toBinding } from '../binding/binding-row.ts';
import { findBinding } from '../binding/bindings.store.ts';
import { packOf } from '../binding/request-pack.ts';
import { numericDate } from '../kernel/time.ts';
import { effectivePermissions } from '../permissions/permissions.ts';
import type { PackRegistry } from '../policy/pack-registry.ts';
import type { Database } from '../store/database.ts';
import {
  BINDING_JWT_TYP,
  BINDING_TOKEN_TYPE,
  type BindingTokenClaims,
  type BindingTokenSigner,
} from './binding-token.ts';

export interface IntrospectDeps {
  readonly db: Database;
  readonly packs: PackRegistry;
  readonly signer: BindingTokenSigner;
}

const INACTIVE = Object.freeze({ active: false });

/**
 * Introspects a binding token (RFC 7662 §2.2) for the audiences of the client that asks. `active`
 * means that the binding acts now. Of a suspended or ended one its audience also hears the state,
 * so that a relying party that reads `active` alone is safe. Other clients' tokens are inactive.
 */
export async function introspectBindingToken(
  deps: IntrospectDeps,
  { token, audiences }: { readonly token: string; readonly audiences: readonly string[] },
): Promise<Record<string, unknown>> {
  const claims = await deps.signer.verify(token);
  if (!claims || !audiences.includes(claims.aud)) return { ...INACTIVE };
  const row = await findBinding(deps.db, claims.binding.id);
  if (!row || row.state === 'purged') return { ...INACTIVE };
  const state = { id: row.id, version: row.version, state: row.state };
  if (row.state !== 'active') return { ...INACTIVE, binding: state };
  const permissions = effectivePermissions(
    await packOf(deps, row, deps.db),
    toBinding(row),
    row.now,
  );
  return {
    active: true,
    token_type: BINDING_TOKEN_TYPE,
    ...standardClaims(claims),
    binding: {
      ...claims.binding,
      ...state,
      ...(row.reached === null ? {} : { grade: row.reached.length }),
      permissions: permissions.map(({ name, tier, effectiveAt }) => ({
        name,
        tier,
        effective_at: numericDate(effectiveAt),
      })),
    },
  };
}

function standardClaims({
  iss,
  aud,
  iat,
  exp,
  jti,
  sub,
  may_act,
  cnf,
  status,
}: BindingTokenClaims): Record<string, unknown> {
  return { iss, aud, iat, exp, jti, sub, may_act, ...(cnf ? { cnf } : {}), status };
}

/** Whether it is a binding token by its `typ`. Nothing in it is verified yet. */
export function looksLikeBindingToken(token: string): boolean {
  if (!token.startsWith('eyJ')) return false; // opaque tokens need no exception
  try {
    return decodeProtectedHeader(token).typ === BINDING_JWT_TYP;
  } catch {
    return false;
  }
}
