import {
  type AuthorizationDetail,
  errors,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsActiveConfiguration,
} from 'oidc-provider';
import type { ProviderDeps } from './deps.ts';
import { callDatabase } from './failure.ts';
import { refusedAt } from './refusals.ts';

export const ACCOUNT_BINDING = 'account_binding';

type RichAuthorizationRequests = RichAuthorizationRequestsActiveConfiguration &
  Required<
    Pick<RichAuthorizationRequestsActiveConfiguration, 'authorizationDetailsForIntrospection'>
  >;

/** The details of this request, as oidc-provider parsed and checked them. */
export function requestedDetails(ctx: KoaContextWithOIDC): readonly AuthorizationDetail[] {
  const raw = ctx.oidc.params?.authorization_details;
  return typeof raw === 'string' ? (JSON.parse(raw) as AuthorizationDetail[]) : [];
}

export function asksForBinding(ctx: KoaContextWithOIDC): boolean {
  return requestedDetails(ctx).some(({ type }) => type === ACCOUNT_BINDING);
}

/** RAR (RFC 9396) of the one type `account_binding`. */
export function richAuthorizationRequests(deps: ProviderDeps): RichAuthorizationRequests {
  return {
    enabled: true,
    types: {
      [ACCOUNT_BINDING]: {
        validate: async (ctx, detail, client) => {
          if (ctx.oidc.entities.PushedAuthorizationRequest) return; // was checked when pushed
          if (ctx.oidc.route === 'authorization') {
            const problem =
              'account_binding is asked for by a pushed request: POST it to the pushed_authorization_request_endpoint (RFC 9126)';
            throw refusedAt('OIDC-1D0', new errors.InvalidRequest(problem));
          }
          if (requestedDetails(ctx).length > 1) {
            const problem =
              'account_binding stands alone: one authorization details object a request';
            throw refusedAt('OIDC-1D1', new errors.InvalidAuthorizationDetails(problem));
          }
          await callDatabase(async () => await deps.bindingRar.validate(ctx, detail, client));
        },
      },
    },
    // The consented details: those in the grant of this request.
    authorizationDetailsForGrantSource: (ctx) => ctx.oidc.entities.Grant?.rar,
    authorizationDetailsForAccessToken: async (ctx, _token, source, grantType) => {
      if (
        ctx.oidc.params?.authorization_details !== undefined &&
        grantType !== deps.detailsAtTokenEndpoint
      ) {
        const problem = 'authorization_details belong in the authorization request, not here';
        throw refusedAt('OIDC-1D2', new errors.InvalidAuthorizationDetails(problem));
      }
      const details = source?.rar;
      if (!details || grantType !== 'authorization_code') return details;
      return await Promise.all(
        details.map(
          async (detail) =>
            await callDatabase(async () => await deps.bindingRar.enrich(ctx, detail, source)),
        ),
      );
    },
    authorizationDetailsForIntrospection: (_ctx, token) => token.rar?.map(withoutHandle),
  };
}

/**
 * Removes the handle that redeems a binding. Only the token response may contain it, never a token
 * or a stored row.
 */
export function withoutHandle({
  binding_request: _handle,
  ...detail
}: AuthorizationDetail): AuthorizationDetail {
  return detail;
}
