import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose';
import { type Client, errors } from 'oidc-provider';
import { findUnregisteredLocation } from '../binding/audience.ts';
import { type BindingDetails, parseBindingDetails } from '../binding/authorization-details.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { findRequestByGrant, saveHandle } from '../binding/requests.store.ts';
import { newSecret } from '../kernel/ids.ts';
import { requestStatus } from '../tokens/redeem-request.ts';
import type { BindingRar } from './deps.ts';
import { refusedAt } from './refusals.ts';
import { deferWrite } from './unit.ts';

/**
 * Validates an `account_binding` object for any endpoint. Throws OAuth's error with the member's
 * name (RFC 9396 §5).
 */
export async function validatedDetails(
  deps: BindingDeps & { readonly defaultPack: string },
  raw: unknown,
  client: Client,
): Promise<BindingDetails> {
  const parsed = parseBindingDetails(raw, deps.packs.current, deps.defaultPack);
  if (!parsed.ok) {
    const { refusal } = parsed;
    const { member, problem } = refusal.detail as { member: string; problem: string };
    const says = `${member}: ${problem}`;
    throw refusedAt(refusal.site, new errors.InvalidAuthorizationDetails(says), { member });
  }
  const { account_binding_packs: packs } = client;
  if (Array.isArray(packs) && !packs.includes(parsed.value.pack)) {
    const says = 'pack: this client is not registered for it';
    throw refusedAt('OIDC-1R2', new errors.InvalidAuthorizationDetails(says), { member: 'pack' });
  }
  const unregistered = await findUnregisteredLocation(deps.db, parsed.value);
  if (unregistered !== undefined) {
    throw refusedAt(
      'OIDC-1R0',
      new errors.InvalidAuthorizationDetails('locations.0: is not a registered resource'),
    );
  }
  return parsed.value;
}

/**
 * The RAR object in an authorization request and, with its handle, in the token response
 * (docs/protocol.md#browser-flow).
 */
export function bindingRar(deps: BindingDeps & { readonly defaultPack: string }): BindingRar {
  return {
    async validate(_ctx, detail, client) {
      await validatedDetails(deps, detail, client);
    },
    async enrich(ctx, detail, source) {
      const stored =
        source.grantId === undefined
          ? undefined
          : await findRequestByGrant(deps.db, source.grantId);
      if (!stored)
        throw refusedAt(
          'OIDC-1R1',
          new errors.InvalidGrant('the binding request of this code is gone'),
        );
      const handle = newSecret();
      const proof = ctx.get('DPoP'); // validated by the code exchange itself
      const jkt = proof
        ? await calculateJwkThumbprint(decodeProtectedHeader(proof).jwk as JWK)
        : null;
      deferWrite(
        async (tx) => await saveHandle(tx, stored.id, deps.secrets.hash('handle', handle), jkt),
      );
      const { status, expiresIn } = requestStatus(stored);
      return {
        ...detail,
        ...stored.details,
        binding_request: handle,
        binding_request_expires_in: expiresIn,
        status,
      };
    },
  };
}
