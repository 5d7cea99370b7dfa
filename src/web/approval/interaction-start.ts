import type { Context } from 'koa';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { MINUTE } from '../../kernel/time.ts';
import { appOf, type Interaction } from '../../oidc/interactions.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import { isFreshEnough } from '../../upstream/auth-time.ts';
import { agreeToStart, openStart } from '../../upstream/hand-over.ts';
import type { WebDeps } from '../core/deps.ts';
import { field } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { formTargetOf } from '../core/security-headers.ts';
import { startView } from '../core/start.views.ts';
import { freshSecondsOf } from '../core/upstream.ts';

/** How old the sign-in may be: a binding takes a fresh one, and an app may ask for one. */
export function maxAgeOf(deps: WebDeps, { params, prompt }: Interaction): number | null {
  const fresh = freshSecondsOf(deps);
  if (params.authorization_details) return fresh;
  if (typeof params.max_age === 'number') return Math.max(params.max_age, MINUTE);
  return prompt.reasons.includes('login_prompt') ? fresh : null;
}

/** The start pages of an interaction: an app brings a person who is signed in to it (R48). */
export function interactionStarts(pages: Pages, deps: WebDeps) {
  return {
    /**
     * Offers to go on as this person. False where the app brought nobody, or where a sign-in is
     * asked that is fresher than theirs.
     */
    async offered(ctx: Context, interaction: Interaction): Promise<boolean> {
      const { start: ticket, client_id: client, redirect_uri: redirect } = interaction.params;
      if (typeof ticket !== 'string') return false;
      const opened = await openStart(deps.upstream, { ticket, visitor: pages.visitor(ctx) });
      if (!opened.ok || opened.value.clientId !== client) return false;
      const { account, authTime } = opened.value;
      const now = Math.floor(Date.now() / 1000);
      if (!isFreshEnough(authTime, now, maxAgeOf(deps, interaction))) return false;
      const app = await appOf(deps.provider, interaction);
      if (!app) return false;
      const view = startView(pages.words(ctx), {
        account,
        app: { name: app.name, uri: null },
        ticket: opened.value.ticket,
        action: `/interaction/${interaction.uid}/start`,
      });
      pages.show(ctx, 'start', view, { formTarget: formTargetOf(redirect) });
      return true;
    },

    /** Who agreed to go on, and when they had signed in at the platform. */
    async agreed(
      ctx: Context,
      { params }: Interaction,
    ): Promise<Result<{ accountId: AccountId; ts: number }, 'upstream_over' | 'upstream_account'>> {
      const visitor = pages.visitor(ctx);
      const agreed = await agreeToStart(deps.upstream, { ticket: field(ctx, 'ticket'), visitor });
      if (!agreed.ok) return agreed;
      const { account, clientId, authTime } = agreed.value;
      if (clientId !== params.client_id) return refuse('upstream_over', 'WEB-2T0');
      await noteVisit(deps.db, account.id, visitor.device);
      return ok({ accountId: account.id, ts: authTime });
    },
  };
}
