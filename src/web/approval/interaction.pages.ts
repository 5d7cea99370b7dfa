import type Router from '@koa/router';
import type { Context } from 'koa';
import { findAccount } from '../../accounts/accounts.store.ts';
import { offerFromInteraction } from '../../binding/offer-binding.ts';
import { currentPack } from '../../binding/request-pack.ts';
import { saveGrant } from '../../binding/requests.store.ts';
import { type RequestView, requestOfInteraction } from '../../binding/view-request.ts';
import type { AccountId, FactorId } from '../../kernel/ids.ts';
import { type Refusal, refusal } from '../../kernel/refusals.ts';
import {
  appOf,
  endInteraction,
  grantConsent,
  type Interaction,
  openInteraction,
  signedInAt,
  signedInBy,
} from '../../oidc/interactions.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { decision, field, formGuard } from '../core/forms.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { formTargetOf } from '../core/security-headers.ts';
import { enterByForm } from '../core/sign-in.ts';
import { sendUpstream, signInTargets, takeUpstream, upstreamChoices } from '../core/upstream.ts';
import { rememberCode } from './code-cookie.ts';
import { bindingDetailsOf, consentView, interactionSignIn, rulesOf } from './interaction.views.ts';
import { interactionStarts, maxAgeOf } from './interaction-start.ts';

/**
 * States after the counterparty's answer. The app gets its code, and asks for the rest with it
 * (docs/protocol.md#browser-flow).
 */
const ANSWERED: ReadonlySet<string> = new Set(['approved', 'redeemed', 'in_review', 'refused']);

/**
 * RFC 8176. A passkey with user verification proves a key (`pop`) and a present person (`user`).
 * Nothing attests where the key lives (`hwk`, `swk`) or how the person unlocked it.
 */
const AMR = { passkey: ['pop', 'user'], password: ['pwd'] } as const;

/** Whether only the time ran out. The initiator may then try again without the app. */
function ranOut(request: RequestView): boolean {
  return request.state === 'expired' && request.because === 'time';
}

function expiredNotice(t: Translator): Notice {
  return {
    tone: 'warn',
    title: t('expired.time.title'),
    lines: [t('expired.time.kept'), t('consent.again')],
  };
}

/** The interactions of oidc-provider: sign-in and consent (docs/protocol.md#browser-flow). */
export function interactionPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const starts = interactionStarts(pages, deps);

  router.get('/interaction/:uid', async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2I0');
    if (!interaction) return;
    if (await resumed(ctx, interaction)) return;
    if (interaction.prompt.name === 'login') {
      if (await starts.offered(ctx, interaction)) return;
      return await showSignIn(ctx, interaction);
    }
    if (interaction.prompt.name === 'consent') return await showConsent(ctx, interaction);
    pages.errorPage(ctx, refusal('interaction_gone', 'WEB-2I1'));
  });

  for (const step of ['login', 'consent', 'start', 'cancel']) {
    router.get(`/interaction/:uid/${step}`, (ctx) => {
      pages.words(ctx);
      pages.goTo(ctx, `/interaction/${encodeURIComponent(String(ctx.params.uid))}`);
    });
  }

  router.post('/interaction/:uid/login', guard, async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2I2');
    if (!interaction) return;
    const entered = await enterByForm(pages, deps, ctx);
    if (!entered.ok)
      return await showSignIn(ctx, interaction, field(ctx, 'login'), entered.refusal);
    const { account, passkey } = entered.value;
    // Later results of this authorization keep `ts`, so auth_time stays the time of the sign-in.
    const ts = Math.floor(Date.now() / 1000);
    const amr = [...AMR[passkey ? 'passkey' : 'password']];
    await finish(
      ctx,
      { login: { accountId: account.id, ts, amr, ...(passkey ? { passkey } : {}) } },
      false,
    );
  });

  router.post('/interaction/:uid/upstream', guard, async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2IE');
    if (!interaction) return;
    const returnTo = `/interaction/${interaction.uid}/upstream`;
    const sent = await sendUpstream(pages, deps, ctx, {
      returnTo,
      maxAge: maxAgeOf(deps, interaction),
    });
    if (!sent.ok) await showSignIn(ctx, interaction, undefined, sent.refusal);
  });

  // The interaction's cookie is sent to its own paths only, so its sign-in ends here.
  router.get('/interaction/:uid/upstream', async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2IF');
    if (!interaction) return;
    const entered = await takeUpstream(
      pages,
      deps,
      ctx,
      `/interaction/${interaction.uid}/upstream`,
    );
    if (!entered.ok) return await showSignIn(ctx, interaction, undefined, entered.refusal);
    const { account, authTime: ts, amr, visitor } = entered.value;
    await noteVisit(deps.db, account.id, visitor.device);
    const login = { accountId: account.id, ts, ...(amr.length > 0 ? { amr: [...amr] } : {}) };
    await finish(ctx, { login }, false);
  });

  router.post('/interaction/:uid/start', guard, async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2IG');
    if (!interaction) return;
    const agreed = await starts.agreed(ctx, interaction);
    if (!agreed.ok) return await showSignIn(ctx, interaction, undefined, agreed.refusal);
    await finish(ctx, { login: agreed.value }, false);
  });

  router.post('/interaction/:uid/consent', guard, async (ctx) => {
    const interaction = await opened(ctx, 'WEB-2IK');
    if (!interaction) return;
    if (!interaction.session) return pages.errorPage(ctx, refusal('interaction_gone', 'WEB-2I3'));
    if (await resumed(ctx, interaction)) return;
    if (interaction.prompt.name !== 'consent')
      return pages.goTo(ctx, `/interaction/${interaction.uid}`);
    const chosen = decision(ctx);
    if (!chosen) return pages.errorPage(ctx, refusal('bad_form', 'WEB-2I4'));
    if (field(ctx, 'account') !== interaction.session.accountId) {
      return pages.errorPage(ctx, refusal('other_page', 'WEB-2I5'));
    }
    if (chosen === 'refuse') return await deny(ctx, 'the person did not consent', 'WEB-2I6');
    const details = bindingDetailsOf(deps, interaction);
    if (details === 'invalid') return invalidDetails(ctx, refusal('oauth', 'WEB-2I7'));
    if (!details)
      return await finish(ctx, {
        consent: { grantId: await grantConsent(deps.provider, interaction, { binding: false }) },
      });

    if (field(ctx, 'rules') !== rulesOf(currentPack(deps, details.pack))) {
      const href = `/interaction/${interaction.uid}`;
      return pages.errorPage(ctx, refusal('rules_changed', 'WEB-2I8'), {}, [
        { href, label: pages.words(ctx)('action.continue'), primary: true },
      ]);
    }

    const authTime = await signedInAt(deps.provider, interaction);
    const offered = await offerFromInteraction(deps, {
      interactionUid: interaction.uid,
      clientId: String(interaction.params.client_id),
      details,
      initiatorId: interaction.session.accountId as AccountId,
      authTime,
      passkey: signedInBy(interaction, authTime) as FactorId | null,
      visitor: pages.visitor(ctx),
      ...(typeof interaction.params.ui_locales === 'string'
        ? { uiLocales: interaction.params.ui_locales }
        : {}),
    });
    if (offered.ok) {
      await rememberCode(pages, ctx, offered.value.approvalSessionId, offered.value);
      return pages.goTo(ctx, `/bind/s/${offered.value.approvalSessionId}`);
    }
    // An empty result makes the policy ask again for the stale sign-in.
    if (offered.refusal.code === 'stale_sign_in') return await finish(ctx, {}, false);
    pages.goTo(ctx, `/interaction/${interaction.uid}`);
  });

  router.post('/interaction/:uid/cancel', guard, async (ctx) => {
    const interaction = await openInteraction(deps.provider, ctx);
    if (!interaction) return pages.errorPage(ctx, refusal('interaction_gone', 'WEB-2I9'));
    await deny(ctx, 'the person went back', 'WEB-2IA');
  });

  /**
   * The interaction of this browser, in the language and the brand that the app's request says.
   * Undefined: it is gone, or an operator switched the app off; the answer says so then.
   */
  async function opened(ctx: Context, site: string): Promise<Interaction | undefined> {
    const interaction = await openInteraction(deps.provider, ctx);
    if (!interaction) {
      pages.errorPage(ctx, refusal('interaction_gone', site));
      return undefined;
    }
    pages.wear(ctx, { app: String(interaction.params.client_id) });
    pages.words(ctx, interaction.params.ui_locales);
    if (await appOf(deps.provider, interaction)) return interaction;
    pages.errorPage(ctx, refusal('app_disabled', 'WEB-2IH'));
    return undefined;
  }

  /** Goes on where the binding request of this interaction says; false where there is none. */
  async function resumed(ctx: Context, interaction: Interaction): Promise<boolean> {
    const found = await requestOf(ctx, interaction);
    if (!found || ranOut(found.request)) return false;
    const { id, state } = found.request;
    if (ANSWERED.has(state)) {
      const grantId = await grantConsent(deps.provider, interaction, { binding: true });
      await saveGrant(deps.db, id, grantId);
      await finish(ctx, { consent: { grantId } });
    } else if (state === 'expired') await deny(ctx, 'the binding request was ended', 'WEB-2IB');
    else
      pages.goTo(ctx, `/bind/s/${found.approvalSessionId}${state === 'offered' ? '?asked' : ''}`);
    return true;
  }

  async function requestOf(ctx: Context, interaction: Interaction) {
    if (!interaction.params.authorization_details) return undefined;
    return await requestOfInteraction(deps, {
      interactionUid: interaction.uid,
      visitor: pages.visitor(ctx),
    });
  }

  async function showSignIn(
    ctx: Context,
    interaction: Interaction,
    typed?: string,
    errorPage?: Refusal<ErrorPageCode>,
  ): Promise<void> {
    const t = pages.words(ctx);
    const app = await appOf(deps.provider, interaction);
    if (!app) return pages.errorPage(ctx, refusal('app_disabled', 'WEB-2II'));
    const path = `/interaction/${interaction.uid}`;
    const model = {
      ...interactionSignIn(t, interaction, { path, app, typed }),
      notice: errorPage ? pages.notice(ctx, errorPage) : null,
      upstream: upstreamChoices(t, pages, `${path}/upstream`),
    };
    pages.show(ctx, 'sign-in', model, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
      at: path,
      formTarget: signInTargets(pages, formTargetOf(interaction.params.redirect_uri)),
    });
  }

  async function showConsent(ctx: Context, interaction: Interaction): Promise<void> {
    const app = await appOf(deps.provider, interaction);
    if (!app) return pages.errorPage(ctx, refusal('app_disabled', 'WEB-2IJ'));
    const details = bindingDetailsOf(deps, interaction);
    const account =
      interaction.session && (await findAccount(deps.db, interaction.session.accountId));
    if (!account) return pages.errorPage(ctx, refusal('interaction_gone', 'WEB-2IC'));
    if (details === 'invalid') return invalidDetails(ctx, refusal('oauth', 'WEB-2ID'));
    const found = await requestOf(ctx, interaction);
    pages.nameSignedIn(ctx, account);
    if (details) pages.wear(ctx, { pack: details.pack });
    const t = pages.words(ctx);
    const again = found && ranOut(found.request) ? expiredNotice(t) : null;
    const view = await consentView(deps, t, interaction, {
      account,
      app,
      details,
      notice: again,
    });
    pages.show(ctx, 'consent', view, { formTarget: formTargetOf(interaction.params.redirect_uri) });
  }

  async function finish(
    ctx: Context,
    result: Parameters<typeof endInteraction>[2],
    merge = true,
  ): Promise<void> {
    pages.goTo(ctx, await endInteraction(deps.provider, ctx, result, merge));
  }

  /** The app hears `access_denied`; the site is for the log (src/oidc/refusals.ts). */
  async function deny(ctx: Context, why: string, site: string): Promise<void> {
    await finish(ctx, { error: 'access_denied', error_description: why, site }, false);
  }

  function invalidDetails(ctx: Context, refused: Refusal<'oauth'>): void {
    pages.errorPage(ctx, refused, { error: 'invalid_authorization_details' });
  }
}
