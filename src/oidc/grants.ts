import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { asksForBinding } from './authorization-details.ts';

const before = new WeakMap<KoaContextWithOIDC, string>();

/**
 * The grant an authorization request goes on from. Every binding has a grant of its own, made by
 * its consent: neither does a binding take up the session's grant, nor an ordinary request a
 * binding's (stack.md, trap 4).
 */
export async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, provider, result, session } = ctx.oidc;
  const clientId = (client as Client).clientId;
  const ofSession = session?.grantIdFor(clientId);
  const ofConsent = result?.consent?.grantId;
  if (asksForBinding(ctx)) {
    if (ofSession) before.set(ctx, ofSession);
    return ofConsent === undefined ? undefined : await provider.Grant.find(ofConsent);
  }
  const grant = await provider.Grant.find(ofConsent ?? ofSession ?? '');
  return grant?.rar ? undefined : grant;
}

/**
 * After a binding's code is made the session goes back to its ordinary grant, so that the next
 * sign-in asks nothing anew.
 */
export function restoreSessionGrant(ctx: KoaContextWithOIDC): void {
  const grantId = before.get(ctx);
  if (grantId) ctx.oidc.session?.grantIdFor((ctx.oidc.client as Client).clientId, grantId);
}

/**
 * Refresh tokens for those who ask to stay (`offline_access`) and for web apps, which keep them on
 * a server.
 */
export async function issuesRefreshToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  source: { readonly scopes: ReadonlySet<string> },
): Promise<boolean> {
  if (!client.grantTypeAllowed('refresh_token')) return false;
  return source.scopes.has('offline_access') || client.applicationType === 'web';
}
