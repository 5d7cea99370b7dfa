import type { AuthorizationDetail, Provider } from 'oidc-provider';
import type { Interaction } from './interaction.ts';

interface Missing {
  readonly missingOIDCScope?: string[];
  readonly missingOIDCClaims?: string[];
  readonly missingResourceScopes?: Record<string, string[]>;
}

/**
 * Saves what was consented to. An ordinary consent widens the grant the session has; a binding, named by the id of its
 * request, gets a grant of its own, so that ending one binding revokes nothing else (stack.md, trap 4).
 */
export async function grantFor(provider: Provider, interaction: Interaction, bindingRequest?: string): Promise<string> {
  const { session, params, prompt, grantId, result } = interaction;
  if (!session) throw new Error('consent was given without a session');
  if (typeof result?.consent?.grantId === 'string') return result.consent.grantId; // asked twice, answered once
  const earlier = grantId && bindingRequest === undefined ? await provider.Grant.find(grantId) : undefined;
  const grant = earlier ?? new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) });

  const missing = prompt.details as Missing;
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  if (bindingRequest !== undefined) {
    for (const detail of JSON.parse(String(params.authorization_details)) as AuthorizationDetail[]) grant.addRar(detail);
  }
  return await grant.save();
}
