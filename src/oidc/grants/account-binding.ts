import { errors, type Provider } from 'oidc-provider';
import type { Count } from '../../kernel/counters.ts';
import type { ReportRefusal } from '../../kernel/refusals.ts';
import type { BindingTokenAlg } from '../../tokens/binding-token.ts';
import {
  type RedeemDeps,
  type RedemptionResult,
  redeemRequest,
} from '../../tokens/redeem-request.ts';
import { type ClientContext, provenKey } from '../internals.ts';
import { refusedAt } from '../refusals.ts';
import { deferWrite } from '../unit.ts';

export const ACCOUNT_BINDING_GRANT = 'urn:bindery:grant-type:account-binding';

interface TellDeps {
  readonly report: ReportRefusal;
  readonly count: Count;
}

/**
 * The account-binding grant (docs/protocol.md#redeeming): its own parameters and its handler.
 * Parameters of client authentication are not listed.
 */
export function accountBindingGrant(deps: RedeemDeps & TellDeps) {
  return {
    name: ACCOUNT_BINDING_GRANT,
    params: ['binding_request'],
    async handler(provider: Provider, ctx: ClientContext): Promise<void> {
      const handle = ctx.oidc.params?.binding_request;
      if (typeof handle !== 'string' || handle === '') {
        throw refusedAt(
          'OIDC-2G0',
          new errors.InvalidRequest("missing required parameter 'binding_request'"),
        );
      }
      const proof = await provenKey(provider, ctx, errors.InvalidGrant);
      const { client } = ctx.oidc;
      const redemption = {
        handle,
        clientId: client.clientId,
        jkt: proof?.thumbprint,
        alg: client.account_binding_token_signed_response_alg as BindingTokenAlg | undefined,
      };
      ctx.status = 200;
      // Written together with the proof: if another request used the proof first, nothing is
      // redeemed.
      deferWrite(async (tx) => {
        const answer = await redeemRequest(tx, deps, redemption);
        ctx.status = answer.status;
        ctx.body = answer.body;
        return () => tell(deps, answer, client.clientId);
      });
    },
  };
}

/** Counts the answer of a redemption and reports a refusal. */
function tell({ report, count }: TellDeps, answer: RedemptionResult, client: string): void {
  count('bindery_redemptions_total', {
    answer: answer.status === 200 ? 'bound' : answer.body.error,
  });
  const { refusal } = answer;
  if (refusal) report({ ...refusal, detail: { client, ...refusal.detail } });
}
