import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * A form that oidc-provider needs submitted before it continues. By default its own script submits
 * it on a bare page.
 */
export interface PendingForm {
  /** Another account signed in here, or a sign-out was requested while nobody is signed in. */
  readonly why: 'switch' | 'sign_out';
  readonly action: string;
  readonly xsrf: string;
  /** Where the form's answer may finally lead. */
  readonly leadsTo: unknown;
}

export type RenderPendingForm = (ctx: Context, form: PendingForm) => Promise<void> | void;

/**
 * Shows these forms on a Bindery page. oidc-provider has already stored their content in the
 * session.
 */
export function showPendingForm(render: RenderPendingForm): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    const secret = oidc?.session?.state?.secret;
    if (!oidc || ctx.status !== 200 || typeof secret !== 'string') return;
    const leaving = leavingOf(oidc);
    if (leaving)
      await render(ctx, { ...leaving, action: oidc.urlFor('end_session_confirm'), xsrf: secret });
  };
}

function leavingOf({
  route,
  session,
  entities,
}: KoaContextWithOIDC['oidc']): Pick<PendingForm, 'why' | 'leadsTo'> | undefined {
  if (route === 'end_session' && !session?.accountId)
    return { why: 'sign_out', leadsTo: session?.state?.postLogoutRedirectUri };
  const { Interaction: interaction } = entities;
  const signedIn = interaction?.result?.login?.accountId;
  const switches =
    route === 'resume' &&
    session?.accountId !== undefined &&
    signedIn !== undefined &&
    signedIn !== session.accountId;
  return switches ? { why: 'switch', leadsTo: interaction?.params.redirect_uri } : undefined;
}
