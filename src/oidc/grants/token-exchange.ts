import { errors } from 'oidc-provider';
import type { ReportRefusal } from '../../kernel/refusals.ts';
import type { UpstreamDeps } from '../../upstream/deps.ts';
import { startByIdToken } from '../../upstream/hand-over.ts';
import type { ClientContext, StartByHint } from '../internals.ts';
import { refusedAt } from '../refusals.ts';

export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const START_TOKEN = 'urn:bindery:token-type:start';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

interface Means {
  readonly upstream: UpstreamDeps;
  readonly issuer: string;
  readonly report: ReportRefusal;
}

/**
 * Token exchange (RFC 8693), for one purpose: an app of a platform hands over a person who is signed
 * in there (docs/protocol.md#hand-over). What is wrong with the token is for the log, not the app.
 */
export function tokenExchangeGrant({ upstream, issuer, report }: Means) {
  return {
    name: TOKEN_EXCHANGE_GRANT,
    params: [
      'subject_token',
      'subject_token_type',
      'requested_token_type',
      'actor_token',
      'actor_token_type',
    ],
    async handler(ctx: ClientContext): Promise<void> {
      const { client } = ctx.oidc;
      const params: Readonly<Record<string, unknown>> = ctx.oidc.params ?? {};
      const { subject_token: idToken, actor_token: actor } = params;
      if (params.requested_token_type !== START_TOKEN)
        throw invalid('OIDC-4X0', `'requested_token_type' must be ${START_TOKEN}`);
      if (params.subject_token_type !== ID_TOKEN)
        throw invalid('OIDC-4X1', `'subject_token_type' must be ${ID_TOKEN}`);
      if (typeof idToken !== 'string' || idToken === '')
        throw invalid('OIDC-4X2', "missing required parameter 'subject_token'");
      if (actor !== undefined) throw invalid('OIDC-4X3', "'actor_token' is not supported");
      const started = await startFor(upstream, client, idToken);
      if (!started.ok) {
        const { refusal } = started;
        throw refusal.code === 'upstream_unavailable'
          ? refusedAt(
              refusal.site,
              new errors.TemporarilyUnavailable('the platform cannot be reached'),
            )
          : // RFC 8693 §2.2.2
            refusedAt(
              refusal.site,
              new errors.InvalidRequest('subject_token is not acceptable'),
              refusal.detail,
            );
      }
      const { ticket, expiresIn, notTied } = started.value;
      if (notTied) report(notTied);
      ctx.status = 200;
      ctx.body = {
        // RFC 8693 §2.2.1: the issued token is in this member, whatever it is.
        access_token: ticket,
        issued_token_type: START_TOKEN,
        token_type: 'N_A',
        expires_in: expiresIn,
        start_uri: `${issuer}/start/${ticket}`,
      };
    },
  };
}

/**
 * An `id_token_hint` of a platform, in a pushed request of a client that proved who it is. One that
 * is not acceptable is left to oidc-provider, which refuses it as it does any foreign one.
 */
export function startByHint({ upstream, report }: Omit<Means, 'issuer'>): StartByHint {
  return async ({ oidc: { client } }, idToken) => {
    if (client.clientAuthMethod === 'none') return undefined;
    const started = await startFor(upstream, client, idToken);
    if (!started.ok && started.refusal.code !== 'unknown_issuer') report(started.refusal);
    if (started.ok && started.value.notTied) report(started.value.notTied);
    return started.ok ? started.value.ticket : undefined;
  };
}

async function startFor(
  upstream: UpstreamDeps,
  { clientId, account_binding_platforms: platforms }: ClientContext['oidc']['client'],
  idToken: string,
): ReturnType<typeof startByIdToken> {
  return await startByIdToken(upstream, {
    clientId,
    platforms: Array.isArray(platforms) ? (platforms as string[]) : [],
    idToken,
  });
}

function invalid(site: string, problem: string): errors.InvalidRequest {
  return refusedAt(site, new errors.InvalidRequest(problem));
}
