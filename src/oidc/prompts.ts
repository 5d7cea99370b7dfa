import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { ACCOUNT_BINDING, asksForBinding, requestedDetails } from './authorization-details.ts';

const { Check, base } = interactionPolicy;

/**
 * oidc-provider's policy, with two more prompts for a binding: a fresh sign-in and its own consent.
 */
export function promptPolicy(freshSeconds: number): interactionPolicy.DefaultPolicy {
  const policy = base();
  policy
    .get('login')
    ?.checks.add(
      new Check(
        'account_binding_fresh_sign_in',
        'binding accounts takes a fresh sign-in',
        'login_required',
        (ctx) => needsFreshSignIn(ctx, freshSeconds),
      ),
    );
  policy.get('consent')?.checks.add(
    new Check(
      ACCOUNT_BINDING,
      'each binding is consented to by itself',
      'consent_required',
      needsBindingConsent,
      (ctx) => ({
        rar: requestedDetails(ctx),
      }),
    ),
  );
  return policy;
}

/**
 * After consent, the counterparty may take its time. The age of the sign-in at consent is what
 * counts.
 */
function needsFreshSignIn(ctx: KoaContextWithOIDC, freshSeconds: number): boolean {
  const { result, session } = ctx.oidc;
  if (!asksForBinding(ctx) || result?.login || result?.consent) return false;
  return session?.accountId !== undefined && session.past(freshSeconds);
}

/** A binding is only answered by the grant of this interaction. */
function needsBindingConsent(ctx: KoaContextWithOIDC): boolean {
  if (!asksForBinding(ctx)) return false;
  const { result, grant } = ctx.oidc;
  return result?.consent === undefined || !grant?.rar?.some(({ type }) => type === ACCOUNT_BINDING);
}
