import { errors } from 'oidc-provider';
import type { BindingDeps } from '../binding/deps.ts';
import { POLL_INTERVAL_SECONDS, startRequest } from '../binding/start-request.ts';
import { validatedDetails } from './binding-rar.ts';
import type { ExtraRoute } from './deps.ts';
import { provenKey } from './internals.ts';
import { refusedAt } from './refusals.ts';
import { deferWrite } from './unit.ts';

const LONGEST_HINT = 256;

function optional(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > LONGEST_HINT) {
    throw refusedAt(
      'OIDC-1B0',
      new errors.InvalidRequest(`${name} is longer than ${LONGEST_HINT} characters`),
    );
  }
  return value;
}

/**
 * `POST /binding-requests` (docs/protocol.md#back-channel). The answer has the shape of RFC 8628
 * §3.2, which app developers know.
 */
export function bindingRequestsRoute(
  deps: BindingDeps & { readonly defaultPack: string; readonly issuer: string },
): ExtraRoute {
  return {
    name: 'binding_request',
    path: '/binding-requests',
    params: ['authorization_details', 'login_hint', 'ui_locales'],
    async handler(ctx) {
      const { client, params, provider } = ctx.oidc;
      if (client.account_binding_back_channel !== true) {
        const problem =
          'this client is not registered with account_binding_back_channel; use a pushed authorization request';
        throw refusedAt('OIDC-1B1', new errors.UnauthorizedClient(problem));
      }
      if (typeof params?.authorization_details !== 'string') {
        throw refusedAt(
          'OIDC-1B2',
          new errors.InvalidRequest("missing required parameter 'authorization_details'"),
        );
      }
      const proof = await provenKey(provider, ctx);
      if (client.clientAuthMethod === 'none' && !proof) {
        const problem = 'a public client proves a DPoP key, which its request is then bound to';
        throw refusedAt('OIDC-1B3', new errors.InvalidDpopProof(problem));
      }
      const [raw] = JSON.parse(params.authorization_details) as unknown[];
      const details = await validatedDetails(deps, raw, client);
      const { handle, reference, save } = startRequest(deps, {
        client: {
          client_id: client.clientId,
          sector_identifier_uri: client.sectorIdentifierUri,
          redirect_uris: client.redirectUris,
        },
        details,
        jkt: proof?.thumbprint,
        uiLocales: optional(params.ui_locales, 'ui_locales'),
        loginHint: optional(params.login_hint, 'login_hint'),
      });
      // If another request used the proof first, no binding request is stored.
      deferWrite(save);
      ctx.body = {
        binding_request: handle,
        start_uri: `${deps.issuer}/bind/start/${reference}`,
        verification_uri: `${deps.issuer}/bind`,
        expires_in: deps.lifetimes.binding.request,
        interval: POLL_INTERVAL_SECONDS,
      };
    },
  };
}
