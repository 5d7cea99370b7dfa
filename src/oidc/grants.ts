import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { asksForBinding } from './authorization-details.ts';

const before = new WeakMap<KoaContextWithOIDC, string>();

/**
 * Selects the grant of an authorization request. Every binding has its own grant, made by its
 * consent. So a binding does not use the session's grant, and an ordinary request does not use a
 * binding's. By default oidc-provider would share one.
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
 * After a binding's code is issued, the session returns to its ordinary grant. So the next sign-in
 * needs no new consent.
 */
export function restoreSessionGrant(ctx: KoaContextWithOIDC): void {
  const grantId = before.get(ctx);
  if (grantId) ctx.oidc.session?.grantIdFor((ctx.oidc.client as Client).clientId, grantId);
}

/**
 * Issues refresh tokens if `offline_access` was requested, and for web apps, which store them on a
 * server.
 */
export async function issuesRefreshToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  source: { readonly scopes: ReadonlySet<string> },
): Promise<boolean> {
  if (!client.grantTypeAllowed('refresh_token')) return false;
  return source.scopes.has('offline_access') || client.applicationType === 'web';
}
